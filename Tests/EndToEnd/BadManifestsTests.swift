import Foundation
import TestSupport
import Testing

/// What a repository can hold that nobody can apply: the live services stay as they are, and the message says where and
/// what to do.
@Suite struct BadManifestsTests {
    @Test(arguments: BadManifests.rows)
    func `a bad manifest changes nothing that is live and is reported with its place`(row: BadManifests.Row) throws {
        let scene = try Scene(["services/shop.yaml": service("shop"), "services/cart.yaml": service("cart")])
        #expect(try scene.sync().status == 0)
        let live = try scene.elafros.digest(state: scene.state)

        try row.arrange(scene)
        let outcome = try scene.sync()

        #expect(outcome.status == row.status, "\(outcome.text)")
        for message in row.messages { #expect(outcome.text.contains(message), "\(outcome.text)") }
        #expect(outcome.text.utf8.count < 200_000, "what a person must read is bounded")
        #expect(try scene.elafros.digest(state: scene.state) == live)
        // An unchanged bad commit is as bad the next time.
        let again = try scene.sync()
        #expect(again.status == row.status, "\(again.text)")
        #expect(try scene.elafros.digest(state: scene.state) == live)
    }
}

enum BadManifests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let status: Int32
        let messages: [String]
        let arrange: @Sendable (Scene) throws -> Void

        init(
            _ testDescription: String,
            status: Int32 = 3,
            says messages: [String],
            _ arrange: @escaping @Sendable (Scene) throws -> Void
        ) {
            self.testDescription = testDescription
            self.status = status
            self.messages = messages
            self.arrange = arrange
        }

        /// A row whose bad manifest takes the place of a good one, so that what it gave must be held back.
        init(
            _ testDescription: String,
            status: Int32 = 3,
            says messages: [String],
            shop bytes: @escaping @Sendable () -> Data
        ) {
            self.init(testDescription, status: status, says: messages) { scene in
                try bytes().write(to: URL(fileURLWithPath: "\(scene.work.path)/services/shop.yaml"))
                try scene.work.commitAll()
                try scene.pushCommits()
            }
        }

        /// The same with text.
        init(_ testDescription: String, status: Int32 = 3, says messages: [String], shop text: String) {
            self.init(testDescription, status: status, says: messages, shop: { Data(text.utf8) })
        }
    }

    private static func route(_ traffic: String) -> String {
        """
        apiVersion: elafros.dev/v1alpha1
        kind: Route
        metadata:
          name: split
        spec:
          traffic:
        \(traffic)
        """
    }

    private static let good = service("shop")

    static let rows: [Row] = [
        Row("not YAML", says: ["services/shop.yaml:2:1", "missing"], shop: "{ apiVersion: [\n"),
        Row("binary", says: ["services/shop.yaml:", "not text"], shop: { Data((0..<512).map { UInt8($0 % 256) }) }),
        Row(
            "invalid UTF-8",
            says: ["services/shop.yaml:"],
            shop: { Data(good.utf8) + Data([0x23, 0xC3, 0x28, 0x0A]) }
        ),
        Row(
            "a byte-order mark is no error",
            status: 0,
            says: [],
            shop: { Data([0xEF, 0xBB, 0xBF]) + Data(good.utf8) }
        ),
        Row(
            "UTF-16 with a byte-order mark is no error",
            status: 0,
            says: [],
            shop: { Data([0xFF, 0xFE]) + (good.data(using: .utf16LittleEndian) ?? Data()) }
        ),
        Row("tabs", says: ["services/shop.yaml:2:1", "tab"], shop: "metadata:\n\tname: shop\n"),
        Row(
            "duplicate keys",
            says: ["services/shop.yaml:", "name"],
            shop: good.replacingOccurrences(of: "  name: shop", with: "  name: shop\n  name: shop")
        ),
        Row(
            "unknown field",
            says: ["services/shop.yaml:13:", "unknown field \"imgae\"", "did you mean \"image\"?"],
            shop: good.replacingOccurrences(of: "image:", with: "imgae:")
        ),
        Row(
            "wrong type",
            says: ["services/shop.yaml:"],
            shop: good.replacingOccurrences(of: "image: registry.example.com/app:1", with: "image: [1, 2]")
        ),
        Row(
            "percentages that are not 100",
            says: ["split.yaml:", "the route must have traffic percent sum equal to 100"]
        ) { scene in
            try scene.push(["split.yaml": route("  - {configurationName: shop, percent: 99}")])
        },
        Row("name over 63", says: ["long.yaml:", "63"]) { scene in
            try scene.push(["long.yaml": service(String(repeating: "n", count: 64))])
        },
        Row(
            "two modes",
            says: ["services/shop.yaml:", "the service must have exactly one of runLatest or pinned"],
            shop: good + "\n  manual: {}\n"
        ),
        Row("same object twice", says: ["services/shop.yaml:1", "twin.yaml:1"]) { scene in
            try scene.push(["twin.yaml": service("shop", image: "registry.example.com/other:1")])
        },
        Row("alias bomb", says: ["services/shop.yaml:"], shop: bomb),
        Row("deep nesting", says: ["services/shop.yaml:1:", "100"], shop: String(repeating: "[", count: 100_000)),
        Row("a key that is a map", says: ["services/shop.yaml:1:", "key"], shop: "? {a: b}\n: c\n"),
        Row("200 MB", says: ["services/shop.yaml", "4"], shop: { Data(count: 200_000_000) }),
        Row("a link to a file of the machine", status: 3, says: ["services/shop.yaml", "symbolic link"]) { scene in
            let path = "\(scene.work.path)/services/shop.yaml"
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/etc/passwd")
            try scene.work.commitAll()
            try scene.pushCommits()
        },
        Row("a commit from the end of time", status: 0, says: []) { scene in
            let tree = try scene.work.id(of: "HEAD^{tree}")
            let parent = try scene.work.id(of: "HEAD")
            let text = """
                tree \(tree)
                parent \(parent)
                author Ada <ada@example.com> 9223372036854776 +0000
                committer Ada <ada@example.com> 1 +0000

                Far

                """
            let commit = try scene.work.git(
                "hash-object",
                "-t",
                "commit",
                "-w",
                "--stdin",
                "--literally",
                input: Data(text.utf8)
            )
            try scene.work.git("push", "-q", scene.remote.path, "\(commit):refs/heads/main")
        },
        Row("file names with spaces", says: ["two words/a b.yaml:1:"]) { scene in
            try scene.push(["two words/a b.yaml": "kind: ["])
        },
        Row("file names with newlines", says: ["a\\nb.yaml"]) { scene in try scene.push(["a\nb.yaml": "kind: ["]) },
        Row("file names that are not UTF-8", says: [".yaml"]) { scene in
            let blob = try scene.work.git("hash-object", "-w", "--stdin", input: Data("kind: [".utf8))
            let line = Data("100644 blob \(blob)\tb".utf8) + Data([0xFF]) + Data(".yaml\0".utf8)
            let services = try scene.work.id(of: "HEAD:services")
            let rest = Data("040000 tree \(services)\tservices\0".utf8)
            let tree = try scene.work.git("mktree", "-z", input: line + rest)
            let commit = try scene.work.git("commit-tree", tree, "-p", "HEAD", "-m", "odd name")
            try scene.work.git("push", "-q", scene.remote.path, "\(commit):refs/heads/main")
        },
        Row("100,000 files of another group", status: 0, says: []) { scene in
            let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: many\n"
            var stream = "blob\nmark :1\ndata \(text.utf8.count)\n\(text)\ncommit refs/heads/main\n"
            stream += "committer Ada <ada@example.com> 1700000100 +0000\ndata 4\nMany\nfrom refs/heads/main^0\n"
            for number in 0..<100_000 { stream += "M 100644 :1 many/\(number % 100)/\(number).yaml\n" }
            try scene.remote.git("fast-import", "--quiet", "--force", input: Data((stream + "\n").utf8))
        },
    ]

    /// Nine levels of nine aliases each: 387 million nodes, in 600 bytes.
    private static let bomb: String = {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<9 {
            let names = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(names)]\n"
        }
        return text
    }()
}
