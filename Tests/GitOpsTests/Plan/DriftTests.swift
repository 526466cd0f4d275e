import Engine
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

@Suite struct DriftTests {
    private func edit(_ world: World, _ name: String, image: String) async throws {
        let key = Key(.service, "default", name)
        try await world.store.commit(durably: true) { state in
            let live = try #require(state[key])
            let patch: Value = [
                "spec": [
                    "runLatest": [
                        "configuration": ["revisionTemplate": ["spec": ["container": ["image": .string(image)]]]]
                    ]
                ]
            ]
            let edited = try live.edited(try StrategicMerge.apply(patch: patch, to: live.value, kind: .service))
            try state.apply([.put(edited), .mark(key, .edited)], at: Instant(milliseconds: 1_700_000_000_000))
        }
    }

    @Test func `a change by hand is healed by the next sync of the same commit`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")])
        try await edit(world, "a", image: "hand:1")

        let result = try await world.sync()

        #expect(result.summary == ["healed default/a"])
        #expect(result.changes.first?.isHeal == true)
        #expect(result.changes.first?.fields.map(\.new) == ["shop:1"])
        #expect(world.image("a") == "shop:1")
        #expect(result.statistics.git.blobsRead == 0)
        #expect(!result.isNothingNew)
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `a Revision's name that was typed by hand goes, and the next change goes through`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        let (key, now) = (Key(.service, "default", "a"), world.clock.now())
        try await world.store.commit(durably: true) { state in
            let live = try #require(state[key])
            let template: Value = ["revisionTemplate": ["metadata": ["name": "a-hand"]]]
            let patch: Value = ["spec": ["runLatest": ["configuration": template]]]
            let edited = try live.edited(try StrategicMerge.apply(patch: patch, to: live.value, kind: .service))
            try state.apply([.put(edited), .mark(key, .edited)], at: now)
        }

        let result = try await world.push(["a.yaml": service("a", image: "shop:2")])

        #expect(result.errors == [])
        #expect(result.summary == ["healed default/a", "changed default/a"])
        #expect(world.service("a")?.status.conditions.isTrue("Ready") == true)
        #expect(world.service("a")?.serviceStatus.traffic.map(\.revisionName) == ["a-00002"])
    }

    @Test func `a dry run shows drift and leaves it`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        try await edit(world, "a", image: "hand:1")
        let before = world.digest
        #expect(try await world.sync { $0.isDryRun = true }.summary == ["healed default/a"])
        #expect(world.digest == before)
    }

    @Test func `drift and a change in git are told apart`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        try await edit(world, "a", image: "hand:1")
        let result = try await world.push(["a.yaml": service("a", image: "shop:2")])
        #expect(result.summary == ["healed default/a", "changed default/a"])
        #expect(result.changes.map { $0.fields.first?.old } == ["hand:1", "shop:1"])
        #expect(world.image("a") == "shop:2")
        #expect(world.service("a")?.metadata.generation == 3)
    }

    @Test func `an object that was deleted by hand comes back`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")])
        let key = Key(.service, "default", "a")
        let uid = world.service("a")?.metadata.uid
        try await world.store.commit(durably: true) { state in
            try state.apply(
                [.delete(key, .background), .mark(key, .edited)],
                at: Instant(milliseconds: 1_700_000_000_000)
            )
        }

        let result = try await world.sync()

        #expect(result.summary == ["healed default/a"])
        #expect(world.service("a")?.status.conditions.isTrue("Ready") == true)
        #expect(world.service("a")?.metadata.uid != uid)
        #expect(result.statistics.git.blobsRead == 1)
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `an edited object is healed while its manifest is held back`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        try await edit(world, "a", image: "hand:1")
        let result = try await world.push(["a.yaml": "kind: ["])
        #expect(result.summary == ["healed default/a"])
        #expect(result.outcome == .invalid)
        #expect(world.image("a") == "shop:1")
    }

    @Test func `an edited object that is handed to another Sync is healed there, while its manifest is held back too`()
        async throws
    {
        let first = try World()
        try await first.push(["a.yaml": service("a"), "b.yaml": service("b")])
        let second = try World(beside: first)
        try await second.push(["x.yaml": service("a")]) { $0.name = "other" }
        try await edit(first, "a", image: "hand:1")
        #expect(try await first.push(["a.yaml": nil]).summary == ["released default/a"])

        let result = try await second.push(["x.yaml": service("a", image: "")]) { $0.name = "other" }

        #expect(result.summary == ["healed default/a"])
        #expect(first.image("a") == "shop:1")
    }

    @Test func `an object that was edited and then removed from git goes`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")])
        try await edit(world, "a", image: "hand:1")
        #expect(try await world.push(["a.yaml": nil]).summary == ["pruned default/a"])
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `what was deleted and made anew by hand is taken over again`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        let (key, now) = (Key(.service, "default", "a"), world.clock.now())
        let draft = try #require(world.service("a")).with(origin: .some(nil))
        try await world.store.commit(durably: true) { state in
            _ = try state.apply([.delete(key, .background), .mark(key, .edited)], at: now)
            _ = try state.apply([.put(draft)], at: now)
        }
        #expect(world.service("a")?.origin == nil)

        #expect(try await world.sync().summary == ["adopted default/a"])
        #expect(world.service("a")?.origin?.sync == "shop")
        #expect(try await world.sync().isNothingNew)
    }
}
