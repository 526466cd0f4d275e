import Engine
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

/// Objects that move between two Syncs of one repository: `left` has the folder `left`, `right` the folder `right`.
@Suite struct MoveTests {
    private let world: World

    init() async throws {
        world = try World()
        try world.repository.commit([
            "left/a.yaml": service("a"), "left/b.yaml": service("b"), "right/c.yaml": service("c"),
        ])
        try await sync("left")
        try await sync("right")
    }

    @discardableResult
    private func sync(_ name: String, _ change: (inout SyncOptions) -> Void = { _ in }) async throws -> SyncResult {
        try await world.sync {
            ($0.name, $0.path) = (name, name)
            change(&$0)
        }
    }

    private var a: Object? { world.service("a") }

    /// Moves the manifest of `a`.
    private func move(changedTo text: String = service("a")) throws {
        try world.repository.commit(["left/a.yaml": nil, "right/a.yaml": text])
    }

    @Test func `the Sync that loses it lets go of it, and the other finds it its own`() async throws {
        let before = a
        try move()

        let left = try await sync("left")

        #expect(left.summary == ["released default/a"])
        #expect(a?.origin?.sync == "right")
        #expect(try await sync("right").summary == [])
        #expect(a?.metadata.uid == before?.metadata.uid)
        #expect(a?.metadata.generation == before?.metadata.generation)
        #expect(a?.origin?.path == "right/a.yaml")
        #expect(a?.origin?.commit == before?.origin?.commit)
        #expect(try await sync("left").isNothingNew)
        #expect(try await sync("right").isNothingNew)
    }

    @Test func `the Sync that gets it takes it over, and the other has nothing to do`() async throws {
        let before = a
        try move()

        let right = try await sync("right")

        #expect(right.summary == ["adopted default/a"])
        #expect(right.errors == [])
        #expect(a?.metadata.uid == before?.metadata.uid)
        #expect(a?.metadata.generation == before?.metadata.generation)
        #expect(a?.origin?.commit == before?.origin?.commit)
        #expect(try await sync("left").summary == [])
        #expect(try await sync("right").isNothingNew)
    }

    @Test(arguments: [["left", "right"], ["right", "left"]])
    func `what is changed on the way is changed, once`(order: [String]) async throws {
        let env = "            env: [{name: MODE, value: x}]"
        try world.repository.commit(["left/a.yaml": service("a", extra: env)])
        for name in ["left", "right"] { try await sync(name) }
        let uid = a?.metadata.uid
        try move(changedTo: service("a", image: "shop:2"))

        for name in order { #expect(try await sync(name).errors == []) }

        #expect(world.image("a") == "shop:2")
        #expect(a?.spec.container?["env"] == nil)
        #expect(a?.metadata.uid == uid)
        #expect(a?.metadata.generation == 3)
    }

    @Test(arguments: [["left", "right"], ["right", "left"]])
    func `a whole folder may move, and no guard minds`(order: [String]) async throws {
        try world.repository.commit([
            "left/a.yaml": nil, "left/b.yaml": nil, "left/README": "moved",
            "right/all.yaml": service("a") + "\n---\n" + service("b"),
        ])
        for name in order {
            let result = try await sync(name)
            #expect(result.errors == [])
            #expect(result.pruneRefusal == nil)
        }
        #expect(["a", "b"].allSatisfy { world.service($0)?.origin?.sync == "right" })
    }

    @Test func `what moves and breaks stays as it was until it is mended`() async throws {
        try move(changedTo: service("a", image: ""))

        #expect(try await sync("left").summary == ["released default/a"])
        #expect(try await sync("right").outcome == .invalid)
        #expect(world.image("a") == "shop:1")

        try world.repository.commit(["right/a.yaml": service("a", image: "shop:2")])
        #expect(try await sync("right").summary == ["changed default/a"])
    }

    @Test(arguments: [["left", "right"], ["right", "left"]])
    func `what moves into a file that cannot be read stays until that is mended`(order: [String]) async throws {
        let uid = a?.metadata.uid
        try move(changedTo: service("a") + "\n bad: [")
        for name in order { try await sync(name) }
        #expect(a?.metadata.uid == uid)

        try world.repository.commit(["right/a.yaml": service("a", image: "shop:2")])
        for name in order { #expect(try await sync(name).errors == []) }

        #expect(a?.metadata.uid == uid)
        #expect(a?.origin?.sync == "right")
        #expect(world.image("a") == "shop:2")
        #expect(world.state.marked(.orphaned) == [])
    }

    @Test func `what the next commit drops before the heir has seen it goes`() async throws {
        try move()
        try await sync("left")
        try world.repository.commit(["right/a.yaml": nil])

        #expect(try await sync("right").summary == ["pruned default/a"])
        #expect(a == nil)
    }

    @Test func `what the next commit moves back goes back`() async throws {
        let uid = a?.metadata.uid
        try move()
        try await sync("left")
        try world.repository.commit(["right/a.yaml": nil, "left/a.yaml": service("a")])

        #expect(try await sync("left").errors == [])
        #expect(try await sync("right").errors == [])

        #expect(a?.metadata.uid == uid)
        #expect(a?.origin?.sync == "left")
        #expect(world.state.marked(.orphaned) == [])
    }

    @Test func `both name it: the one that has it keeps it`() async throws {
        try world.repository.commit(["right/a.yaml": service("a", image: "shop:2")])
        #expect(try await sync("right").outcome == .invalid)
        #expect(try await sync("left").summary == [])
        #expect(world.image("a") == "shop:1")
    }

    @Test func `a broken file that may hold it still keeps it`() async throws {
        try world.repository.commit(["left/a.yaml": "kind: [", "right/a.yaml": service("a")])
        #expect(try await sync("right").outcome == .invalid)
        #expect(try await sync("left").outcome == .invalid)
        #expect(a?.origin?.sync == "left")
    }

    @Test func `nothing is taken from a Sync that is suspended`() async throws {
        let (key, now) = (Key(.sync, "", "left"), world.clock.now())
        try await world.store.commit(durably: true) { state in
            var status = try #require(state[key]).syncStatus
            status.suspension = SyncStatus.Suspension(since: now, reason: nil)
            try state.apply([.setStatus(key, .sync(status))], at: now)
        }
        try move()
        #expect(try await sync("right").outcome == .invalid)
        #expect(a?.origin?.sync == "left")
    }

    @Test func `a Sync of another branch is none of the same repository's`() async throws {
        try world.repository.git("branch", "other")
        try await sync("right") { $0.follow = .branch("other") }
        try move()
        #expect(try await sync("left").summary == ["pruned default/a"])
    }

    @Test func `where the other may not touch it, it is pruned`() async throws {
        try await sync("right") { options in
            options.namespaces = ["shop"]
            options.prunes = false
        }
        try move()
        #expect(try await sync("left").summary == ["pruned default/a"])
    }
}
