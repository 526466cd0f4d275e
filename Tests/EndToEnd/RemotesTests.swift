import Foundation
import TestSupport
import Testing

/// The whole way over real servers: clone, fetch what is new, push the report; and servers that do not let one in.
@Suite struct RemotesTests {
    /// A scene whose remote is asked over a server, and how to get in.
    private struct Served {
        let scene: Scene
        let address: String
        let environment: [String: String]
        /// Runs for as long as the test does.
        let server: Any

        func sync(_ words: String..., environment: [String: String]? = nil) throws -> Elafros.Outcome {
            var elafros = Elafros()
            elafros.environment = environment ?? self.environment
            return try elafros.run(
                ["sync", "--name", "live", "--adopt", "--repo", address, "--branch", "main", "--state", scene.state]
                    + words
            )
        }
    }

    private static let files: [String: String?] = ["shop.yaml": service("shop"), "cart.yaml": service("cart")]

    /// Over HTTP with basic authentication, as a forge has it.
    private static func overHTTP() throws -> Served {
        let scene = try Scene(files)
        let server = try HTTPRemote(
            serving: scene.folder.path,
            access: .password(user: "ada", password: "lovelace")
        )
        return Served(
            scene: scene,
            address: "\(server.address)/remote.git",
            environment: ["ELAFROS_GIT_USERNAME": "ada", "ELAFROS_GIT_PASSWORD": "lovelace"],
            server: server
        )
    }

    private static func overSSH() throws -> Served {
        let scene = try Scene(files)
        let server = try SSHRemote()
        return Served(
            scene: scene,
            address: server.address(of: scene.remote.path),
            environment: [
                "ELAFROS_GIT_SSH_KEY": server.keyFile, "ELAFROS_GIT_KNOWN_HOSTS": server.knownHostsFile,
            ],
            server: server
        )
    }

    enum Transport: String, CaseIterable, Sendable { case http, ssh }

    private static func served(_ transport: Transport) throws -> Served {
        switch transport {
        case .http: try overHTTP()
        case .ssh: try overSSH()
        }
    }

    @Test(
        .enabled(if: HTTPRemote.isAvailable && SSHRemote.isAvailable, "needs nginx, fcgiwrap and sshd"),
        arguments: Transport.allCases
    )
    func `a first sync, a change, nothing new, and the report in git`(transport: Transport) throws {
        let served = try Self.served(transport)
        let scene = served.scene

        let first = try served.sync("--report-branch", "status")
        #expect(first.status == 0, "\(first.text)")
        #expect(first.text.contains("2 created"), "\(first.text)")

        try scene.push(["shop.yaml": service("shop", image: "registry.example.com/app:2"), "cart.yaml": nil])
        let second = try served.sync("--report-branch", "status")
        #expect(second.status == 0, "\(second.text)")
        #expect(try scene.traffic("shop") == ["shop-00002=100"])
        #expect(
            try scene.remote.git("ls-tree", "-r", "--name-only", "status") == """
                README.md
                default/service/shop.yaml
                state.yaml
                """
        )
        #expect(try scene.remote.git("fsck", "--strict", "--no-dangling") == "")

        let report = try scene.remote.id(of: "status")
        let third = try served.sync("--report-branch", "status")
        #expect(third.status == 0, "\(third.text)")
        #expect(third.text.contains("nothing new"), "\(third.text)")
        #expect(try scene.remote.id(of: "status") == report)
        #expect(!(first.text + second.text + third.text).contains("lovelace"))
    }

    @Test(
        .enabled(if: HTTPRemote.isAvailable && SSHRemote.isAvailable, "needs nginx, fcgiwrap and sshd"),
        arguments: BadRemotes.rows
    )
    func `nothing live changes when the server does not let one in`(row: BadRemotes.Row) throws {
        let served = try Self.served(row.transport)
        #expect(try served.sync("--report-branch", "status").status == 0)
        let live = try Elafros().digest(state: served.scene.state)
        try served.scene.push(["new.yaml": service("new")])
        let bad = try row.change(served.scene, served.address, served.environment, served.server)
        // Another test would be given the port of a server that ended early.
        defer { withExtendedLifetime(bad.server) {} }

        var elafros = Elafros()
        elafros.environment = bad.environment
        let outcome = try elafros(
            "sync",
            "--name",
            "live",
            "--adopt",
            "--repo",
            bad.address,
            "--branch",
            "main",
            "--state",
            served.scene.state,
            "--git-timeout",
            "2",
            "--report-branch",
            "status"
        )

        #expect(outcome.status == 2, "\(outcome.text)")
        for message in row.messages { #expect(outcome.text.contains(message), "\(outcome.text)") }
        #expect(!outcome.text.contains("lovelace"))
        #expect(try Elafros().digest(state: served.scene.state) == live)
        // What was wrong is mended, and all goes on.
        let mended = try served.sync("--report-branch", "status")
        #expect(mended.status == 0, "\(mended.text)")
        #expect(mended.text.contains("1 created"), "\(mended.text)")
    }

    @Test(.enabled(if: HTTPRemote.isAvailable, "needs nginx and fcgiwrap"))
    func `a report branch that the server protects is said, the services are live, and the next run reports`() throws {
        let served = try Self.overHTTP()
        try served.scene.remote.installHook(
            "update",
            "[ \"$1\" = refs/heads/status ] && { echo 'the branch status is protected' >&2; exit 1; }; exit 0"
        )
        let refused = try served.sync("--report-branch", "status")
        #expect(refused.status == 2, "\(refused.text)")
        #expect(refused.text.contains("status"), "\(refused.text)")
        #expect(try served.scene.traffic("shop") == ["shop-00001=100"])

        try served.scene.remote.installHook("update", "exit 0")
        let reported = try served.sync("--report-branch", "status")
        #expect(reported.status == 0, "\(reported.text)")
        #expect(try served.scene.remote.git("show", "status:README.md").contains("All 2 services are ready"))
    }
}

enum BadRemotes {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let transport: RemotesTests.Transport
        let messages: [String]
        /// What the run that fails is given.
        let change: @Sendable (Scene, String, [String: String], Any) throws -> Bad
    }

    /// The address and the environment of a run that fails, and the server that it meets, where that is one of its own.
    struct Bad {
        let address: String
        let environment: [String: String]
        var server: Any?
    }

    private static func row(
        _ description: String,
        _ transport: RemotesTests.Transport,
        says messages: [String],
        _ change: @escaping @Sendable (Scene, String, [String: String], Any) throws -> Bad
    ) -> Row {
        Row(testDescription: description, transport: transport, messages: messages, change: change)
    }

    private static func silent(
        _ scheme: String,
        dribbling beginning: String? = nil,
        _ environment: [String: String]
    ) throws -> Bad {
        let remote = try beginning.map { try SilentRemote(dribbling: UInt8(ascii: "x"), after: $0) } ?? SilentRemote()
        return Bad(
            address: "\(scheme)://127.0.0.1:\(remote.port)/remote.git",
            environment: environment,
            server: remote
        )
    }

    static let rows: [Row] = [
        row("wrong password", .http, says: ["access denied", "ELAFROS_GIT_PASSWORD"]) { _, address, environment, _ in
            Bad(address: address, environment: environment.merging(["ELAFROS_GIT_PASSWORD": "babbage"]) { $1 })
        },
        row("no password", .http, says: ["ELAFROS_GIT_"]) { _, address, _, _ in
            Bad(address: address, environment: [:])
        },
        row("a repository that moved to another host", .http, says: ["127.0.0.1"]) { _, address, environment, _ in
            let elsewhere = try HTTPRemote(redirectingTo: "http://localhost:1")
            return Bad(address: "\(elsewhere.address)/remote.git", environment: environment, server: elsewhere)
        },
        row("a repository that is not there", .http, says: ["nowhere.git"]) { _, address, environment, _ in
            Bad(
                address: address.replacingOccurrences(of: "remote.git", with: "nowhere.git"),
                environment: environment
            )
        },
        row("silent HTTP", .http, says: ["did not finish within 2"]) { _, _, environment, _ in
            try silent("http", environment)
        },
        row("silent HTTPS", .http, says: ["did not finish within 2"]) { _, _, environment, _ in
            try silent("https", environment)
        },
        row("silent SSH", .ssh, says: ["did not finish within 2"]) { _, _, environment, _ in
            try silent("ssh", environment)
        },
        row("dribbling HTTP", .http, says: ["did not finish within 2"]) { _, _, environment, _ in
            try silent("http", dribbling: "HTTP/1.1 200 OK\r\nX-Filler: ", environment)
        },
        row("unknown host key", .ssh, says: ["ssh-keyscan"]) { scene, address, environment, _ in
            Bad(
                address: address,
                environment: environment.merging(["ELAFROS_GIT_KNOWN_HOSTS": scene.folder.path("nobody")]) { $1 }
            )
        },
        row("RSA key", .ssh, says: ["ed25519"]) { _, address, environment, server in
            let rsa = (server as? SSHRemote)?.rsaKeyFile ?? ""
            return Bad(address: address, environment: environment.merging(["ELAFROS_GIT_SSH_KEY": rsa]) { $1 })
        },
    ]
}
