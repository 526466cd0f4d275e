import Resources
import Store
import Testing
import YAML

/// Scenario 1: automatic rollout of a new Revision to an existing Service.
@Suite struct AutomaticRolloutStory {
    let scenario: Scenario
    let created: Scenario

    init() throws {
        scenario = try Scenario("1-automatic-rollout")
        created = try Scenario("2-create-service")
    }

    private func serving() throws -> Story {
        var story = Story()
        try story.put(created["POST service"])
        try story.becomesReady("my-service-00001")
        try story.wait(.seconds(60))
        return story
    }

    @Test func `a new image is rolled out to 100 % once its Revision is ready`() throws {
        var story = try serving()
        let route = try #require(story[.route])
        let configuration = try #require(story[.configuration])
        let service = try #require(story[.service])

        // The client PATCHes the image; values of the environment are inherited.
        try story.patch(scenario.document("PATCH service", image: "gcr.io/second"))
        let patched = try scenario["PATCH configuration, by the controller"]
        #expect(differences(patched, story[.configuration]) == [])
        #expect(differences(try scenario["GET configuration, new Revision created"], story[.configuration]) == [])
        #expect(differences(try scenario["GET service, new Revision created"], story[.service]) == [])
        // One spec changed, once, and nothing in it but the image.
        #expect(story[.service]?.metadata.generation == service.metadata.generation + 1)
        #expect(story[.configuration]?.metadata.generation == configuration.metadata.generation + 1)
        #expect(story[.configuration].map { Self.image(in: $0.spec) } == "gcr.io/second")
        #expect(Self.withoutImage(story[.configuration]?.spec) == Self.withoutImage(configuration.spec))
        // The Revision is there before it is ready, and says which generation it was made from.
        let created = try #require(story[.revision, "my-service-00002"])
        let generation = story[.configuration].map { String($0.metadata.generation) }
        #expect(created.metadata.annotations[Labels.configurationGeneration] == generation)
        #expect(story.condition(.revision, name: "my-service-00002") == "False/Deploying")
        #expect(created.revisionStatus.conditions["Ready"]?.message == "Starting Instances")
        // The older Revision serves on, and so the Service is ready.
        #expect(story.traffic == "my-service-00001 100")
        #expect(story.condition(.service) == "True")
        #expect(story.condition(.configuration) == "True/LatestRevisionReady")
        #expect(story.condition(.configuration, "LatestRevisionReady") == "Unknown/Deploying")

        // The new Revision is ready, and traffic begins to move at once.
        try story.wait(.seconds(5))
        try story.becomesReady("my-service-00002")
        let revision = try scenario["GET revision, ready"]
        #expect(differences(revision, story[.revision, "my-service-00002"]) == [])
        #expect(story[.configuration]?.configurationStatus.latestReadyRevisionName == "my-service-00002")
        #expect(story[.service]?.serviceStatus.latestReadyRevisionName == "my-service-00002")
        #expect(differences(try scenario["GET route, traffic migrating"], story[.route]) == [])
        #expect(story.condition(.route) == "False/RolloutInProgress")
        #expect(story.condition(.service) == "False/RolloutInProgress")
        #expect(story.main == ["my-service-00001 75", "my-service-00002 25"])

        // A step a second.
        for expected in ["my-service-00001 50, my-service-00002 50", "my-service-00001 25, my-service-00002 75"] {
            try story.wait(.milliseconds(999))
            #expect(story.traffic != expected)
            try story.wait(.milliseconds(1))
            #expect(story.traffic == expected)
            #expect(story.condition(.route, "RolloutInProgress") == "True/RolloutInProgress")
        }
        try story.wait(.seconds(1))
        #expect(differences(try scenario["GET route, reconciled"], story[.route]) == [])
        #expect(story.condition(.service) == "True")
        #expect(story.condition(.route, "RolloutInProgress") == nil)
        #expect(story.main == ["my-service-00002 100"])
        // The Route's spec never changed, and nothing is due any more.
        #expect(story[.route]?.metadata.generation == route.metadata.generation)
        #expect(story.state.nextDue == nil)
        // The Revision that nobody reaches any more has no label of the Route.
        #expect(story[.revision, "my-service-00001"]?.metadata.labels[Labels.route] == nil)
        #expect(story[.revision, "my-service-00002"]?.metadata.labels[Labels.route] == "my-service")
    }

    @Test func `a Revision that fails while traffic moves to it loses it again`() throws {
        var story = try serving()
        try story.patchService(imagePatch("gcr.io/second"))
        try story.becomesReady("my-service-00002")
        try story.wait(.seconds(1))
        #expect(story.traffic == "my-service-00001 50, my-service-00002 50")

        let failure = WorkloadStatus.Failure(condition: "ContainerHealthy", reason: "ExitCode3", message: "no disk")
        try story.says("my-service-00002", .failed(failure))
        #expect(story.traffic == "my-service-00001 100")
        #expect(story.main == ["my-service-00001 100"])
        #expect(story.condition(.service) == "True")
        #expect(story.condition(.service, "LatestRevisionReady") == "False/ExitCode3")
        #expect(story.condition(.configuration) == "False/ExitCode3")
        #expect(story.state.nextDue == nil)

        // It recovers, and the rollout begins anew.
        try story.becomesReady("my-service-00002")
        #expect(story.traffic == "my-service-00001 75, my-service-00002 25")
        try story.wait(.seconds(3))
        #expect(story.traffic == "my-service-00002 100")
    }

    @Test func `a still newer Revision takes over in the middle`() throws {
        var story = try serving()
        try story.patchService(imagePatch("gcr.io/second"))
        try story.becomesReady("my-service-00002")
        try story.patchService(imagePatch("gcr.io/third"))
        try story.becomesReady("my-service-00003")
        #expect(story.traffic == "my-service-00001 75, my-service-00003 25")
        try story.wait(.seconds(1))
        #expect(story.traffic == "my-service-00001 50, my-service-00003 50")
        try story.wait(.seconds(2))
        #expect(story.traffic == "my-service-00003 100")
        #expect(story.condition(.service) == "True")
    }

    @Test(arguments: [
        ("0s", ["my-service-00002 100"]),
        (
            "4s",
            [
                "my-service-00001 99, my-service-00002 1", "my-service-00001 66, my-service-00002 34",
                "my-service-00001 33, my-service-00002 67", "my-service-00002 100",
            ]
        ),
    ])
    func `rolloutDuration says how long a rollout takes`(duration: String, steps: [String]) throws {
        var story = try serving()
        try story.patchService(["metadata": ["annotations": [Labels.rolloutDuration: .string(duration)]]])
        try story.patchService(imagePatch("gcr.io/second"))
        try story.becomesReady("my-service-00002")
        for step in steps {
            #expect(story.traffic == step)
            try story.wait(.seconds(1))
        }
        #expect(story.traffic == steps.last)
    }

    @Test func `a restart goes on where the rollout stood`() throws {
        var story = try serving()
        try story.patchService(imagePatch("gcr.io/second"))
        try story.becomesReady("my-service-00002")
        try story.wait(.seconds(1))
        #expect(story.traffic == "my-service-00001 50, my-service-00002 50")

        // Nobody is there for an hour; the next to come takes one step, and waits a second for the one after it.
        try story.isAway(.seconds(3_600))
        #expect(story.traffic == "my-service-00001 25, my-service-00002 75")
        try story.wait(.milliseconds(999))
        #expect(story.traffic == "my-service-00001 25, my-service-00002 75")
        try story.wait(.milliseconds(1))
        #expect(story.traffic == "my-service-00002 100")
    }

    private static let container: [String] = ["revisionTemplate", "spec", "container"]

    private static func image(in spec: Value) -> String? {
        container.reduce(Optional(spec)) { $0?[$1] }?["image"]?.string
    }

    private static func withoutImage(_ spec: Value?) -> Value? {
        guard var map = container.reduce(spec, { $0?[$1] })?.map else { return nil }
        map["image"] = nil
        return .map(map)
    }

    private func imagePatch(_ image: String) -> Value {
        [
            "spec": [
                "runLatest": [
                    "configuration": ["revisionTemplate": ["spec": ["container": ["image": .string(image)]]]]
                ]
            ]
        ]
    }
}
