import Engine
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

@Suite struct PruneTests {
    private func services(_ range: Range<Int>) -> [String: String?] {
        Dictionary(uniqueKeysWithValues: range.map { ("s\($0).yaml", .some(service("s\($0)"))) })
    }

    private func gone(_ range: Range<Int>) -> [String: String?] {
        Dictionary(uniqueKeysWithValues: range.map { ("s\($0).yaml", .none) })
    }

    @Test func `what git no longer names goes, with all that it made`() async throws {
        let world = try World()
        try await world.push(services(0..<3))
        let result = try await world.push(gone(0..<1))
        #expect(result.summary == ["pruned default/s0"])
        #expect(world.state.keys(.service).count == 2)
        #expect(world.state.keys(.configuration).count == 2)
        #expect(world.state.keys(.revision).count == 2)
        #expect(world.state.keys(.manifestFile).count == 2)
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `a tree that names nothing prunes nothing until that is allowed`() async throws {
        let world = try World()
        try await world.push(services(0..<2))
        let result = try await world.push(["s0.yaml": nil, "s1.yaml": nil, "README.md": "empty"])
        #expect(result.outcome == .refused)
        #expect(result.pruneRefusal?.reason == .nothingLeft)
        #expect(result.pruneRefusal?.keys.map(\.name) == ["s0", "s1"])
        #expect(world.state.keys(.service).count == 2)

        // The next sync of the same commit asks again.
        let again = try await world.sync()
        #expect(again.outcome == .refused)
        let version = world.state.version
        try await world.sync()
        #expect(world.state.version == version)

        let allowed = try await world.sync { $0.allowsEmpty = true }
        #expect(allowed.summary == ["pruned default/s0", "pruned default/s1"])
        #expect(allowed.outcome == .inSync)
        #expect(world.state.keys(.service).isEmpty)
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `a followed folder whose last manifest went is empty, and not missing`() async throws {
        let world = try World()
        try await world.push(["apps/a.yaml": service("a"), "README.md": "hello"]) { $0.path = "apps" }

        let result = try await world.push(["apps/a.yaml": nil]) { $0.path = "apps" }

        #expect(result.outcome == .refused)
        #expect(result.pruneRefusal?.reason == .nothingLeft)
        world.loseMirror()
        let allowed = try await world.sync {
            $0.path = "apps"
            $0.allowsEmpty = true
        }
        #expect(allowed.summary == ["pruned default/a"])
        #expect(try await world.push(["README.md": "still empty"]) { $0.path = "apps" }.outcome == .inSync)
        let back = try await world.push(["apps/b.yaml": service("b")]) { $0.path = "apps" }
        #expect(back.summary == ["created default/b"])
    }

    @Test(arguments: ["shop", "other"])
    func `a folder that the Sync never saw is an error`(name: String) async throws {
        let world = try World()
        try await world.push(["apps/a.yaml": service("a")]) { $0.path = "apps" }
        await #expect(throws: GitError.self) {
            try await world.sync {
                $0.name = name
                $0.path = "aps"
                $0.allowsEmpty = true
            }
        }
        #expect(world.service("a") != nil)
    }

    @Test func `the only object of a repository may be renamed`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        #expect(try await world.push(["a.yaml": service("b")]).summary == ["created default/b", "pruned default/a"])
    }

    /// Other things to follow, in which nothing of the Sync stands.
    static let elsewhere: [@Sendable (inout SyncOptions) -> Void] = [
        { $0.follow = .branch("other") }, { $0.path = "other" }, { $0.defaultNamespace = "other" },
    ]

    @Test(arguments: elsewhere)
    func `a Sync that follows something else prunes nothing unless that names what it has`(
        change: @Sendable (inout SyncOptions) -> Void
    ) async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        try world.repository.git("checkout", "-q", "-b", "other")
        try world.repository.commit(["a.yaml": service("b")])
        try world.repository.git("checkout", "-q", "main")
        try world.repository.commit(["other/b.yaml": service("b"), ".elafrosignore": "/other"])
        try await world.sync()

        let result = try await world.sync(change)

        #expect(result.pruneRefusal?.reason == .nothingLeft)
        #expect(result.pruneRefusal?.keys.map(\.name) == ["a"])
        #expect(result.summary.count == 1)
        // What the refused sync created is the Sync's now, and proves nothing.
        #expect(try await world.sync(change).outcome == .refused)
        #expect(world.service("a") != nil)
        let allowed = try await world.sync {
            change(&$0)
            $0.allowsEmpty = true
        }
        #expect(allowed.summary == ["pruned default/a"])
        #expect(try await world.sync(change).isNothingNew)
    }

    @Test func `a broken file elsewhere does not make up for naming what the Sync has`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        try world.repository.git("checkout", "-q", "-b", "other")
        try world.repository.commit(["a.yaml": "kind: [", "b.yaml": service("b")])
        let other: @Sendable (inout SyncOptions) -> Void = { $0.follow = .branch("other") }
        #expect(try await world.sync(other).summary == ["created default/b"])
        #expect(try await world.sync(other).outcome == .invalid)

        // Once it is mended, nothing holds back the object any more but the guard.
        let result = try await world.push(["a.yaml": service("c")], other)

        #expect(result.summary == ["created default/c"])
        #expect(result.pruneRefusal?.keys.map(\.name) == ["a"])
        // A tree that names all that there is leaves nothing to doubt.
        let both = "\(service("a"))\n---\n\(service("c"))"
        #expect(try await world.push(["a.yaml": both], other).outcome == .inSync)
        #expect(try await world.push(["a.yaml": service("a")], other).summary == ["pruned default/c"])
    }

    @Test func `a Sync that returns to what it followed prunes what it made elsewhere`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        try world.repository.git("checkout", "-q", "-b", "other")
        try world.repository.commit(["a.yaml": service("b")])
        try world.repository.git("checkout", "-q", "main")
        #expect(try await world.sync { $0.follow = .branch("other") }.outcome == .refused)
        #expect(try await world.sync().summary == ["pruned default/b"])
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `a refused prune lets creates and updates through`() async throws {
        let world = try World()
        try await world.push(services(0..<10))
        var files = gone(0..<6)
        files["new.yaml"] = service("new")
        files["s9.yaml"] = service("s9", image: "shop:2")

        let result = try await world.push(files)

        #expect(result.outcome == .refused)
        #expect(result.pruneRefusal?.reason == .tooMany(maxPercent: 50))
        #expect(result.pruneRefusal?.total == 10)
        #expect(result.summary == ["created default/new", "changed default/s9"])
        #expect(world.state.keys(.service).count == 11)
        #expect(try await world.sync().pruneRefusal?.keys.count == 6)

        // An object that comes back is none to prune any more; the others may go.
        let back = try await world.push(services(0..<1))
        #expect(back.pruneRefusal == nil)
        #expect(back.summary.count == 5)
        #expect(world.service("s0") != nil)
    }

    @Test func `a higher share can be allowed`() async throws {
        let world = try World()
        try await world.push(services(0..<10))
        try await world.push(gone(0..<6))
        #expect(try await world.sync { $0.maxPrunePercent = 60 }.summary.count == 6)
    }

    @Test func `fewer than five may always go`() async throws {
        let world = try World()
        try await world.push(services(0..<5))
        #expect(try await world.push(gone(0..<4)).summary.count == 4)
    }

    @Test func `an annotation keeps an object, which then belongs to nobody`() async throws {
        let world = try World()
        let kept = service("a").replacing("  name: a", with: "  name: a\n  annotations: {elafros.dev/prune: \"false\"}")
        try await world.push(["a.yaml": kept, "b.yaml": service("b")])
        let result = try await world.push(["a.yaml": nil])
        #expect(result.summary == ["released default/a"])
        #expect(world.service("a")?.origin == nil)
        #expect(try await world.sync().isNothingNew)
        #expect(try await world.push(["a.yaml": service("a", image: "shop:2")]).summary == ["changed default/a"])
        #expect(world.service("a")?.origin?.sync == "shop")
    }

    @Test func `what was made by hand is not pruned`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")])
        try await world.store.commit(durably: true) { state in
            let draft = Object(
                kind: .buildTemplate,
                metadata: Metadata(name: "mine", namespace: "default"),
                spec: .map([:])
            )
            try state.apply([.put(draft)], at: Instant(milliseconds: 0))
        }
        try await world.push(["b.yaml": nil])
        #expect(world.state.contains(Key(.buildTemplate, "default", "mine")))
    }
}
