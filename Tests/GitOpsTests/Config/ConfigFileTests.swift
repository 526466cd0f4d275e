import Git
import GitOps
import Resources
import Testing
import YAML

/// Files of Sync objects: what they say, and all that is wrong with them.
@Suite struct ConfigFileTests {
    private func file(_ text: String) -> ConfigFile {
        ConfigFile(Array(text.utf8), path: "elafros.yaml", folder: "/etc/elafros")
    }

    /// A Sync; `spec` are the lines of its spec.
    private func sync(_ name: String, _ spec: String...) -> String {
        "---\napiVersion: gitops.elafros.dev/v1alpha1\nkind: Sync\nmetadata: {name: \(name)}\nspec:\n"
            + spec.map { "  \($0)\n" }.joined()
    }

    private func credentials(_ name: String, _ spec: String...) -> String {
        sync(name, "urls: [https://example.com/acme]").replacing("kind: Sync", with: "kind: Credentials")
            + spec.map { "  \($0)\n" }.joined()
    }

    private func errors(_ text: String) -> [String] { file(text).findings.map(\.rendered) }

    @Test func `the least that a Sync needs is an address`() throws {
        let sync = try #require(file(sync("shop", "url: ../shop")).syncs.first)
        #expect(sync.name == "shop")
        #expect(sync.options.remote.withoutCredentials == "/etc/elafros/../shop")
        #expect(sync.options.follow == .head)
        #expect(sync.cadence.interval == SyncDefinition.defaultInterval)
        #expect(sync.options.wait == .progressing)
        #expect(!sync.isSuspended)
    }

    @Test func `everything that may be said is understood`() throws {
        let text =
            credentials("acme", "token: {env: TOKEN}", "webhookSecret: {file: hook}")
            + sync(
                "shop",
                "url: https://example.com/acme/shop.git",
                "ref: {branch: live}",
                "path: deploy/live",
                "secretRef: {name: acme}",
                "interval: 5m",
                "jitter: 0",
                "schedule: \"0 3 * * *\"",
                "timeZone: Europe/Berlin",
                "missedRuns: Skip",
                "concurrency: replace",
                "windows: [{kind: deny, schedule: \"0 17 * * 5\", duration: 62h}]",
                "suspend: true",
                "dependsOn: [{name: base}]",
                "maxPrune: 20",
                "allowEmpty: true",
                "failurePolicy: atomic",
                "defaultNamespace: shop",
                "domain: example.com",
                "inProgress: Unknown",
                "keepRevisions: all",
                "report: {branch: status, directory: out, notes: true, keep: 100}",
                "wait: ready",
                "timeout: 2m",
                "gitTimeout: 20s",
                "retry: {initial: 10s, factor: 3, max: 10m}",
                "webhook: {provider: github, secretRef: {name: acme}}"
            ) + sync("base", "url: base")
        let file = file(text)
        #expect(file.findings.isEmpty, "\(file.findings.map(\.rendered))")
        #expect(file.syncs.map(\.name) == ["base", "shop"], "each after those that it depends on")
        let sync = try #require(file.syncs.last)
        #expect(sync.options.follow == .branch("live"))
        #expect(sync.options.path == "deploy/live")
        #expect(sync.credentials?.name == "acme")
        #expect(sync.cadence.interval == .seconds(300))
        #expect(sync.cadence.jitter == 0)
        #expect(sync.cadence.schedule?.zone.name == "Europe/Berlin")
        #expect(!sync.cadence.catchesUp)
        #expect(sync.cadence.replaces)
        #expect(sync.cadence.windows.windows.count == 1)
        #expect(sync.isSuspended)
        #expect(sync.options.maxPrunePercent == 20)
        #expect(sync.options.allowsEmpty)
        #expect(sync.options.isAtomic)
        #expect(sync.options.defaultNamespace == "shop")
        #expect(sync.options.domain == "example.com")
        #expect(sync.options.inProgress == .unknown)
        #expect(sync.options.keptRevisions == .all)
        #expect(sync.options.reportBranch == "status")
        #expect(sync.options.reportDirectory == "/etc/elafros/out")
        #expect(sync.options.reportNotes)
        #expect(sync.options.reportKeep == 100)
        #expect(sync.options.wait == .ready)
        #expect(sync.options.timeout == .seconds(120))
        #expect(sync.gitTimeout == .seconds(20))
        #expect(sync.cadence.backoff == Backoff(initial: .seconds(10), factor: 3, longest: .seconds(600)))
        #expect(sync.webhook?.provider == "github")
    }

    @Test(arguments: [
        ("url: x", "intervall: 3s", ":7:3: unknown field \"intervall\" in Sync spec; did you mean \"interval\"?"),
        ("url: x", "interval: soon", ":7:13: \"soon\" is no time that can be waited"),
        ("url: x", "interval: 1ms", ":7:13: \"1ms\" is no time that can be waited"),
        ("url: x", "ref: {branch: main, tag: v1}", ":7:3: branch and tag exclude each other"),
        ("url: x", "ref: {branch: a..b}", ":7:17: git takes no branch called \"a..b\""),
        ("url: x", "ref: {commit: abc}", ":7:17: not a whole commit id"),
        ("url: x", "path: ../..", ":7:9: \"..\" leads out of the repository"),
        ("url: x", "drift: heel", ":7:10: \"heel\" is none of heal, report, ignore; did you mean \"heal\"?"),
        ("url: x", "schedule: \"61 * * * *\"", ":7:13: minute \"61\""),
        ("url: x", "timeZone: Europe/Berlin", ":7:13: timeZone says how a schedule is followed, and there is none"),
        ("url: x", "maxPrune: 101", ":7:13: 101 is no percentage"),
        ("url: x", "kinds: [Servis]", ":7:11: there is no kind \"Servis\"; did you mean \"Service\"?"),
        ("url: x", "namespaces: [A_B]", ":7:16: \"A_B\" can be no namespace"),
        ("url: x", "keepRevisions: -1", ":7:18: write a number from 0"),
        ("url: x", "dependsOn: [{name: bass}]", ":7:3: this file holds no Sync bass"),
        ("url: x", "secretRef: {name: acme}", ":7:21: this file holds no Credentials acme"),
        ("url: x", "webhook: {secretRef: {name: a}}", ":7:3: spec.webhook.provider is missing"),
        ("url: x", "windows: [{kind: allow, schedule: \"0 0 * * *\"}]", ":7:13: write how long the window lasts"),
        ("url: x", "report: {branch: b}\n  ref: {branch: b}", ":7:20: this is the branch that is followed"),
        ("url: x", "report: {branch: b, keep: 0}", ":7:29: 0 is no number of commits"),
        ("url: x", "report: {branch: b, verify: true}", ":7:31: nothing signs the report"),
        ("url: x", "report: {branch: b, secretRef: {name: keys}}", ":7:41: this file holds no Credentials keys"),
        ("url: x", "report: {keep: 3}", ":7:18: keep says how many commits of the branch stay"),
        (
            "url: x", "report: {branch: b, note: true}",
            ":7:23: unknown field \"note\" in report; did you mean \"notes\"?"
        ),
        ("url: x", "ignoreDifferences: [{kind: Service}]", ":7:23: jsonPointers is missing"),
        ("path: x", "interval: 3s", ":5:1: spec.url is missing"),
        ("url: https://u:p@example.com/x", "interval: 3s", ":6:8: the address holds a password"),
    ])
    func `each mistake is told with its place`(first: String, second: String, message: String) {
        let errors = errors(sync("shop", first, second))
        // The place of what is missing is the deepest that is there.
        #expect(errors.count == 1, "\(errors)")
        #expect(errors.first?.hasPrefix("elafros.yaml" + message) == true, "\(errors)")
    }

    @Test func `Syncs that wait for each other are refused with the circle named`() {
        let errors = errors(
            sync("a", "url: x", "dependsOn: [{name: b}]") + sync("b", "url: x", "dependsOn: [{name: c}]")
                + sync("c", "url: x", "dependsOn: [{name: a}]") + sync("d", "url: x", "dependsOn: [{name: a}]")
        )
        #expect(errors.count == 1)
        #expect(errors.first?.contains("a → b → c → a") == true, "\(errors)")
    }

    @Test func `what several Syncs say differently of one state is refused`() {
        let domains = errors(sync("a", "url: x", "domain: a.example") + sync("b", "url: z", "domain: b.example"))
        #expect(domains.count == 1)
        #expect(domains.first?.contains("Sync a has domain a.example, and a state has one") == true, "\(domains)")
        let reports = errors(sync("a", "url: x", "ref: {branch: st}") + sync("b", "url: x", "report: {branch: st}"))
        #expect(reports.first?.contains("Sync a follows the branch st") == true, "\(reports)")
        let twice = errors(sync("a", "url: x") + sync("a", "url: y"))
        #expect(twice.first?.contains("Sync a stands twice, also at line") == true, "\(twice)")
    }

    @Test func `other documents, an empty file and a broken one are refused`() {
        #expect(errors("").first?.contains("elafros init") == true)
        #expect(errors("# nothing\n---\n").first?.contains("elafros init") == true)
        #expect(errors("a: 1\n").first?.contains("apiVersion is missing") == true)
        #expect(
            errors("apiVersion: v1\nkind: Secret\n").first?.contains("does not belong in a configuration file") == true
        )
        let kind = sync("a", "url: x").replacing("kind: Sync", with: "kind: Sink")
        #expect(errors(kind).first?.contains("did you mean \"Sync\"?") == true)
        let broken = errors(sync("a", "url: x", "dependsOn: [{name: b}]") + "oops\n  : [")
        #expect(!broken.isEmpty)
        #expect(!broken.contains { $0.contains("holds no Sync") }, "what is not there may stand in what cannot be read")
    }

    @Test func `Credentials reach the addresses that they are granted for, and no others`() throws {
        let grant = try #require(
            file(
                credentials("acme", "token: {env: T}")
                    + sync("a", "url: https://example.com/acme/x", "secretRef: {name: acme}")
            ).syncs.first?.credentials
        )
        for address in ["https://example.com/acme", "https://example.com/acme/shop.git", "https://EXAMPLE.com/acme/x"] {
            #expect(grant.covers(try RemoteURL(address)), "\(address)")
        }
        for address in [
            "https://example.com/acme-evil/x", "https://example.com/other", "https://example.com.evil/acme/x",
            "http://example.com/acme/x", "https://example.com/acme/../other/x", "https://example.com/acme/%2E%2e/other",
            "https://evil@example.com:8443/acme/x", "/acme",
        ] {
            #expect(!grant.covers(try RemoteURL(address)), "\(address)")
        }
        let refused = errors(
            credentials("acme", "token: {env: T}") + sync("a", "url: https://other.com/x", "secretRef: {name: acme}")
        )
        #expect(refused.first?.contains("are not granted for https://other.com/x") == true)
    }

    @Test func `secrets are read when they are needed, and one that is missing is named without its value`() throws {
        let grant = try #require(
            file(
                credentials("acme", "username: {env: NAME}", "password: {file: pw}")
                    + sync("a", "url: https://example.com/acme/x", "secretRef: {name: acme}")
            ).syncs.first?.credentials
        )
        let read = try grant.credentials(environment: ["NAME": "me"]) { path in
            #expect(path == "/etc/elafros/pw")
            return Array("secret\n".utf8)
        }
        guard case .password("me", "secret")? = read.http else {
            Issue.record("\(read)")
            return
        }
        #expect(throws: CredentialsGrant.Missing.self) { _ = try grant.credentials(environment: [:]) { _ in [] } }
        #expect(throws: CredentialsGrant.Missing.self) {
            _ = try grant.credentials(environment: ["NAME": "me"]) { _ in [] }
        }
        #expect("\(grant)" == "Credentials acme")
    }

    @Test func `a Sync that says the same is the same, and one whose secrets lie elsewhere is not`() throws {
        let one = try #require(file(sync("a", "url: x", "interval: 3s")).syncs.first)
        let same = try #require(file(sync("a", "url: x", "interval: 3s  # often")).syncs.first)
        let other = try #require(file(sync("a", "url: x", "interval: 4s")).syncs.first)
        #expect(one.isSame(as: same))
        #expect(!one.isSame(as: other))
        func with(_ variable: String) throws -> SyncDefinition {
            try #require(
                file(
                    credentials("acme", "token: {env: \(variable)}")
                        + sync("a", "url: https://example.com/acme/x", "secretRef: {name: acme}")
                ).syncs.first
            )
        }
        #expect(!(try with("A").isSame(as: with("B"))))
    }

    @Test func `the JSON Schema names every field, and allows no other`() throws {
        let kinds = try #require(ConfigKind.jsonSchema["oneOf"]?.list)
        let spec = try #require(kinds[0]["properties"]?["spec"])
        #expect(spec["additionalProperties"] == false)
        #expect(spec["properties"]?["windows"]?["items"]?["properties"]?["kind"]?["enum"] == ["allow", "deny"])
        #expect(spec["properties"]?["url"]?["description"]?.string?.isEmpty == false)
        #expect(kinds[1]["properties"]?["kind"] == ["const": "Credentials"])
    }
}
