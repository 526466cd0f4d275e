import Resources
import Store
import Testing
import YAML

@testable import Engine

@Suite struct ConfigurationReconcilerTests {
    private static let commit = String(repeating: "a", count: 40)

    private static func build(_ commit: String = commit, _ argument: String = "shop:1") -> Value {
        [
            "source": ["git": ["url": "https://example.com/shop", "commit": .string(commit)]],
            "steps": [["name": "build", "image": "builder", "args": [.string(argument)]]],
        ]
    }

    private func world(_ images: String...) throws -> World {
        var world = World()
        for image in images { try world.put(.configuration, World.configurationSpec(image)) }
        return world
    }

    // MARK: §3.3, row by row

    @Test func `before the Revision has said anything both conditions are deploying`() throws {
        let world = World()
        var state = world.state
        let metadata = Metadata(name: "shop", namespace: "default")
        let draft = Object(kind: .configuration, metadata: metadata, spec: World.configurationSpec())
        try state.apply([.put(draft)], at: world.now)
        try world.engine.drain(&state, at: world.now, limit: 1)
        let list = try #require(state[World.key(.configuration)]).configurationStatus.conditions.list
        #expect(list.map(\.type) == ["Ready", "LatestRevisionReady"])
        #expect(list.map(\.status) == [.false, .unknown])
        #expect(list.map(\.reason) == ["Deploying", "Deploying"])
    }

    @Test func `the newest in progress, nothing ready yet`() throws {
        let world = try world("shop:1")
        #expect(world.condition(.configuration, "LatestRevisionReady") == "Unknown/Deploying")
        #expect(world.message(.configuration, "LatestRevisionReady") == "Starting Instances")
        #expect(world.condition(.configuration, "Ready") == "False/Deploying")
        #expect(world[.configuration]?.configurationStatus.latestCreatedRevisionName == "shop-00001")
        #expect(world[.configuration]?.configurationStatus.latestReadyRevisionName == nil)
    }

    @Test func `the newest in progress while an older one serves`() throws {
        var world = try world("shop:1")
        try world.ready("shop-00001")
        try world.put(.configuration, World.configurationSpec("shop:2"))
        #expect(world.condition(.configuration, "Ready") == "True/LatestRevisionReady")
        #expect(world.condition(.configuration, "LatestRevisionReady") == "Unknown/Deploying")
    }

    @Test func `the newest ready`() throws {
        var world = try world("shop:1")
        try world.ready("shop-00001")
        #expect(world.condition(.configuration, "Ready") == "True/LatestRevisionReady")
        #expect(world.condition(.configuration, "LatestRevisionReady") == nil)
        #expect(world[.configuration]?.configurationStatus.latestReadyRevisionName == "shop-00001")
    }

    @Test func `the newest failed`() throws {
        var world = try world("shop:1")
        try world.ready("shop-00001")
        try world.put(.configuration, World.configurationSpec("shop:2"))
        try world.fails("shop-00002", code: 7)
        for type in ["Ready", "LatestRevisionReady"] {
            #expect(world.condition(.configuration, type) == "False/ExitCode7")
            #expect(world.message(.configuration, type) == "Container failed with: oops")
        }
        #expect(world[.configuration]?.configurationStatus.latestReadyRevisionName == "shop-00001")
        // It recovers later.
        try world.ready("shop-00002")
        #expect(world.condition(.configuration, "Ready") == "True/LatestRevisionReady")
        #expect(world.condition(.configuration, "LatestRevisionReady") == nil)
    }

    @Test func `the newest deleted is not made again until the spec changes`() throws {
        var world = try world("shop:1")
        try world.ready("shop-00001")
        try world.put(.configuration, World.configurationSpec("shop:2"))
        try world.delete(.revision, "shop-00002")
        #expect(world.condition(.configuration, "LatestRevisionReady") == "False/RevisionMissing")
        #expect(
            world.message(.configuration, "LatestRevisionReady")
                == "The latest Revision appears to have been deleted."
        )
        #expect(world[.configuration]?.configurationStatus.latestReadyRevisionName == "shop-00001")
        #expect(world[.revision, "shop-00002"] == nil)
        try world.put(.configuration, World.configurationSpec("shop:3"))
        #expect(world[.revision, "shop-00003"] != nil)
    }

    @Test func `the newest deleted that was also the latest ready leaves none`() throws {
        var world = try world("shop:1")
        try world.ready("shop-00001")
        try world.put(.configuration, World.configurationSpec("shop:2"))
        try world.ready("shop-00002")
        try world.delete(.revision, "shop-00002")
        #expect(world[.configuration]?.configurationStatus.latestReadyRevisionName == nil)
        #expect(world.condition(.configuration, "LatestRevisionReady") == "False/RevisionMissing")
    }

    // MARK: Latest ready

    @Test func `a Revision that becomes ready late is not lost, and the newest ready one never goes back`() throws {
        var world = try world("shop:1")
        try world.ready("shop-00001")
        for image in ["shop:2", "shop:3", "shop:4"] { try world.put(.configuration, World.configurationSpec(image)) }
        try world.fails("shop-00004")
        try world.ready("shop-00003")
        #expect(world[.configuration]?.configurationStatus.latestReadyRevisionName == "shop-00003")
        try world.ready("shop-00002")
        #expect(world[.configuration]?.configurationStatus.latestReadyRevisionName == "shop-00003")
    }

    @Test func `a first build that fails leaves latestReady unset`() throws {
        var world = World()
        try world.put(.configuration, World.configurationSpec(build: Self.build()))
        try world.build("shop-00001", .false, "BuildStepFailed", "build step \"x\" exited with code 1")
        #expect(world[.configuration]?.configurationStatus.latestReadyRevisionName == nil)
        #expect(world.condition(.configuration, "LatestRevisionReady") == "False/BuildFailed")
    }

    // MARK: Revisions

    @Test func `each generation has one Revision, also when a spec comes back`() throws {
        let world = try world("shop:1", "shop:2", "shop:1")
        #expect(world.state.keys(.revision).map(\.name) == ["shop-00001", "shop-00002", "shop-00003"])
        let revision = try #require(world[.revision, "shop-00003"])
        #expect(revision.metadata.annotations[Labels.configurationGeneration] == "3")
        #expect(revision.metadata.labels[Labels.configuration] == "shop")
        #expect(revision.spec["servingState"] == "Active")
    }

    @Test func `template labels reach the Revision, and the system's keys win`() throws {
        var world = World()
        var spec = try #require(World.configurationSpec().map)
        var template = try #require(spec["revisionTemplate"]?.map)
        template["metadata"] = [
            "labels": ["elafros.dev/type": "function", "elafros.dev/configuration": "mine"],
            "annotations": ["a": "b"],
        ]
        spec["revisionTemplate"] = .map(template)
        try world.put(.configuration, .map(spec))
        let metadata = try #require(world[.revision, "shop-00001"]).metadata
        #expect(metadata.labels["elafros.dev/type"] == "function")
        #expect(metadata.labels[Labels.configuration] == "shop")
        #expect(metadata.annotations["a"] == "b")
    }

    @Test func `a name of one's own is taken, and taken again when its author goes back to it`() throws {
        var world = World()
        try world.put(.configuration, World.configurationSpec("shop:1", name: "shop-blue"))
        try world.ready("shop-blue")
        try world.put(.configuration, World.configurationSpec("shop:2", name: "shop-green"))
        try world.ready("shop-green")
        #expect(world[.configuration]?.configurationStatus.latestReadyRevisionName == "shop-green")
        try world.put(.configuration, World.configurationSpec("shop:1", name: "shop-blue"))
        #expect(world[.configuration]?.configurationStatus.latestReadyRevisionName == "shop-blue")
        #expect(world[.revision, "shop-blue"]?.configurationGeneration == 3)
        #expect(world.state.keys(.revision).count == 2)
    }

    @Test func `a name that stands for another spec is refused`() throws {
        var world = World()
        try world.put(.configuration, World.configurationSpec("shop:1", name: "shop-blue"))
        try world.put(.configuration, World.configurationSpec("shop:2", name: "shop-blue"))
        #expect(world.condition(.configuration, "LatestRevisionReady") == "False/RevisionFailed")
        #expect(world[.configuration]?.configurationStatus.observedGeneration == 2)
        #expect(world[.revision, "shop-blue"]?.revisionSpec.image == "shop:1")
    }

    @Test func `somebody else's Revision is not adopted`() throws {
        var world = World()
        try world.put(.revision, "shop-00001", ["container": ["image": "theirs"]])
        try world.put(.configuration, World.configurationSpec())
        #expect(world.condition(.configuration, "LatestRevisionReady") == "False/NotOwned")
        #expect(world[.configuration]?.configurationStatus.observedGeneration == 1)
        #expect(world[.configuration]?.configurationStatus.latestCreatedRevisionName == nil)
    }

    // MARK: Builds

    @Test func `a Build of the Revision's name is made and named in it`() throws {
        var world = World()
        try world.put(.configuration, World.configurationSpec(build: Self.build()))
        let configuration = try #require(world[.configuration])
        #expect(world[.build, "shop-00001"]?.isControlled(by: configuration) == true)
        #expect(world[.build, "shop-00001"]?.spec == Self.build())
        #expect(world[.revision, "shop-00001"]?.revisionSpec.buildName == "shop-00001")
    }

    static let reuse: [(String, Bool, Value, String)] = [
        ("the same, succeeded", true, build(), "shop-00001"),
        ("the same, not over", false, build(), "shop-00002"),
        ("another", true, build(commit, "other"), "shop-00002"),
    ]

    @Test(arguments: reuse)
    func `a Build that would give the same image is used again`(
        what: String,
        succeeds: Bool,
        second: Value,
        name: String
    ) throws {
        var world = World()
        try world.put(.configuration, World.configurationSpec("shop:1", build: Self.build()))
        if succeeds { try world.build("shop-00001", .true) }
        try world.put(.configuration, World.configurationSpec("shop:1b", build: second))
        #expect(world[.revision, "shop-00002"]?.revisionSpec.buildName == name)
        #expect(world.state.keys(.build).count == (name == "shop-00001" ? 1 : 2))
    }

    @Test func `a branch is built again`() throws {
        var world = World()
        let branch: Value = ["source": ["git": ["url": "https://example.com/shop", "branch": "main"]]]
        try world.put(.configuration, World.configurationSpec("shop:1", build: branch))
        try world.build("shop-00001", .true)
        try world.put(.configuration, World.configurationSpec("shop:2", build: branch))
        #expect(world[.revision, "shop-00002"]?.revisionSpec.buildName == "shop-00002")
    }

    @Test func `a buildName in the template wins, and nothing is built`() throws {
        var world = World()
        let template = World.template("shop:1", extra: ["buildName": "old"])
        try world.put(.configuration, ["build": Self.build(), "revisionTemplate": template])
        #expect(world.state.keys(.build) == [])
        #expect(world[.revision, "shop-00001"]?.revisionSpec.buildName == "old")
    }
}
