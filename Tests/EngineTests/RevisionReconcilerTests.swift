import Resources
import Store
import Testing
import YAML

@testable import Engine

@Suite struct RevisionReconcilerTests {
    private static let name = "shop-00001"

    private func world(_ settings: EngineSettings = EngineSettings(), build: Value? = nil) throws -> World {
        var world = World(settings)
        try world.put(.configuration, World.configurationSpec(build: build))
        return world
    }

    private func conditions(_ world: World) -> [String] {
        (world[.revision, Self.name]?.status.conditions.list ?? []).map {
            "\($0.type)=\($0.status.rawValue)" + ($0.reason.map { "/" + $0 } ?? "")
        }
    }

    private static let steps: Value = ["steps": [["image": "builder"]]]

    // MARK: §4.3, row by row

    @Test func `build running, ok, then starting and ready`() throws {
        var world = try world(EngineSettings(hasBuilder: true), build: Self.steps)
        try world.build(Self.name, .unknown, "Building")
        #expect(
            conditions(world) == [
                "Ready=False/Building", "BuildComplete=Unknown/Building", "BuildSucceeded=Unknown/Building",
            ]
        )
        #expect(world[.workload, Self.name] == nil)
        try world.build(Self.name, .true)
        #expect(
            conditions(world) == [
                "Ready=False/Deploying", "BuildComplete=True", "BuildSucceeded=True",
                "ResourcesAvailable=Unknown/Deploying", "ContainerHealthy=Unknown/Deploying",
            ]
        )
        #expect(world.message(.revision, "Ready", Self.name) == "Starting Instances")
        try world.ready(Self.name)
        #expect(
            conditions(world) == [
                "Ready=True/ServiceReady", "BuildComplete=True", "BuildSucceeded=True", "ResourcesAvailable=True",
                "ContainerHealthy=True",
            ]
        )
    }

    @Test(arguments: ["BuildStepFailed", "UnsatisfiedParameter"])
    func `build failed or invalid`(reason: String) throws {
        var world = try world(build: Self.steps)
        try world.build(Self.name, .false, reason, "it went wrong")
        #expect(world.condition(.revision, "BuildComplete", Self.name) == "False/\(reason)")
        #expect(world.message(.revision, "BuildComplete", Self.name) == "it went wrong")
        #expect(world.condition(.revision, "Ready", Self.name) == "False/BuildFailed")
        #expect(world.message(.revision, "Ready", Self.name) == "Build it went wrong")
        #expect(world[.workload, Self.name] == nil)
    }

    @Test func `without a builder the Revision says so and nothing is due`() throws {
        let world = try world(build: Self.steps)
        #expect(world.condition(.build, "Succeeded", Self.name) == "Unknown/NoBuilder")
        #expect(world.condition(.revision, "BuildComplete", Self.name) == "Unknown/NoBuilder")
        #expect(world.state.nextDue == nil)
    }

    @Test func `a Build that is missing is waited for, and one that is deleted stays what it was`() throws {
        var world = World()
        let template = World.template("shop:1", extra: ["buildName": "mine"])
        try world.put(.configuration, ["revisionTemplate": template])
        #expect(world.condition(.revision, "BuildComplete", Self.name) == "Unknown/Building")
        try world.put(.build, "mine", Self.steps)
        try world.build("mine", .true)
        try world.ready(Self.name)
        try world.delete(.build, "mine")
        #expect(world.condition(.revision, "BuildComplete", Self.name) == "True")
        #expect(world.condition(.revision, "Ready", Self.name) == "True/ServiceReady")
    }

    static let failures: [(WorkloadStatus.Failure, String, String)] = [
        (
            .init(condition: "ContainerHealthy", reason: "ContainerMissing", message: "Unable to fetch image 'x': no"),
            "ContainerHealthy", "False/ContainerMissing"
        ),
        (
            .init(condition: "ContainerHealthy", reason: "ExitCode3", message: "Container failed with: x"),
            "ContainerHealthy", "False/ExitCode3"
        ),
        (
            .init(condition: "ResourcesAvailable", reason: "NoDeployment", message: "The controller could not …"),
            "ResourcesAvailable", "False/NoDeployment"
        ),
    ]

    @Test(arguments: failures)
    func `what the runtime says of a failure is shown, and it may recover`(
        failure: WorkloadStatus.Failure,
        type: String,
        expected: String
    ) throws {
        var world = try world()
        try world.workload(Self.name, .failed(failure))
        #expect(world.condition(.revision, type, Self.name) == expected)
        #expect(world.condition(.revision, "Ready", Self.name) == expected)
        #expect(world.message(.revision, "Ready", Self.name) == failure.message)
        #expect(world.state.nextDue == nil)
        // Starting again is not yet a recovery.
        try world.workload(Self.name, .pending)
        #expect(world.condition(.revision, "Ready", Self.name) == expected)
        try world.ready(Self.name)
        #expect(world.condition(.revision, "Ready", Self.name) == "True/ServiceReady")
    }

    static let deadlines: [(EngineSettings, Bool, Int, String, String)] = [
        (
            EngineSettings(), false, 120, "ProgressDeadlineExceeded",
            "Unable to create pods for more than 120 seconds."
        ),
        (EngineSettings(), true, 120, "ProgressDeadlineExceeded", "Did not pass readiness checks in 120 seconds."),
        (
            EngineSettings(progressDeadline: .seconds(900)), true, 300, "ServiceTimeout",
            "Timed out waiting for a service endpoint to become ready"
        ),
    ]

    @Test(arguments: deadlines)
    func `a Revision that does not become ready fails for good`(
        settings: EngineSettings,
        isHeardOf: Bool,
        seconds: Int,
        reason: String,
        message: String
    ) throws {
        var world = try world(settings)
        try world.wait(.seconds(10))
        if isHeardOf { try world.workload(Self.name, .pending) }
        try world.wait(.milliseconds(seconds * 1_000 - 10_001))
        #expect(world.condition(.revision, "Ready", Self.name) == "False/Deploying")
        try world.wait(.milliseconds(1))
        #expect(world.condition(.revision, "ResourcesAvailable", Self.name) == "False/\(reason)")
        #expect(world.message(.revision, "Ready", Self.name) == message)
        #expect(world.state.nextDue == nil)
        try world.ready(Self.name)
        #expect(world.condition(.revision, "Ready", Self.name) == "False/\(reason)")
    }

    @Test func `an endpoint that comes and goes changes nothing`() throws {
        var world = try world()
        try world.ready(Self.name)
        let before = world[.revision, Self.name]?.status
        try world.workload(Self.name, .pending)
        try world.wait(.seconds(600))
        #expect(world[.revision, Self.name]?.status == before)
        try world.ready(Self.name)
        #expect(world[.revision, Self.name]?.status == before)
    }

    @Test func `a ready Revision whose workload fails for good is not ready, until it recovers`() throws {
        var world = try world()
        try world.ready(Self.name)
        try world.fails(Self.name)
        #expect(world.condition(.revision, "Ready", Self.name) == "False/ExitCode1")
        #expect(world.condition(.revision, "ResourcesAvailable", Self.name) == "True")
        try world.ready(Self.name)
        #expect(world.condition(.revision, "Ready", Self.name) == "True/ServiceReady")
    }

    @Test func `where nothing runs, the conditions say that readiness is assumed`() throws {
        var world = try world()
        try world.workload(Self.name, .ready, runtime: "none")
        #expect(world.condition(.revision, "Ready", Self.name) == "True/NoRuntime")
        #expect(world.message(.revision, "Ready", Self.name) == "Readiness is assumed; nothing runs.")
        try world.workload(Self.name, .ready, runtime: "in-process")
        #expect(world.condition(.revision, "Ready", Self.name) == "True/ServiceReady")
    }

    @Test func `a reserved Revision stays ready without a workload, and is queued while it wakes`() throws {
        var world = try world()
        try world.ready(Self.name)
        var spec = try #require(world[.revision, Self.name]?.spec.map)
        spec["servingState"] = "Reserve"
        try world.put(.revision, Self.name, .map(spec))
        #expect(world[.workload, Self.name] == nil)
        #expect(world.condition(.revision, "Ready", Self.name) == "True/ServiceReady")
        #expect(world.condition(.revision, "Active", Self.name) == "False/NoTraffic")
        spec["servingState"] = "Active"
        try world.put(.revision, Self.name, .map(spec))
        #expect(world.condition(.revision, "Active", Self.name) == "Unknown/Queued")
        #expect(world.condition(.revision, "Ready", Self.name) == "True/ServiceReady")
        try world.ready(Self.name)
        #expect(world.condition(.revision, "Active", Self.name) == "True")
    }

    @Test func `scale annotations of the template are kept on the workload`() throws {
        var world = World()
        var template = try #require(World.template("shop:1").map)
        let prefix = Labels.autoscalingPrefix
        template["metadata"] = [
            "annotations": [prefix + "min-scale": "1", prefix + "maxScale": "5", prefix + "initial-scale": "2"]
        ]
        try world.put(.configuration, ["revisionTemplate": .map(template)])
        #expect(world[.workload, Self.name]?.spec["scale"] == ["min": 1, "max": 5, "initial": 2])
        #expect(world[.revision, Self.name]?.metadata.annotations[prefix + "min-scale"] == "1")
        // A Revision's annotations may change, and the runtime hears of it.
        try world.apply(.unmark(World.key(.workload, Self.name), .wished, ifVersionAtMost: .max))
        let spec = try #require(world[.revision, Self.name]).spec
        try world.put(.revision, Self.name, annotations: [prefix + "min-scale": "3"], spec)
        #expect(world[.workload, Self.name]?.spec["scale"] == ["min": 3, "max": 5, "initial": 2])
        #expect(world.state.marked(.wished) == [World.key(.workload, Self.name)])
        // Where nothing is said, nothing is kept.
        let plain = try self.world()
        #expect(plain[.workload, Self.name]?.spec["scale"] == nil)
    }

    // MARK: The rest of the status

    static let sources: [(Value, Value)] = [
        (
            ["git": ["url": "https://x", "commit": "abc"]],
            ["repository": ["url": "https://x", "commit": "abc"]]
        ),
        (["gcs": ["type": "archive", "location": "gs://a"]], ["archive": ["location": "gs://a"]]),
        (["gcs": ["type": "Manifest", "location": "gs://m"]], ["manifest": ["location": "gs://m"]]),
    ]

    @Test(arguments: sources)
    func `imageSource tells where the image came from`(source: Value, shown: Value) throws {
        var world = try world(build: ["source": source, "steps": [["image": "builder"]]])
        try world.build(Self.name, .true)
        #expect(world[.revision, Self.name]?.revisionStatus.imageSource == shown)
    }

    @Test func `names, labels and the log's address`() throws {
        let world = try world(EngineSettings(logURLTemplate: "https://logs/${REVISION_UID}/"))
        let revision = try #require(world[.revision, Self.name])
        #expect(revision.revisionStatus.serviceName == "shop-00001-service")
        #expect(revision.revisionStatus.logURL == "https://logs/\(revision.metadata.uid)/")
        #expect(revision.metadata.labels[Labels.revision] == Self.name)
        #expect(revision.metadata.labels[Labels.revisionUID] == revision.metadata.uid)
        #expect(world[.workload, Self.name]?.metadata.labels[Labels.revisionUID] == revision.metadata.uid)
    }
}
