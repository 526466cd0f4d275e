import Resources
import Store
import Testing
import YAML

@testable import Engine

/// What reconcilers tell of their work (specification §1.8).
@Suite struct OccurrenceTests {
    private func told(_ world: World) -> [String] {
        world.state.occurrences { _ in true }.map { occurrence in
            "\(occurrence.isWarning ? "Warning" : "Normal") \(occurrence.reason) \(occurrence.key.kind.name): "
                + occurrence.message + (occurrence.count > 1 ? " x\(occurrence.count)" : "")
        }
    }

    @Test func `a Service that comes up`() throws {
        var world = World()
        try world.put(.service, World.runLatest())
        try world.ready("shop-00001")
        #expect(
            told(world).sorted() == [
                "Normal ConfigurationReady Configuration: Configuration becomes ready",
                "Normal Created Configuration: Created Revision \"shop-00001\"",
                "Normal Created Service: Created Configuration \"shop\"",
                "Normal Created Service: Created Route \"shop\"",
                "Normal LatestReadyUpdate Configuration: LatestReadyRevisionName updated to \"shop-00001\"",
                "Normal LatestRevisionUpdate Configuration: LatestCreatedRevisionName updated to \"shop-00001\"",
                "Normal RevisionReady Revision: Revision becomes ready upon endpoint \"shop-00001-service\" becoming ready",
            ]
        )
        // Whoever looks at everything again has nothing to tell.
        let before = told(world)
        let keys = Kind.allCases.flatMap { world.state.keys($0) }
        try world.apply(.setDue(keys[0], world.now))
        for key in keys { try world.apply(.setDue(key, world.now)) }
        #expect(told(world) == before)
    }

    @Test func `a Revision that fails, recovers and fails again`() throws {
        var world = World()
        try world.put(.service, World.runLatest())
        for _ in 0..<2 {
            try world.fails("shop-00001")
            try world.ready("shop-00001")
        }
        #expect(
            told(world).contains("Warning RevisionFailed Revision: ExitCode1: Container failed with: oops x2")
        )
    }

    @Test func `builds, deadlines, what is not ours, and what is collected`() throws {
        var world = World(EngineSettings(retention: RevisionRetention(least: 0)))
        try world.put(.service, World.runLatest(build: ["steps": [["image": "x"]]]))
        try world.build("shop-00001", .true)
        #expect(told(world).contains("Normal BuildComplete Revision: Build completed"))
        #expect(told(world).contains("Normal Created Configuration: Created Build \"shop-00001\""))
        try world.put(.service, World.runLatest("shop:2", build: ["steps": [["image": "y"]]]))
        try world.build("shop-00002", .false, "BuildStepFailed", "it broke")
        #expect(told(world).contains("Warning BuildFailed Revision: it broke"))
        #expect(!told(world).contains { $0.hasPrefix("Warning RevisionFailed") })
        try world.put(.service, World.runLatest("shop:3"))
        try world.wait(.seconds(120))
        #expect(
            told(world).contains(
                "Normal ProgressDeadlineExceeded Revision: Unable to create pods for more than 120 seconds."
            )
        )
        #expect(told(world).contains("Normal Updated Service: Updated Configuration \"shop\" x2"))
        try world.put(.service, World.runLatest("shop:4"))
        try world.ready("shop-00004")
        try world.wait(.seconds(60 * 3_600))
        #expect(told(world).contains("Normal Deleted Configuration: Deleted Revision \"shop-00001\""))

        try world.put(.route, "cart", [:])
        try world.put(.service, "cart", World.runLatest())
        let message = "There is an existing Route \"cart\" that we do not own."
        #expect(told(world).contains("Warning CreationFailed Service: \(message)"))
    }
}
