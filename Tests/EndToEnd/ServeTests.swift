import Foundation
import Glibc
import TestSupport
import Testing
import YAML

/// The daemon, run as a user runs it: Syncs from a file, changes of that file, requests by hand, and its end.
@Suite struct ServeTests {
    let folder: TemporaryFolder
    let shop: GitRepository
    let base: GitRepository
    let elafros = Elafros()

    init() throws {
        folder = try TemporaryFolder()
        shop = try GitRepository(in: folder, named: "shop")
        base = try GitRepository(in: folder, named: "base")
        try shop.commit(["shop.yaml": service("shop")], message: "Shop")
        try base.commit(["base.yaml": service("base")], message: "Base")
    }

    private var state: String { folder.path("state") }

    /// A Sync as YAML; `extra` are lines of its spec.
    private func sync(_ name: String, interval: String = "1h", _ extra: String...) -> String {
        let lines = (["url: \(name)", "interval: \(interval)"] + extra).map { "  \($0)\n" }.joined()
        return "---\napiVersion: gitops.elafros.dev/v1alpha1\nkind: Sync\nmetadata: {name: \(name)}\nspec:\n\(lines)"
    }

    private func serve(_ config: String, _ words: String...) throws -> RunningProgram {
        try folder.write(config, to: "elafros.yaml")
        let words = ["serve", "--config", "elafros.yaml", "--state", state, "--listen", "127.0.0.1:0"] + words
        return try RunningProgram(Elafros.binary, words, in: folder.path, environment: ["NO_COLOR": "1"])
    }

    private func run(_ words: String...) throws -> Elafros.Outcome { try elafros.run(words + ["--state", state]) }

    @Test func `all Syncs of the file are followed, each after those that it depends on`() throws {
        let daemon = try serve(sync("shop", "dependsOn: [{name: base}]") + sync("base"))
        try daemon.line(with: "base at")
        try daemon.line(with: "shop at")
        #expect(!daemon.lines.contains { $0.contains("error") })
        #expect(try run("status").output.contains("default/base"))
        #expect(try daemon.end() == 0)
    }

    @Test func `reconcile has a Sync run now, and waits for it where that is asked`() throws {
        let daemon = try serve(sync("shop"))
        try daemon.line(with: "shop at")
        try shop.commit(["shop.yaml": service("shop", image: "shop:2")], message: "Two")
        let waited = try run("reconcile", "shop", "--wait")
        #expect(waited.status == 0)
        #expect(waited.output.contains("1 changed"), "\(waited)")
        try shop.commit(["shop.yaml": service("shop", image: "shop:3")], message: "Three")
        #expect(try run("reconcile", "shop").output == "shop runs now\n")
        try daemon.line(with: "1 changed")
        let unknown = try run("reconcile", "shopp", "--wait")
        #expect(unknown.status == 1)
        #expect(unknown.errors.contains("did you mean \"shop\"?"))
    }

    @Test func `a suspended Sync does nothing, also after a restart, until it is resumed`() throws {
        var daemon = try serve(sync("shop"))
        try daemon.line(with: "shop at")
        #expect(try run("suspend", "shop", "--reason", "a freeze").status == 0)
        try shop.commit(["shop.yaml": service("shop", image: "shop:2")], message: "Two")
        #expect(try run("reconcile", "shop").status == 5)
        daemon.signal(SIGUSR1)
        try daemon.line(with: "shop: suspended")
        let refused = try run("reconcile", "shop", "--wait")
        #expect(refused.status == 5)
        #expect(refused.errors.contains("elafros resume"))
        #expect(try run("status").output.contains("(a freeze)"))
        #expect(try daemon.end() == 0)

        daemon = try serve(sync("shop"))
        try daemon.line(with: "shop: suspended")
        #expect(try run("resume", "shop").output == "shop resumed\n")
        try daemon.line(with: "1 changed")
    }

    @Test func `the file is read again when it changes, and one with errors changes nothing`() throws {
        let daemon = try serve(sync("shop"))
        try daemon.line(with: "shop at")
        try folder.write(sync("shop") + "garbage\n", to: "elafros.yaml")
        try daemon.line(with: "what was followed before still is")
        try folder.write(sync("shop") + sync("base"), to: "elafros.yaml")
        try daemon.line(with: "base at")
        try folder.write(sync("base"), to: "elafros.yaml")
        daemon.signal(SIGHUP)
        try daemon.line(with: "shop: followed no more")
        #expect(try run("get", "service", "shop").status == 0, "what it applied stays")
    }

    @Test func `what a repository defines is followed, read again, and let go of`() throws {
        let child = sync("child").replacing("---\n", with: "").replacing("url: child", with: "path: apps")
        try base.commit(["base.yaml": nil, "syncs/child.yaml": child, "apps/a.yaml": service("a")])
        let daemon = try serve(sync("base", "path: syncs"))
        try daemon.line(with: "base at")
        try daemon.line(with: "child at")
        #expect(try run("status").output.contains("defined by Sync base, at syncs/child.yaml:1"))
        #expect(try run("forget", "child").status == 5)

        try base.commit(["syncs/child.yaml": child.replacing("1h", with: "2h"), "apps/b.yaml": service("b")])
        #expect(try run("reconcile", "base", "--wait").status == 0)
        try daemon.line(with: "as Sync child, every 120m")
        try daemon.line(with: "child at")
        #expect(try run("get", "service", "b").status == 0)

        try base.commit(["syncs/child.yaml": nil, "syncs/README": "none"])
        #expect(try run("reconcile", "base", "--wait").output.contains("1 released"))
        try daemon.line(with: "child: followed no more")
        let forgotten = try run("forget", "child", "--prune")
        #expect(forgotten.status == 0, "\(forgotten)")
        #expect(forgotten.output.contains("deleted (2)"))
        #expect(try run("get", "service", "b").status == 1)
        #expect(try !run("status").output.contains("Sync child"))
    }

    @Test func `a Sync that was renamed in the file is forgotten, and its objects are the new one's`() throws {
        let daemon = try serve(sync("shop"))
        try daemon.line(with: "shop at")
        #expect(try run("forget", "shop").errors.contains("take it out there"))
        try folder.write(sync("shop").replacing("{name: shop}", with: "{name: store}"), to: "elafros.yaml")
        try daemon.line(with: "belongs to Sync shop")

        let forgotten = try run("forget", "shop")

        #expect(forgotten.output.contains("Sync store's from now on (1)"), "\(forgotten)")
        #expect(try run("reconcile", "store", "--wait").status == 0)
        #expect(try run("status").output.contains("Sync store"))
        #expect(try !run("status").output.contains("Sync shop"))
    }

    @Test func `a webhook has its repository looked at, and a secret that is renewed counts at once`() throws {
        let credentials = """
            ---
            apiVersion: gitops.elafros.dev/v1alpha1
            kind: Credentials
            metadata: {name: hook}
            spec: {webhookSecret: {file: secret}}

            """
        try folder.write("old", to: "secret")
        let webhook = "webhook: {provider: generic, secretRef: {name: hook}}"
        let daemon = try serve(sync("shop", webhook) + credentials, "--hook-listen", "127.0.0.1:0")
        let address = try #require(try daemon.line(with: "taking webhooks on").split(separator: " ").last)
        try daemon.line(with: "shop at")
        func call(_ secret: String) throws {
            let signed = try Program.run("openssl", ["dgst", "-sha256", "-hmac", secret, "-r"], input: Data("{}".utf8))
            let signature = "X-Signature: sha256=\(signed.prefix(64))"
            try Program.run("curl", ["-s", "-H", signature, "-d", "{}", "\(address)/hooks/shop"])
        }

        try shop.commit(["shop.yaml": service("shop", image: "shop:2")], message: "Two")
        try call("wrong")
        try daemon.line(with: "shop: a webhook was refused")
        try call("old")
        try daemon.line(with: "1 changed")

        try folder.write("new", to: "secret")
        try shop.commit(["shop.yaml": service("shop", image: "shop:3")], message: "Three")
        try call("new")
        try daemon.line(with: "1 changed")
    }

    @Test func `an address that cannot be had is named by its word, and nothing is applied`() throws {
        let other = try serve(sync("base"))
        let address = try #require(try other.line(with: "listening on").split(separator: "/").last)
        let words = ["serve", "--repo", shop.path, "--listen", "127.0.0.1:0", "--admin-listen", String(address)]
        let refused = try elafros.run(words + ["--state", folder.path("second")])
        #expect(refused.status == 2)
        #expect(
            refused.errors.hasPrefix("elafros: --admin-listen \(address): another program listens there"),
            "\(refused)"
        )
        #expect(try elafros.run(["status", "--state", folder.path("second")]).output.contains("No services are live"))
    }

    @Test func `SIGUSR1 has all Syncs run now`() throws {
        let daemon = try serve(sync("shop") + sync("base"))
        try daemon.line(with: "shop at")
        try shop.commit(["shop.yaml": service("shop", image: "shop:2")], message: "Two")
        daemon.signal(SIGUSR1)
        try daemon.line(with: "shop at")
        #expect(daemon.lines.last?.contains("1 changed") == true)
    }

    @Test func `outside its window nothing is applied, and status says when it will be`() throws {
        // Open for a minute of the 29th of February alone.
        let window = "windows: [{kind: allow, schedule: \"0 0 29 2 *\", duration: 1m}]"
        let daemon = try serve(sync("shop", window) + sync("base"))
        try daemon.line(with: "shop: waits for")
        try daemon.line(with: "base at")
        #expect(try run("get", "service", "shop").status == 1)
        // A person decides for himself.
        #expect(try run("reconcile", "shop", "--wait").status == 0)
        #expect(try run("get", "service", "shop").status == 0)
    }

    @Test func `one that is suspended does not go round when it is rung, and a person's edit is none of its business`()
        throws
    {
        let daemon = try serve(sync("shop"), "--stats")
        try daemon.line(with: "shop at")
        #expect(try run("suspend", "shop").status == 0)
        daemon.signal(SIGUSR1)
        try daemon.line(with: "shop: suspended")
        #expect(try run("patch", "service", "shop", "-p", "{\"metadata\": {\"labels\": {\"a\": \"b\"}}}").status == 0)
        let before = try daemon.processorTime()
        // What goes round takes all of a core: of twenty commands that take a moment each it would show.
        for _ in 0..<20 { _ = try run("status") }
        #expect(try daemon.processorTime() - before < 50, "in hundredths of a second")
        #expect(try run("resume", "shop").status == 0)
        try daemon.line(with: " ms;")
    }

    @Test func `a dependency that was rolled back is asked once, and counts as caught up`() throws {
        let extra = "url: shop\n  path: b\n  dependsOn: [{name: shop}]"
        try shop.commit(["a/a.yaml": service("a"), "b/b.yaml": service("b")], message: "Folders")
        let config =
            sync("shop", "path: a").replacingOccurrences(of: "url: shop", with: "url: shop")
            + sync("other").replacingOccurrences(of: "url: other", with: extra)
        let daemon = try serve(config, "--stats")
        try daemon.line(with: "other at")
        try shop.commit(["a/a.yaml": service("a", image: "a:2")], message: "Two")
        #expect(try run("reconcile", "shop", "--wait").status == 0)
        #expect(try run("rollback", "shop").status == 0)
        daemon.signal(SIGUSR1)
        try daemon.line(with: "other at")
        #expect(try daemon.end() == 0)
        #expect(daemon.lines.count < 100, "\(daemon.lines.suffix(5))")
    }

    @Test func `a file with errors is refused before anything is done`() throws {
        try folder.write(sync("shop", "intervall: 3s"), to: "elafros.yaml")
        let words = ["serve", "--config", folder.path("elafros.yaml"), "--state", state]
        let outcome = try elafros.run(words)
        #expect(outcome.status == 3)
        #expect(outcome.errors.contains(":8:3: unknown field \"intervall\" in Sync spec; did you mean \"interval\"?"))
        #expect(!FileManager.default.fileExists(atPath: state))
    }

    @Test func `a dead remote holds up no other`() throws {
        let dead = try SilentRemote()
        let daemon = try serve(
            sync("base").replacingOccurrences(of: "url: base", with: "url: http://127.0.0.1:\(dead.port)/base")
                + sync("shop")
        )
        try daemon.line(with: "shop at")
        #expect(try daemon.end() == 0, "and not the end either")
    }
}
