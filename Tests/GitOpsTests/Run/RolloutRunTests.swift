import Engine
import Resources
import Store
import Testing
import YAML

@testable import GitOps

@Suite struct RolloutRunTests {
    private func traffic(_ world: World) -> [String] {
        (world.service("shop")?.serviceStatus.traffic ?? []).map { "\($0.revisionName) \($0.percent)" }
    }

    @Test func `rolling back by a commit makes a new Revision of the old spec, and moves the traffic to it`()
        async throws
    {
        let world = try World()
        try await world.push(["shop.yaml": service("shop", image: "shop:1")])
        try await world.push(["shop.yaml": service("shop", image: "shop:2")])
        #expect(traffic(world) == ["shop-00002 100"])

        let before = world.clock.now()
        let result = try await world.push(["shop.yaml": service("shop", image: "shop:1")])

        #expect(result.summary == ["changed default/shop"])
        #expect(result.outcome == .inSync)
        #expect(traffic(world) == ["shop-00003 100"])
        // It was rolled out as any other: a step a second.
        #expect(world.clock.now() == before + .seconds(3))
        let revision = { (name: String) in world.state[Key(.revision, "default", name)] }
        #expect(revision("shop-00003")?.revisionSpec.image == "shop:1")
        #expect(revision("shop-00003")?.spec == revision("shop-00001")?.spec)
    }

    @Test func `steps in the manifest pace the sync, which waits for them until its time is over`() async throws {
        let world = try World()
        func manifest(_ image: String) -> String {
            service("shop", image: image).replacing(
                "  runLatest:\n",
                with: "  runLatest:\n    rollout:\n      steps: [5, 50]\n      interval: 1m\n"
            )
        }
        try await world.push(["shop.yaml": manifest("shop:1")])
        let result = try await world.push(["shop.yaml": manifest("shop:2")]) { $0.timeout = .seconds(90) }
        #expect(traffic(world) == ["shop-00001 50", "shop-00002 50"])
        #expect(result.readiness.map(\.standing) == [.rollingOut])
        // As planned is as good as ready.
        #expect(result.outcome == .inSync)

        // The next run goes on where it stood.
        try await world.sync { $0.timeout = .seconds(90) }
        #expect(traffic(world) == ["shop-00002 100"])
    }
}
