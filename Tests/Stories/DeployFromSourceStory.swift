import Engine
import Resources
import Store
import Testing
import YAML

/// Scenario 4: a Revision from source.
@Suite struct DeployFromSourceStory {
    let scenario: Scenario

    init() throws { scenario = try Scenario("4-deploy-from-source") }

    /// `my-service` serves a pre-built container, and the template that it will name is there.
    private func serving() throws -> Story {
        var story = Story(hasBuilder: true)
        let template: Value = [
            "steps": [["name": "build", "image": "gcr.io/node", "args": ["--to", "${_IMAGE}"]]],
            "parameters": [["name": "_IMAGE"]],
        ]
        let metadata = Metadata(name: "nodejs_8_9_4", namespace: "build-templates")
        try story.put(Object(kind: .buildTemplate, metadata: metadata, spec: template))
        try story.put(Scenario("2-create-service")["POST service"])
        try story.becomesReady("my-service-00001")
        return story
    }

    @Test func `source and environment change in one step, and make one Revision that waits for its Build`() throws {
        var story = try serving()
        let route = try #require(story[.route])

        // 1. The client PATCHes build and environment into the Service; the Configuration gets both at once.
        try story.patch(scenario["PATCH service"])
        let configuration = try #require(story[.configuration])
        #expect(configuration.metadata.generation == 2)
        #expect(
            differences(try scenario["PATCH service"]["spec"]?["runLatest"]?["configuration"], configuration.spec) == []
        )

        // 2. The configuration controller makes a Build and one Revision, which names it.
        let build = try #require(story[.build, "my-service-00002"])
        #expect(build.isControlled(by: configuration))
        #expect(build.spec == configuration.spec["build"])
        let revision = try #require(story[.revision, "my-service-00002"])
        #expect(revision.isControlled(by: configuration))
        #expect(revision.revisionSpec.buildName == "my-service-00002")
        #expect(story.state.keys(.revision).count == 2)
        #expect(configuration.configurationStatus.latestCreatedRevisionName == "my-service-00002")
        #expect(configuration.configurationStatus.latestReadyRevisionName == "my-service-00001")

        // 3. Until the builder begins the Build is pending; nothing is started for the Revision, and the old one serves.
        #expect(story.condition(.build, "Succeeded", name: "my-service-00002") == "Unknown/Pending")
        #expect(story.condition(.revision, "BuildComplete", name: "my-service-00002") == "Unknown/Building")
        #expect(story.condition(.revision, name: "my-service-00002") == "False/Building")
        #expect(story[.workload, "my-service-00002"] == nil)
        #expect(story.condition(.service) == "True")
        // What runs is the template's step, with the argument in its place.
        #expect(BuildOrder(build)?.plan.steps.first?["args"] == ["--to", "gcr.io/..."])

        // 4. The builder succeeds. The high-level state of the Build is mirrored into the Revision.
        try story.builds(.succeeds(after: .seconds(40)))
        #expect(story.condition(.build, "Succeeded", name: "my-service-00002") == "True")
        #expect(story[.build, "my-service-00002"]?.buildStatus.stepsCompleted == ["build-step-build"])
        #expect(story.condition(.revision, "BuildComplete", name: "my-service-00002") == "True")
        // The image is there, but the Revision is ready only when it is live.
        #expect(story.condition(.revision, name: "my-service-00002") == "False/Deploying")
        #expect(story.traffic == "my-service-00001 100")

        // 5. It becomes live, and the Revision is as the specification shows it.
        try story.becomesReady("my-service-00002")
        let shown = try scenario.document("GET revision, ready", revision: "my-service-00002")
        #expect(differences(shown, story[.revision, "my-service-00002"]) == [])

        // 6. The rollout is identical to that of a pre-built container.
        #expect(story.traffic == "my-service-00001 75, my-service-00002 25")
        try story.wait(.seconds(3))
        #expect(story.traffic == "my-service-00002 100")
        #expect(story.condition(.service) == "True")
        #expect(story[.route]?.metadata.generation == route.metadata.generation)
    }

    @Test func `creating a service from source is analogous`() throws {
        var story = Story(hasBuilder: true)
        let template: Value = ["steps": [["image": "gcr.io/node"]], "parameters": [["name": "_IMAGE"]]]
        let metadata = Metadata(name: "nodejs_8_9_4", namespace: "build-templates")
        try story.put(Object(kind: .buildTemplate, metadata: metadata, spec: template))
        try story.put(scenario["PATCH service"])
        try story.builds(.succeeds(after: .seconds(40)))
        try story.becomesReady("my-service-00001")
        #expect(differences(try scenario["GET revision, ready"], story[.revision, "my-service-00001"]) == [])
        #expect(story.traffic == "my-service-00001 100")
        #expect(story.condition(.service) == "True")
    }

    @Test func `a first Build that fails leaves the latest ready Revision unset`() throws {
        var story = Story(hasBuilder: true)
        let metadata = Metadata(name: "nodejs_8_9_4", namespace: "build-templates")
        let template: Value = ["steps": [["image": "gcr.io/node"]], "parameters": [["name": "_IMAGE"]]]
        try story.put(Object(kind: .buildTemplate, metadata: metadata, spec: template))
        try story.put(scenario["PATCH service"])
        try story.builds(.stepFails(index: 0, code: 1, log: "npm: not found", after: .seconds(3)))
        #expect(story.condition(.revision, name: "my-service-00001") == "False/BuildFailed")
        #expect(story.condition(.revision, "BuildComplete", name: "my-service-00001") == "False/BuildStepFailed")
        #expect(story.condition(.service, "LatestRevisionReady") == "False/BuildFailed")
        #expect(story[.configuration]?.configurationStatus.latestReadyRevisionName == nil)
        #expect(story[.service]?.serviceStatus.latestReadyRevisionName == nil)
        #expect(story.traffic == "Not found 100")

        // Until a Revision is created which can become ready.
        let image: Value = [
            "revisionTemplate": ["spec": ["container": ["env": [["name": "HELLO", "value": "again"]]]]]
        ]
        try story.patchService(["spec": ["runLatest": ["configuration": image]]])
        try story.builds(.succeeds(after: .seconds(3)))
        try story.becomesReady("my-service-00002")
        #expect(story[.service]?.serviceStatus.latestReadyRevisionName == "my-service-00002")
        #expect(story.traffic == "my-service-00002 100")
    }

    @Test func `without a builder the Build says so, and holds up nothing else`() throws {
        var story = Story()
        try story.put(scenario["PATCH service"])
        #expect(story.condition(.build, "Succeeded", name: "my-service-00001") == "Unknown/NoBuilder")
        #expect(story.condition(.revision, "BuildComplete", name: "my-service-00001") == "Unknown/NoBuilder")
        #expect(story.state.nextDue == nil)
    }
}
