import Foundation
import Glibc
import TestSupport
import Testing
import YAML

/// A daemon with several Syncs that loses its disk: killed, its state folder gone, and begun again.
@Suite struct EmptyDiskTests {
    let folder: TemporaryFolder
    let shop: GitRepository
    let base: GitRepository
    let elafros = Elafros()

    init() throws {
        folder = try TemporaryFolder()
        shop = try GitRepository(in: folder, named: "shop")
        base = try GitRepository(in: folder, named: "base")
    }

    private var state: String { folder.path("state") }
    private static let names = ["front", "back", "base"]

    /// Two Syncs of one repository that share a report branch, one of another; all signed and verified.
    private var config: String {
        let syncs = [("front", "shop", "front"), ("back", "shop", "back"), ("base", "base", "")].map {
            name,
            url,
            path in
            """
            ---
            apiVersion: gitops.elafros.dev/v1alpha1
            kind: Sync
            metadata: {name: \(name)}
            spec:
              url: \(url)
              path: "\(path)"
              interval: 1h
              report: {branch: status, notes: true, verify: true, secretRef: {name: keys}}

            """
        }
        return syncs.joined() + """
            ---
            apiVersion: gitops.elafros.dev/v1alpha1
            kind: Credentials
            metadata: {name: keys}
            spec: {signingKey: {file: key}}
            """
    }

    private func serve() throws -> RunningProgram {
        try folder.write(config, to: "elafros.yaml")
        let words = ["serve", "--config", "elafros.yaml", "--state", state, "--listen", "127.0.0.1:0"]
        return try RunningProgram(Elafros.binary, words, in: folder.path, environment: ["NO_COLOR": "1"])
    }

    private func run(_ words: String...) throws -> Elafros.Outcome { try elafros.run(words + ["--state", state]) }

    /// Commits a version of all Services.
    private func commit(_ version: Int) throws {
        let image = "registry.example.com/app:\(version)"
        try shop.commit(
            ["front/a.yaml": service("front", image: image), "back/a.yaml": service("back", image: image)],
            message: "Version \(version)"
        )
        try base.commit(["base.yaml": service("base", image: image)], message: "Version \(version)")
    }

    private func revisions() throws -> [String] {
        try elafros.objects("services", state: state).map {
            $0["status"]?["latestReadyRevisionName"]?.string ?? "none"
        }.sorted()
    }

    @Test func `all Syncs come back from their reports, and go on`() throws {
        try Program.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", folder.path("key")])
        try commit(1)
        var daemon = try serve()
        try daemon.line(with: "listening on")
        for version in 1...3 {
            if version > 1 { try commit(version) }
            for name in Self.names { #expect(try run("reconcile", name, "--wait").status == 0) }
        }
        #expect(try run("rollback", "front").status == 0)
        #expect(try run("suspend", "base", "--reason", "a freeze").status == 0)
        let heads = (try shop.id(of: "status"), try base.id(of: "status"))
        let live = try elafros.digest(state: state)
        daemon.signal(SIGKILL)
        _ = try daemon.end()
        try FileManager.default.removeItem(atPath: state)

        daemon = try serve()
        // Two Syncs of three may be faster.
        try daemon.line(with: "base: suspended, since")
        for name in ["front", "back"] { #expect(try run("reconcile", name, "--wait").status == 0) }

        #expect(!daemon.lines.contains { $0.contains("another runner") || $0.contains(" error ") }, "\(daemon.lines)")
        #expect(
            daemon.lines.contains {
                $0.contains("begins with the report in branch status") && $0.contains("as expected")
            }
        )
        #expect(try revisions() == ["back-00003", "base-00003", "front-00004"])
        #expect(try elafros.digest(state: state) == live)
        #expect(try shop.id(of: "status") == heads.0)
        #expect(try base.id(of: "status") == heads.1)
        #expect(try run("status").output.contains("(a freeze)"))

        // And they go on: past the commit in quarantine, and after the freeze.
        try commit(4)
        for name in ["front", "back"] { #expect(try run("reconcile", name, "--wait").status == 0) }
        #expect(try run("resume", "base").status == 0)
        #expect(try run("reconcile", "base", "--wait").status == 0)
        #expect(try revisions() == ["back-00004", "base-00004", "front-00005"])
        #expect(try shop.git("notes", "--ref=elafros", "show", "HEAD").contains("Ready: default/front-00005"))
        #expect(!daemon.lines.contains { $0.contains("another runner") })
        #expect(try daemon.end() == 0)
    }
}
