import Resources
import Store
import Testing
import YAML

/// Scenario 4: a Revision from source.
@Suite struct DeployFromSourceStory {
    let scenario: Scenario

    init() throws { scenario = try Scenario("4-deploy-from-source") }

    private func deployed(_ story: inout Story) throws {
        let template: Value = ["steps": [["image": "gcr.io/builder"]], "parameters": [["name": "_IMAGE"]]]
        let metadata = Metadata(name: "nodejs_8_9_4", namespace: "build-templates")
        try story.put(Object(kind: .buildTemplate, metadata: metadata, spec: template))
        try story.put(scenario["PATCH service"])
    }

    @Test func `the Revision waits for its Build, and shows where its image came from`() throws {
        var story = Story()
        try deployed(&story)
        let configuration = try #require(story[.configuration])
        #expect(story[.build, "my-service-00001"]?.isControlled(by: configuration) == true)
        #expect(story.condition(.revision, "BuildComplete", name: "my-service-00001") == "Unknown/NoBuilder")
        #expect(story[.workload, "my-service-00001"] == nil)

        try story.finishes(build: "my-service-00001", Condition(type: "Succeeded", status: .true))
        try story.becomesReady("my-service-00001")
        let revision = try scenario["GET revision, ready"]
        #expect(differences(revision, story[.revision, "my-service-00001"]) == [])
        #expect(story.traffic == "my-service-00001 100")
    }

    @Test func `a first Build that fails leaves the latest ready Revision unset`() throws {
        var story = Story()
        try deployed(&story)
        let failure = Condition(type: "Succeeded", status: .false, reason: "BuildStepFailed", message: "exit code 1")
        try story.finishes(build: "my-service-00001", failure)
        #expect(story.condition(.revision, name: "my-service-00001") == "False/BuildFailed")
        #expect(story.condition(.service, "LatestRevisionReady") == "False/BuildFailed")
        #expect(story[.service]?.serviceStatus.latestReadyRevisionName == nil)
        #expect(story.traffic == "Not found 100")
    }
}

/// Scenario 5: a function.
@Suite struct DeployFunctionStory {
    @Test func `a function is deployed as an app is, and its label reaches the Revision`() throws {
        var story = Story()
        try story.put(Scenario("5-deploy-function")["POST service"])
        let revision = try #require(story[.revision, "my-function-00001"])
        #expect(revision.metadata.labels["elafros.dev/type"] == "function")
        #expect(revision.revisionSpec.concurrencyLimit == 1)
        #expect(revision.revisionSpec.timeoutSeconds == 20)
        // Neither a builder nor its template is there yet.
        #expect(story.condition(.build, "Succeeded", name: "my-function-00001") == "Unknown/NoBuilder")
    }
}
