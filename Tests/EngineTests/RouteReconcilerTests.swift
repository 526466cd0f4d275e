import Resources
import Store
import Testing
import YAML

@testable import Engine

@Suite struct RouteReconcilerTests {
    private static let latest = World.route([TrafficTarget(.configuration("shop"), percent: 100)])

    /// A Configuration `shop` with so many Revisions, all ready but the last `unready`.
    private func world(revisions: Int, unready: Int = 0) throws -> World {
        var world = World()
        for number in 1...max(1, revisions) where revisions > 0 {
            try world.put(.configuration, World.configurationSpec("shop:\(number)"))
            if number <= revisions - unready { try world.ready("shop-0000\(number)") }
        }
        return world
    }

    private func route(_ targets: TrafficTarget...) -> Value { World.route(targets) }

    // MARK: §5.6, row by row

    @Test func `all assigned and settled`() throws {
        var world = try world(revisions: 1)
        try world.put(.route, Self.latest)
        #expect(
            world[.route]?.status.conditions.list.map(\.type) == ["Ready", "AllTrafficAssigned", "RolloutComplete"]
        )
        #expect(world[.route]?.status.conditions.list.allSatisfy { $0.status == .true } == true)
        #expect(world[.route]?.routeStatus.domain == "shop.default.mydomain.com")
        #expect(world[.route]?.routeStatus.observedGeneration == 1)
    }

    @Test func `migrating`() throws {
        var world = try world(revisions: 1)
        try world.put(.route, Self.latest)
        try world.put(.configuration, World.configurationSpec("shop:2"))
        try world.ready("shop-00002")
        #expect(world.condition(.route, "AllTrafficAssigned") == "True")
        #expect(world.condition(.route, "RolloutComplete") == "Unknown/RolloutInProgress")
        #expect(world.condition(.route, "RolloutInProgress") == "True/RolloutInProgress")
        #expect(world.condition(.route, "Ready") == "False/RolloutInProgress")
    }

    @Test func `migrating in a state of a version that did not note the targets`() throws {
        var world = try world(revisions: 1)
        try world.put(.route, Self.latest)
        var status = try #require(world[.route]).routeStatus
        status.observedTargets = []
        try world.state.apply([.setStatus(World.key(.route), .route(status))], at: world.now)
        try world.state.apply([.setDue(World.key(.route), nil)], at: world.now)
        try world.put(.configuration, World.configurationSpec("shop:2"))
        try world.ready("shop-00002")
        #expect(world.traffic() == "shop-00001 75, shop-00002 25")
    }

    @Test func `migrating from more than the target has, as a spec that could not be assigned left it`() throws {
        var world = try world(revisions: 1)
        try world.put(.route, Self.latest)
        try world.put(.configuration, World.configurationSpec("shop:2"))
        try world.put(
            .route,
            route(
                TrafficTarget(.revision("shop-00002"), percent: 40),
                TrafficTarget(.configuration("shop"), percent: 60)
            )
        )
        #expect(world.main() == "shop-00001 100")
        try world.ready("shop-00002")
        #expect(world.traffic() == "shop-00002 40, shop-00001 45, shop-00002 15")
        try world.wait(.seconds(1))
        #expect(world.traffic() == "shop-00002 40, shop-00001 30, shop-00002 30")
    }

    @Test func `migrating for more than 120 seconds without a step`() throws {
        var world = try world(revisions: 1)
        try world.put(.configuration, "other", World.configurationSpec("other:1"))
        try world.ready("other-00001")
        try world.put(
            .route,
            route(
                TrafficTarget(.configuration("shop"), percent: 60),
                TrafficTarget(.revision("other-00001"), percent: 40)
            )
        )
        try world.put(.configuration, World.configurationSpec("shop:2"))
        try world.ready("shop-00002")
        #expect(world.traffic() == "shop-00001 45, shop-00002 15, other-00001 40")
        // The other target goes, so the data plane keeps its last good state, and no step can be taken.
        try world.delete(.revision, "other-00001")
        try world.wait(.milliseconds(119_999))
        #expect(world.traffic() == "shop-00001 45, shop-00002 15")
        #expect(world.main() == "shop-00001 45, shop-00002 15, other-00001 40")
        #expect(world.condition(.route, "RolloutComplete") == "Unknown/RolloutInProgress")
        try world.wait(.milliseconds(1))
        for type in ["RolloutComplete", "RolloutInProgress"] {
            #expect(world.message(.route, type) == "Unable to update traffic split for more than 120 seconds.")
        }
        #expect(world.condition(.route, "RolloutComplete") == "False/ProgressDeadlineExceeded")
        #expect(world.condition(.route, "RolloutInProgress") == "True/ProgressDeadlineExceeded")
        #expect(world.state.nextDue == nil)
        // Once mended it goes on where it stood.
        try world.put(.route, Self.latest)
        try world.wait(.seconds(10))
        #expect(world.traffic() == "shop-00002 100")
        #expect(world.condition(.route, "Ready") == "True")
    }

    @Test func `no ready Revision, the newest still starting`() throws {
        var world = try world(revisions: 1, unready: 1)
        try world.put(.route, Self.latest)
        #expect(world.condition(.route, "AllTrafficAssigned") == "Unknown/RevisionMissing")
        #expect(
            world.message(.route, "Ready") == "Configuration 'shop' is waiting for a Revision to become ready."
        )
        #expect(world.condition(.route, "Ready") == "False/RevisionMissing")
        #expect(world[.route]?.routeStatus.traffic == [])
    }

    @Test func `no ready Revision, the newest failed`() throws {
        var world = try world(revisions: 1, unready: 1)
        try world.put(.route, Self.latest)
        try world.fails("shop-00001")
        #expect(world.condition(.route, "AllTrafficAssigned") == "False/RevisionMissing")
        #expect(
            world.message(.route, "Ready") == "The configuration 'shop' does not have a LatestReadyRevision."
        )
        #expect(world.traffic() == "Not found 100")
        #expect(world.main() == "")
    }

    @Test func `a Revision that is absent`() throws {
        var world = try world(revisions: 1)
        try world.put(
            .route,
            route(
                TrafficTarget(.revision("shop-00001"), percent: 60),
                TrafficTarget(.revision("gone"), percent: 40)
            )
        )
        #expect(world.condition(.route, "AllTrafficAssigned") == "False/RevisionMissing")
        #expect(world.message(.route, "Ready") == "Revision 'gone' referenced in traffic not found")
        #expect(world.traffic() == "shop-00001 60")
        #expect(world.main() == "")
    }

    @Test func `a Configuration that is absent, and then comes`() throws {
        var world = try world(revisions: 0)
        try world.put(.route, Self.latest)
        #expect(world.condition(.route, "AllTrafficAssigned") == "False/ConfigurationMissing")
        #expect(world.message(.route, "Ready") == "Configuration 'shop' referenced in traffic not found")
        #expect(world.traffic() == "")
        try world.put(.configuration, World.configurationSpec())
        try world.ready("shop-00001")
        #expect(world.traffic() == "shop-00001 100")
        #expect(world.condition(.route, "Ready") == "True")
    }

    @Test func `a named Revision that is not ready or has failed`() throws {
        var world = try world(revisions: 1, unready: 1)
        try world.put(.route, route(TrafficTarget(.revision("shop-00001"), name: "current", percent: 100)))
        #expect(world.condition(.route, "AllTrafficAssigned") == "Unknown/RevisionMissing")
        #expect(world.message(.route, "Ready") == "Revision 'shop-00001' is not yet ready.")
        try world.fails("shop-00001")
        #expect(world.condition(.route, "AllTrafficAssigned") == "False/RevisionMissing")
        #expect(world.message(.route, "Ready") == "Revision 'shop-00001' failed to become ready.")
        #expect(world.traffic() == "")
        try world.ready("shop-00001")
        #expect(world.traffic() == "current=shop-00001 100")
    }

    @Test func `a pinned Revision of another Service`() throws {
        var world = World()
        try world.put(.service, "a", ["runLatest": ["configuration": World.configurationSpec()]])
        try world.ready("a-00001")
        try world.put(.service, "b", World.pinned("a-00001"))
        #expect(world.condition(.route, "AllTrafficAssigned", "b") == "False/RevisionNotOwned")
        #expect(
            world.message(.route, "Ready", "b") == "Revision 'a-00001' belongs to Service 'a', not Service 'b'."
        )
    }

    @Test func `no targets at all`() throws {
        var world = World()
        try world.put(.route, [:])
        #expect(world.condition(.route, "AllTrafficAssigned") == "True")
        #expect(world.condition(.route, "Ready") == "True")
        #expect(world[.split]?.spec["domain"] == "shop.default.mydomain.com")
    }

    @Test func `of several bad targets the first is reported`() throws {
        var world = World()
        try world.put(
            .route,
            route(TrafficTarget(.revision("b"), percent: 50), TrafficTarget(.revision("a"), percent: 50))
        )
        #expect(world.message(.route, "Ready") == "Revision 'b' referenced in traffic not found")
    }

    // MARK: Traffic

    @Test func `equal targets are made one, different names are not`() throws {
        var world = try world(revisions: 2)
        try world.put(
            .route,
            route(
                TrafficTarget(.revision("shop-00001"), percent: 0),
                TrafficTarget(.revision("shop-00002"), name: "current", percent: 50),
                TrafficTarget(.revision("shop-00001"), percent: 30),
                TrafficTarget(.revision("shop-00001"), percent: 20),
                TrafficTarget(.revision("shop-00002"), name: "next", percent: 0)
            )
        )
        #expect(world.traffic() == "shop-00001 50, current=shop-00002 50, next=shop-00002 0")
        #expect(world.main() == "shop-00001 50, shop-00002 50")
        #expect(world[.split]?.spec["named"] == ["current": "shop-00002", "next": "shop-00002"])
    }

    @Test func `a Revision that has all traffic and fails keeps it, and the Route says so`() throws {
        var world = try world(revisions: 1)
        try world.put(.route, Self.latest)
        try world.fails("shop-00001")
        #expect(world.traffic() == "shop-00001 100")
        #expect(world.main() == "shop-00001 100")
        #expect(world.condition(.route, "Ready") == "False/RevisionMissing")
        try world.ready("shop-00001")
        #expect(world.condition(.route, "Ready") == "True")
    }

    @Test func `a failing candidate does not keep the pinned one from being changed`() throws {
        var world = try world(revisions: 3)
        try world.put(
            .route,
            route(
                TrafficTarget(.revision("shop-00001"), name: "current", percent: 100),
                TrafficTarget(.configuration("shop"), name: "next", percent: 0)
            )
        )
        try world.fails("shop-00003")
        try world.put(
            .route,
            route(
                TrafficTarget(.revision("shop-00002"), name: "current", percent: 100),
                TrafficTarget(.configuration("shop"), name: "next", percent: 0)
            )
        )
        #expect(world.main() == "shop-00002 100")
        #expect(world.condition(.route, "Ready") == "False/RevisionMissing")
    }

    @Test func `two targets of one Configuration keep apart`() throws {
        var world = try world(revisions: 1)
        try world.put(
            .route,
            route(
                TrafficTarget(.revision("shop-00001"), percent: 20),
                TrafficTarget(.configuration("shop"), percent: 80)
            )
        )
        #expect(world.traffic() == "shop-00001 20, shop-00001 80")
        #expect(world.main() == "shop-00001 100")
        try world.put(.configuration, World.configurationSpec("shop:2"))
        try world.ready("shop-00002")
        #expect(world.traffic() == "shop-00001 20, shop-00001 60, shop-00002 20")
        try world.wait(.seconds(3))
        #expect(world.traffic() == "shop-00001 20, shop-00002 80")
    }

    @Test func `an older Revision that is deleted on the way leaves its traffic to the new one`() throws {
        var world = try world(revisions: 1)
        try world.put(.route, Self.latest)
        try world.put(.configuration, World.configurationSpec("shop:2"))
        try world.ready("shop-00002")
        try world.delete(.revision, "shop-00001")
        #expect(world.traffic() == "shop-00002 100")
    }

    @Test func `a Revision that failed while the data plane had nothing does not keep traffic from the next`() throws {
        var world = World()
        try world.put(.service, World.runLatest("shop:1"))
        try world.ready("shop-00001")
        try world.fails("shop-00001")
        try world.delete(.split)
        #expect(world.main() == "")
        #expect(world.traffic() == "shop-00001 100")
        try world.put(.service, World.runLatest("shop:2"))
        try world.ready("shop-00002")
        #expect(world.main() == "shop-00002 100")
        #expect(world.condition(.route, "Ready") == "True")
    }

    // MARK: Labels

    @Test func `what a Route reaches carries its label, and no longer when it does not`() throws {
        var world = try world(revisions: 2)
        try world.put(.route, "a", route(TrafficTarget(.revision("shop-00001"), percent: 100)))
        try world.put(.route, "b", Self.latest)
        func routes(_ kind: Kind, _ name: String) -> [String?] {
            let metadata = world[kind, name]?.metadata
            return [metadata?.labels[Labels.route], metadata?.annotations[Labels.routes]]
        }
        #expect(routes(.configuration, "shop") == ["a", "a,b"])
        #expect(routes(.revision, "shop-00001") == ["a", "a"])
        #expect(routes(.revision, "shop-00002") == ["b", "b"])
        try world.put(.route, "a", Self.latest)
        #expect(routes(.revision, "shop-00001") == [nil, nil])
        #expect(routes(.revision, "shop-00002") == ["a", "a,b"])
        try world.delete(.route, "a")
        #expect(world[.split, "a"] == nil)
        #expect(routes(.configuration, "shop") == ["b", "b"])
        try world.delete(.route, "b")
        #expect(routes(.configuration, "shop") == [nil, nil])
        #expect(routes(.revision, "shop-00002") == [nil, nil])
        // A label that somebody takes away by hand comes back.
        try world.put(.route, "a", Self.latest)
        var metadata = try #require(world[.revision, "shop-00002"]).metadata
        metadata.labels[Labels.route] = nil
        try world.apply(.put(try #require(world[.revision, "shop-00002"]).with(metadata: metadata, origin: nil)))
        #expect(routes(.revision, "shop-00002") == ["a", "a"])
    }

    @Test func `what a Route does not reach any more loses its label also where somebody deleted the split`() throws {
        var world = try world(revisions: 1)
        func routes() -> String? { world[.revision, "shop-00001"]?.metadata.annotations[Labels.routes] }
        try world.put(.route, World.route([TrafficTarget(.revision("shop-00001"), percent: 100)]))
        #expect(routes() == "shop")
        // The data plane goes on with it for as long as the other is missing.
        try world.put(.route, World.route([TrafficTarget(.revision("shop-00009"), percent: 100)]))
        #expect(world.main() == "shop-00001 100")
        #expect(routes() == "shop")
        try world.delete(.split)
        #expect(world.main() == "")
        #expect(routes() == nil)
    }

    @Test func `a Route that is replaced at once by another of its name is the other`() throws {
        var world = try world(revisions: 1)
        try world.put(.route, Self.latest)
        let draft = Object(kind: .route, metadata: Metadata(name: "shop", namespace: "default"), spec: Self.latest)
        try world.apply(.delete(World.key(.route), .background), .put(draft))
        let route = try #require(world[.route])
        #expect(world[.split]?.isControlled(by: route) == true)
        #expect(world.traffic() == "shop-00001 100")
        #expect(world[.revision, "shop-00001"]?.metadata.labels[Labels.route] == "shop")
    }

    @Test func `the domain follows the labels`() throws {
        var world = World(
            EngineSettings(domains: [
                DomainRule(suffix: "b.example.com", selector: ["tier": "gold"]),
                DomainRule(suffix: "a.example.com", selector: ["tier": "gold"]),
                DomainRule(suffix: "c.example.com", selector: ["tier": "gold", "zone": "eu"]),
            ])
        )
        try world.put(.route, [:])
        #expect(world[.route]?.routeStatus.domain == "shop.default.mydomain.com")
        try world.put(.route, labels: ["tier": "gold"], [:])
        #expect(world[.route]?.routeStatus.domain == "shop.default.a.example.com")
        try world.put(.route, labels: ["zone": "eu"], [:])
        #expect(world[.route]?.routeStatus.domain == "shop.default.c.example.com")
    }
}
