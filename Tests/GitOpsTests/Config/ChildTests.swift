import Engine
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

/// Syncs that a followed repository defines.
@Suite struct ChildTests {
    private let world: World

    init() throws { world = try World() }

    private static func sync(_ name: String, _ spec: String...) -> String {
        "apiVersion: gitops.elafros.dev/v1alpha1\nkind: Sync\nmetadata: {name: \(name)}\nspec:\n"
            + (spec.isEmpty ? "  {}" : spec.map { "  \($0)" }.joined(separator: "\n"))
    }

    private func definition(_ name: String) -> ChildDefinition? {
        world.state[Key(.sync, "", name)].flatMap(ChildDefinition.init(of:))
    }

    /// The Syncs to follow, as the parent `shop` and the state say.
    private func followed(grants: [String: CredentialsGrant] = [:]) throws -> FollowedSyncs {
        var parent = SyncDefinition(try world.options(), interval: .seconds(60), gitTimeout: .seconds(60))
        parent.place = "elafros.yaml:1"
        return FollowedSyncs([parent], grants: grants, in: world.store.facts.syncs)
    }

    @Test func `a Sync in the repository is followed as it says, where it follows the same repository too`()
        async throws
    {
        try world.repository.commit(["apps/a.yaml": service("a")])
        let result = try await world.push(["syncs/apps.yaml": Self.sync("apps", "path: apps", "interval: 5m")]) {
            $0.path = "syncs"
        }

        #expect(result.changes.map { "\($0.action) \($0.key)" } == ["created Sync apps"])
        #expect(definition("apps")?.place == "syncs/apps.yaml:1")
        let child = try #require(try followed().all.last)
        #expect(child.name == "apps")
        #expect(child.options.path == "apps")
        #expect(child.options.remote == (try world.options().remote))
        #expect(child.cadence.interval == .seconds(300))
        #expect(try await world.sync { $0.path = "syncs" }.isNothingNew)
    }

    @Test func `what the child has run, its parent leaves as it is`() async throws {
        try await world.push(["apps/a.yaml": service("a"), "syncs/apps.yaml": Self.sync("apps", "path: apps")]) {
            $0.path = "syncs"
        }
        let child = try #require(try followed().all.last)
        try await world.sync { $0 = child.options }
        #expect(world.service("a")?.origin?.sync == "apps")

        let changed = Self.sync("apps", "path: apps", "prune: false")
        let result = try await world.push(["syncs/apps.yaml": changed]) { $0.path = "syncs" }

        #expect(result.changes.map { "\($0.action) \($0.key)" } == ["changed Sync apps"])
        #expect(result.changes[0].fields.map(\.path.description) == ["spec.prune"])
        let status = world.state[Key(.sync, "", "apps")]?.syncStatus
        #expect(status?.commit != nil)
        #expect(try followed().all.last?.options.prunes == false)
        #expect(definition("apps") != nil, "its own run keeps what its parent says")
    }

    @Test func `one that git defines no more is left behind with what it applied`() async throws {
        try await world.push(["apps/a.yaml": service("a"), "syncs/apps.yaml": Self.sync("apps", "path: apps")]) {
            $0.path = "syncs"
        }
        let child = try #require(try followed().all.last)
        try await world.sync { $0 = child.options }

        let result = try await world.push(["syncs/apps.yaml": nil, "syncs/README": "x"]) { $0.path = "syncs" }

        #expect(result.changes.map { "\($0.action) \($0.key)" } == ["released Sync apps"])
        #expect(result.pruneRefusal == nil)
        #expect(try followed().all.map(\.name) == ["shop"])
        #expect(world.service("a")?.origin?.sync == "apps")
    }

    @Test(arguments: [
        ("url: /srv/git/other", "a repository can name no path"),
        ("url: file:///srv/git/other", "a repository can name no path"),
        ("report: {directory: /etc}", "no say about the disk"),
        ("domain: example.com", "no repository says it"),
        ("namespaces: [shop, other]", "namespace other is not among those that Sync shop may touch"),
        ("kinds: [Route]", "kind Route is not among those that Sync shop may touch"),
        ("interval: soon", "is no time that can be waited"),
        ("paht: apps", "did you mean \"path\"?"),
    ])
    func `what it may not say is told with its place, and the Sync is held back`(
        spec: String,
        message: String
    ) async throws {
        let text = Self.sync("apps", spec)
        let result = try await world.push(["s.yaml": text]) {
            $0.namespaces = ["shop"]
            $0.kinds = [.service, .sync]
        }
        #expect(result.errors.count == 1)
        #expect(result.errors[0].hasPrefix("s.yaml:5:"))
        #expect(result.errors[0].contains(message))
        #expect(definition("apps") == nil)
    }

    @Test func `its scope is its parent's where it names none`() async throws {
        try await world.push(["s.yaml": Self.sync("apps", "path: apps", "namespaces: [shop]")]) {
            $0.namespaces = ["shop", "other"]
            $0.kinds = [.service, .sync]
        }
        var parent = SyncDefinition(try world.options(), interval: .zero, gitTimeout: .zero)
        parent.options.namespaces = ["shop", "other"]
        parent.options.kinds = [.service, .sync]
        let child = try #require(FollowedSyncs([parent], grants: [:], in: world.store.facts.syncs).all.last)
        #expect(child.options.namespaces == ["shop"])
        #expect(child.options.kinds == [.service, .sync])

        parent.options.namespaces = ["other"]
        let narrowed = FollowedSyncs([parent], grants: [:], in: world.store.facts.syncs)
        #expect(narrowed.all.count == 1)
        #expect(narrowed.refusals.map(\.message).first?.contains("namespace shop is not among those") == true)
    }

    @Test func `a Sync that may not touch Syncs holds them back`() async throws {
        let result = try await world.push(["s.yaml": Self.sync("apps"), "a.yaml": service("a")]) {
            $0.kinds = [.service]
        }
        #expect(result.errors.map { $0.contains("kind Sync is not among those") } == [true])
        #expect(result.summary == ["created default/a"])
    }

    @Test func `Credentials in a repository are refused`() async throws {
        let text = """
            apiVersion: gitops.elafros.dev/v1alpha1
            kind: Credentials
            metadata: {name: mine}
            spec: {urls: [https://example.com], token: {env: HOME}}
            """
        let result = try await world.push(["s.yaml": text])
        #expect(
            result.errors == [
                "s.yaml:1:1: a repository holds no Credentials; they stand in the file of whoever follows it"
            ]
        )
    }

    @Test func `secrets are those that were granted for its address, and its parent's for the same repository`()
        async throws
    {
        let file = ConfigFile(
            Array(
                """
                apiVersion: gitops.elafros.dev/v1alpha1
                kind: Credentials
                metadata: {name: acme}
                spec: {urls: [https://git.example.com/acme], token: {env: TOKEN}}
                """.utf8
            ),
            path: "elafros.yaml",
            folder: "/"
        )
        try await world.push([
            "own.yaml": Self.sync("own", "path: apps"),
            "granted.yaml": Self.sync("granted", "url: https://git.example.com/acme/a", "secretRef: {name: acme}"),
            "elsewhere.yaml": Self.sync("elsewhere", "url: https://evil.example.com/a", "secretRef: {name: acme}"),
            "unknown.yaml": Self.sync("unknown", "url: https://git.example.com/acme/a", "secretRef: {name: other}"),
            "none.yaml": Self.sync("none", "url: https://git.example.com/acme/b"),
        ])
        var parent = SyncDefinition(try world.options(), interval: .zero, gitTimeout: .zero)
        parent.credentials = file.grants["acme"]

        let followed = FollowedSyncs([parent], grants: file.grants, in: world.store.facts.syncs)

        let byName = Dictionary(uniqueKeysWithValues: followed.all.map { ($0.name, $0) })
        #expect(byName["own"]?.credentials?.name == "acme")
        #expect(byName["granted"]?.credentials?.name == "acme")
        #expect(byName["none"] != nil)
        #expect(byName["none"]?.credentials == nil)
        #expect(byName["none"]?.options.isOfFile == true, "so that no secret of the environment is its")
        #expect(byName["own"]?.mayUseAgent == true)
        #expect(byName["none"]?.mayUseAgent == false)
        #expect(byName["granted"]?.mayUseAgent == false)
        #expect(
            followed.refusals.map { "\($0.name): \($0.message)" } == [
                "elsewhere: elsewhere.yaml:1 of Sync shop: Credentials acme are not granted for https://evil.example.com/a; "
                    + "add the beginning of that address to their spec.urls",
                "unknown: unknown.yaml:1 of Sync shop: the configuration holds no Credentials other; add them",
            ]
        )
    }

    @Test func `what whoever runs the program names counts, and not what a repository says of it`() async throws {
        try await world.push(["s.yaml": Self.sync("apps", "path: elsewhere")])
        var named = SyncDefinition(try world.options { $0.name = "apps" }, interval: .zero, gitTimeout: .zero)
        named.place = "elafros.yaml:9"
        let parent = SyncDefinition(try world.options(), interval: .zero, gitTimeout: .zero)

        let followed = FollowedSyncs([parent, named], grants: [:], in: world.store.facts.syncs)

        #expect(followed.all.map(\.name) == ["shop", "apps"])
        #expect(followed.all[1].child == nil)
        #expect(
            followed.refusals.map(\.message) == [
                "elafros.yaml:9 names it, and what s.yaml:1 of Sync shop says does not count"
            ]
        )
    }

    @Test func `a Sync that follows another source is not taken over`() async throws {
        let other = try World(beside: world)
        try await other.push(["a.yaml": service("a")]) { $0.name = "apps" }

        let result = try await world.push(["s.yaml": Self.sync("apps", "path: apps")])

        #expect(result.errors.count == 1)
        #expect(result.errors.first?.contains("Sync apps is there already") == true)
        #expect(definition("apps") == nil)
    }

    @Test func `two parents of one Sync: the second is held back`() async throws {
        try await world.push(["s.yaml": Self.sync("apps", "url: https://git.example.com/a")])
        let other = try World(beside: world)
        let result = try await other.push(["x.yaml": Self.sync("apps", "url: https://git.example.com/b")]) {
            $0.name = "other"
        }
        #expect(
            result.errors == ["x.yaml:1:1: Sync apps is defined by Sync shop, at s.yaml:1; remove it there or here"]
        )
    }

    @Test func `children of children are followed, and those that wait for each other are not`() async throws {
        try await world.push([
            "top.yaml": Self.sync("middle", "path: middle"),
            "x.yaml": Self.sync("x", "dependsOn: [{name: y}]"), "y.yaml": Self.sync("y", "dependsOn: [{name: x}]"),
            "middle/s.yaml": Self.sync("low", "path: low"),
        ]) { $0.exclude = ["middle/"] }
        let middle = try #require(try followed().all.first { $0.name == "middle" })
        try await world.sync { $0 = middle.options }

        let followed = try followed()

        #expect(followed.all.map(\.name) == ["shop", "middle", "low"])
        #expect(followed.refusals.map(\.name) == ["x", "y"])
        #expect(followed.refusals.first?.message.contains("x → y → x") == true)
    }

    @Test func `two documents that define one Sync are both held back`() async throws {
        let result = try await world.push(["s.yaml": Self.sync("apps") + "\n---\n" + Self.sync("apps")])
        #expect(result.errors.count == 2)
        #expect(result.errors.allSatisfy { $0.contains("Sync apps stands twice") })
    }

    @Test func `a report gives a Sync nothing that it may not touch, and says nothing of what it follows`() async throws
    {
        try await world.push(["kid/a.yaml": service("a"), "kid/b.yaml": service("b", namespace: "prod")]) {
            ($0.name, $0.path, $0.reportBranch) = ("kid", "kid", "status")
        }
        world.loseState()
        try await world.push(["s.yaml": Self.sync("kid", "path: kid", "report: {branch: status}")]) {
            $0.exclude = ["kid/"]
            $0.namespaces = ["default"]
        }
        var parent = SyncDefinition(try world.options(), interval: .zero, gitTimeout: .zero)
        parent.options.namespaces = ["default"]
        let child = try #require(FollowedSyncs([parent], grants: [:], in: world.store.facts.syncs).all.last)

        let result = try await world.sync { $0 = child.options }

        #expect(world.service("a")?.origin?.sync == "kid")
        #expect(world.state[Key(.service, "prod", "b")] == nil)
        #expect(result.errors.map { $0.contains("namespace prod is not among those") } == [true])
        #expect(definition("kid") != nil)
        #expect(world.state[Key(.sync, "", "kid")]?.spec["namespaces"] != nil)
    }

    @Test func `a rebuild from the report brings the definition back at the next sync`() async throws {
        try await world.push(["s.yaml": Self.sync("apps", "path: apps"), "a.yaml": service("a")]) {
            $0.reportBranch = "status"
        }
        world.loseState()
        let again = try await world.sync { $0.reportBranch = "status" }
        #expect(again.errors == [])
        #expect(definition("apps")?.path == "s.yaml")
    }
}
