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
}
