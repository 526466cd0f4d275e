import Resources
import Store
import Testing
import YAML

@testable import Engine

/// Specification §12.
@Suite struct DeletionTests {
    private func serving() throws -> World {
        var world = World()
        try world.put(.configuration, World.configurationSpec(build: ["steps": [["image": "builder"]]]))
        try world.put(.route, World.route([TrafficTarget(.configuration("shop"), percent: 100)]))
        try world.build("shop-00001", .true)
        try world.ready("shop-00001")
        #expect(world.main() == "shop-00001 100")
        return world
    }

    @Test func `a Configuration takes its Revisions and Builds along, and the Route that names it says so`() throws {
        var world = try serving()
        try world.delete(.configuration)
        for kind in [Kind.revision, .build, .workload] { #expect(world.state.keys(kind) == []) }
        #expect(world.condition(.route, "AllTrafficAssigned") == "False/ConfigurationMissing")
        #expect(world.message(.route, "Ready") == "Configuration 'shop' referenced in traffic not found")
        #expect(world.traffic() == "")
        #expect(world.main() == "shop-00001 100")
        #expect(world.state.nextDue == nil)
    }

    @Test func `a Route takes its hosts and labels along, and the Revisions stay`() throws {
        var world = try serving()
        try world.delete(.route)
        #expect(world.state.keys(.split) == [])
        for kind in [Kind.configuration, .revision] {
            let name = kind == .revision ? "shop-00001" : "shop"
            let metadata = try #require(world[kind, name]).metadata
            #expect(metadata.labels[Labels.route] == nil)
            #expect(metadata.annotations[Labels.routes] == nil)
        }
        #expect(world.condition(.revision, "Ready", "shop-00001") == "True/ServiceReady")
        #expect(world[.workload, "shop-00001"] != nil)
    }

    @Test func `a Configuration that is made again does not adopt what the former one left`() throws {
        var world = World()
        try world.put(.service, World.runLatest())
        try world.ready("shop-00001")
        try world.delete(.configuration, "shop", .orphan)
        #expect(world[.configuration]?.metadata.generation == 1)
        #expect(world[.revision, "shop-00001"]?.metadata.owners == [])
        #expect(world.condition(.configuration, "LatestRevisionReady") == "False/NotOwned")
        #expect(
            world.message(.configuration, "LatestRevisionReady")
                == "There is an existing Revision \"shop-00001\" that we do not own."
        )
        // The data plane keeps what it had, and the next spec makes the next Revision.
        #expect(world.main() == "shop-00001 100")
        try world.put(.service, World.runLatest("shop:2"))
        try world.ready("shop-00002")
        #expect(world.condition(.service, "Ready") == "True")
        #expect(world.main() == "shop-00002 100")
    }

    @Test func `in the foreground children go before their owners, the object last`() throws {
        var world = World()
        world.looksTwice = false
        try world.put(.service, World.runLatest(build: ["steps": [["image": "builder"]]]))
        try world.build("shop-00001", .true)
        try world.ready("shop-00001")
        var gone: [Key] = []
        try world.state.apply([.delete(World.key(.service), .foreground)], at: world.now)
        #expect(world[.service]?.metadata.deletionTimestamp == world.now)
        try world.engine.drain(&world.state, at: world.now) { event in
            if event.new == nil { gone.append(event.key) }
        }
        func place(_ kind: Kind) -> Int? { gone.firstIndex { $0.kind == kind } }
        #expect(gone.count == 7)
        let order = [Kind.workload, .revision, .configuration, .service].compactMap(place)
        #expect(order.count == 4 && order == order.sorted())
        let route = [Kind.split, .route, .service].compactMap(place)
        #expect(route.count == 3 && route == route.sorted())
        #expect(gone.last == World.key(.service))
        for kind in Kind.allCases { #expect(world.state.keys(kind) == []) }
        // The runtime hears of it as of any other end.
        #expect(world.state.marked(.wished).contains(World.key(.workload, "shop-00001")))
        #expect(world.state.nextLook == nil)
    }

    @Test func `a Route that goes in the foreground takes its labels along`() throws {
        var world = try serving()
        try world.delete(.route, "shop", .foreground)
        #expect(world.state.keys(.split) == [])
        #expect(world[.route] == nil)
        #expect(world[.revision, "shop-00001"]?.metadata.labels[Labels.route] == nil)
        #expect(world[.configuration]?.metadata.annotations[Labels.routes] == nil)
    }

    @Test func `nothing is made again for an object that is going`() throws {
        var world = World()
        try world.put(.service, World.runLatest())
        try world.ready("shop-00001")
        try world.state.apply([.delete(World.key(.service), .foreground)], at: world.now)
        // A crash: what is left of the work goes on from here.
        _ = try world.engine.drain(&world.state, at: world.now, limit: 2)
        #expect(world[.service] != nil)
        try world.settle()
        for kind in Kind.allCases { #expect(world.state.keys(kind) == []) }
    }
}
