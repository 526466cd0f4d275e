import Engine
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

/// Bad input: what is wrong holds back its own objects, and nothing else.
@Suite struct HeldBackTests {
    @Test func `a bad manifest keeps its object as it was, and others go on`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")])
        let bad = service("a", image: "shop:2").replacing("container:", with: "contaner:")

        let result = try await world.push(["a.yaml": bad, "b.yaml": service("b", image: "shop:2")])

        #expect(result.outcome == .invalid)
        #expect(result.heldBack == 1)
        #expect(result.summary == ["changed default/b"])
        #expect(result.errors.first?.hasPrefix("a.yaml:10:11: ") == true)
        #expect(world.image("a") == "shop:1")

        let again = try await world.sync()
        #expect(again.outcome == .invalid)
        #expect(again.errors == result.errors)
        #expect(again.changes.isEmpty)

        let mended = try await world.push(["a.yaml": service("a", image: "shop:2")])
        #expect(mended.outcome == .inSync)
        #expect(mended.summary == ["changed default/a"])
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `an unchanged bad commit costs what is bad, not what is there`() async throws {
        let world = try World()
        var files: [String: String?] = ["bad.yaml": "kind: [", "x.yaml": service("x_y")]
        for number in 1...20 { files["\(number).yaml"] = service("s\(number)") }
        try await world.restart()
        let first = try await world.push(files)
        #expect(world.state.marked(.heldBack).map(\.name) == ["bad.yaml", "x.yaml"])

        try await world.restart()
        let again = try await world.sync()
        #expect(again.isNothingNew)
        #expect(again.outcome == .invalid)
        #expect(again.heldBack == 2)
        #expect(again.errors == first.errors)
        #expect(again.statistics.store.indexRowsRead == 0)
        #expect(again.statistics.store.objectsRead == 2)
        #expect(again.statistics.store.transactions == 0)

        _ = try await world.push(["bad.yaml": service("bad"), "x.yaml": nil])
        #expect(world.state.marked(.heldBack).isEmpty)
        #expect(try await world.sync().isNothingNew)
    }

    /// What `a.yaml` says, and how many documents of it a person would count.
    static let counted: [(String, Int)] = [
        ("apiVersion: elafros.dev/v1alpha1\nkind: Service\n", 1), (service("A_bad"), 1), ("kind: [", 1),
        ("\(service("a", image: ""))\n---\n\(service("A_bad"))", 2),
    ]

    @Test(arguments: counted)
    func `what is held back is counted by documents, not by the objects that it keeps`(
        text: String,
        count: Int
    ) async throws {
        let world = try World()
        try await world.push(["a.yaml": "\(service("a"))\n---\n\(service("b"))", "c.yaml": service("c")])
        let result = try await world.push(["a.yaml": text])
        #expect(result.heldBack == count)
        #expect(world.state[Key(.sync, "", "shop")]?.syncStatus.heldBack == count)
        #expect(try await world.sync().heldBack == count)
        #expect(try await world.push(["a.yaml": service("a")]).heldBack == 0)
    }

    @Test func `an unchanged bad commit writes nothing when it is looked at again`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "bad.yaml": "kind: [", "b.yaml": service("x_y")])
        let before = world.digest
        let result = try await world.sync()
        #expect(result.errors.count == 2)
        #expect(world.digest == before)
    }

    /// Texts that hold back what `a.yaml` gave before, each with the beginning of its message.
    static let unreadable: [(String, String)] = [
        ("a: [", "a.yaml:"),
        ("\tkind: Service\n", "a.yaml:1:1: "),
        ("kind: Service\nkind: Service\n" + service("a"), "a.yaml:2:1: "),
        ("apiVersion: elafros.dev/v1alpha1\nkind: Service\n", "a.yaml:1:1: "),
        ("a: \u{0}\u{1}\u{2}", "a.yaml:1:"),
        (String(repeating: "[", count: 200), "a.yaml:1:101: "),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "a.yaml: the file is kept in Git LFS"),
        (String(repeating: "#", count: 5_000_000), "a.yaml: the file has 5000000 bytes"),
    ]

    @Test(arguments: unreadable)
    func `a file that cannot be read holds back all that it gave`(text: String, message: String) async throws {
        let world = try World()
        try await world.push(["a.yaml": "\(service("a"))\n---\n\(service("b"))", "c.yaml": service("c")])
        let (a, b) = (world.service("a"), world.service("b"))

        let result = try await world.push(["a.yaml": text, "c.yaml": service("c", image: "shop:2")])

        #expect(result.summary == ["changed default/c"])
        #expect(result.outcome == .invalid)
        #expect(result.errors.first?.hasPrefix(message) == true, "\(result.errors)")
        #expect(world.service("a") === a)
        #expect(world.service("b") === b)
        #expect(try await world.push(["a.yaml": service("a")]).summary == ["pruned default/b"])
        #expect(try await world.sync().isNothingNew)
    }

    /// What `a.yaml` says after its author mistyped something, of its object `a` or of one more.
    static let mistyped: [String] = [
        service("A_bad"), service("a", namespace: "Bad_"), service("z", image: ""),
        "\(service("b", image: ""))\n---\n\(service("new"))",
    ]

    @Test(arguments: mistyped)
    func `an invalid document holds back what its file gave, whatever it calls itself`(text: String) async throws {
        let world = try World()
        try await world.push(["a.yaml": "\(service("a"))\n---\n\(service("b"))", "c.yaml": service("c")])
        let (a, b) = (world.service("a"), world.service("b"))

        let result = try await world.push(["a.yaml": text])

        #expect(result.outcome == .invalid)
        #expect(result.changes.allSatisfy { $0.action == .created })
        #expect(world.service("a") === a)
        #expect(world.service("b") === b)
        #expect(try await world.sync().changes.isEmpty)
        // A name that is right and another is a new object.
        let mended = try await world.push(["a.yaml": service("renamed")])
        #expect(
            mended.summary.filter { !$0.hasSuffix("/new") } == [
                "created default/renamed", "pruned default/a", "pruned default/b",
            ]
        )
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `what moved out of a file that broke is applied where it stands now`() async throws {
        let world = try World()
        try await world.push(["a.yaml": "\(service("a"))\n---\n\(service("b"))"])
        let result = try await world.push(["a.yaml": service("a", image: ""), "b.yaml": service("b", image: "shop:2")])
        #expect(result.summary == ["changed default/b"])
        #expect(result.errors.allSatisfy { $0.hasPrefix("a.yaml:") })
    }

    @Test func `a link in a manifest's place is reported and not followed`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "c.yaml": service("c")])
        try world.repository.git("rm", "-q", "a.yaml")
        try world.repository.git(
            "update-index",
            "--add",
            "--cacheinfo",
            "120000,\(try world.blob("/etc/passwd")),a.yaml"
        )
        try world.repository.git("commit", "-q", "-m", "link")

        let result = try await world.sync()

        #expect(result.outcome == .invalid)
        #expect(result.errors.first?.hasPrefix("a.yaml: a symbolic link, which is never followed") == true)
        #expect(world.image("a") == "shop:1")
        #expect(result.statistics.git.blobsRead == 0)
    }

    @Test func `a link that may lead to a folder is reported and not followed`() async throws {
        let world = try World()
        try world.repository.commit(["base/a.yaml": service("a")])
        let target = try world.blob("base")
        for name in ["live", "README.md"] {
            try world.repository.git("update-index", "--add", "--cacheinfo", "120000,\(target),\(name)")
        }
        try world.repository.git("commit", "-q", "-m", "links")

        let result = try await world.sync()

        #expect(result.outcome == .inSync)
        #expect(result.summary == ["created default/a"])
        let note = "a symbolic link, which is never followed; manifests that it leads to count only where they stand"
        #expect(result.findings.map(\.rendered) == ["live: note: \(note)"])
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `a submodule is reported and not read`() async throws {
        let world = try World()
        try world.repository.commit(["a.yaml": service("a")])
        let commit = try world.repository.id(of: "HEAD")
        try world.repository.git("update-index", "--add", "--cacheinfo", "160000,\(commit),vendor/other")
        try world.repository.git("commit", "-q", "-m", "submodule")

        let result = try await world.sync()

        #expect(result.outcome == .inSync)
        #expect(result.findings.map(\.path) == ["vendor/other"])
        #expect(result.findings.first?.severity == .note)
    }

    @Test func `odd names are read, and shown on one line`() async throws {
        let world = try World()
        let result = try await world.push([
            "a b/c d.yaml": service("a"), "new\nline.yaml": service("b", image: ""), "ü.yaml": service("c"),
        ])
        #expect(result.summary == ["created default/a", "created default/c"])
        #expect(result.errors.allSatisfy { $0.hasPrefix("new\\nline.yaml:") && !$0.contains("\n") })
        #expect(!result.errors.isEmpty)
    }

    @Test func `a name that is not UTF-8 is refused with its bytes spelled out`() async throws {
        let world = try World()
        try world.repository.commit(["a.yaml": service("a")])
        try world.writeFile(named: [0x62, 0xff] + Array(".yaml".utf8), service("b"))
        try world.repository.commitAll()

        let result = try await world.sync()

        #expect(result.summary == ["created default/a"])
        #expect(result.errors == ["b\\xff.yaml: the file's name is not UTF-8; rename it"])
    }

    @Test func `documents of other groups are skipped with a note`() async throws {
        let world = try World()
        let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: x}"
        let result = try await world.push(["a.yaml": "\(secret)\n---\n\(service("a"))", "b.yaml": "hello: there"])
        #expect(result.summary == ["created default/a"])
        #expect(result.outcome == .inSync)
        #expect(result.findings.map(\.severity) == [.note, .note])
    }

    @Test func `with atomic, one error holds back everything`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        let before = try #require(world.service("a"))
        let applied = world.state[Key(.sync, "", "shop")]?.syncStatus

        let result = try await world.push(["a.yaml": service("a", image: "shop:2"), "b.yaml": "kind: ["]) {
            $0.isAtomic = true
        }

        #expect(result.isRefusedWhole)
        #expect(result.outcome == .invalid)
        #expect(result.changes.isEmpty)
        #expect(world.service("a") == before)
        #expect(world.state.keys(.manifestFile).map(\.name) == ["a.yaml"])
        var status = try #require(world.state[Key(.sync, "", "shop")]).syncStatus
        #expect(status.refusal?.commit == result.commit.hex)
        #expect(status.refusal?.errors == result.errors)
        status.refusal = nil
        #expect(status == applied)
        let digest = world.digest
        #expect(try await world.sync { $0.isAtomic = true }.outcome == .invalid)
        #expect(world.digest == digest)
        #expect(try await world.push(["b.yaml": nil]) { $0.isAtomic = true }.summary == ["changed default/a"])
        #expect(world.state[Key(.sync, "", "shop")]?.syncStatus.refusal == nil)
    }

    @Test func `hidden and ignored files are no manifests`() async throws {
        let world = try World()
        let result = try await world.push([
            ".elafrosignore": "/drafts/\n!keep.yaml\n", ".github/workflows/a.yaml": "on: [", "drafts/b.yaml": "kind: [",
            "c.yaml": service("c"), "d.txt": "kind: [",
        ])
        #expect(result.summary == ["created default/c"])
        #expect(result.findings == [])

        let ignored = try await world.push([".elafrosignore": "drafts\nc.*\n", "e.yaml": service("e")])
        #expect(ignored.summary == ["created default/e", "pruned default/c"])
    }
}
