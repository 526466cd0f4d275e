import Engine
import Resources
import Store
import Testing
import YAML

/// Scenario 5: a function.
@Suite struct DeployFunctionStory {
    let scenario: Scenario

    init() throws { scenario = try Scenario("5-deploy-function") }

    @Test func `a function is built, started and promoted as an app is, and its label reaches the Revision`() throws {
        var story = Story(hasBuilder: true)
        let template: Value = [
            "parameters": [["name": "_IMAGE"], ["name": "_ENTRY_POINT"]],
            "steps": [["name": "wrap", "image": "gcr.io/go-fn", "args": ["${_ENTRY_POINT}", "${_IMAGE}"]]],
        ]
        let metadata = Metadata(name: "go_1_9_fn", namespace: "build-templates")
        try story.put(Object(kind: .buildTemplate, metadata: metadata, spec: template))

        // 1. The client creates the Service with build and function metadata; both are copied to the Configuration.
        let posted = try scenario["POST service"]
        try story.put(posted)
        let configuration = try #require(story[.configuration, "my-function"])
        #expect(differences(posted["spec"]?["runLatest"]?["configuration"], configuration.spec) == [])

        // 2. The entry point is an argument of the template like any other.
        let build = try #require(story[.build, "my-function-00001"])
        #expect(BuildOrder(build)?.plan.steps.first?["args"] == ["index", "gcr.io/..."])

        // 3. The Revision carries the label, by which clients list functions, and the function's own limits.
        let revision = try #require(story[.revision, "my-function-00001"])
        #expect(revision.metadata.labels["elafros.dev/type"] == "function")
        #expect(revision.spec["concurrencyModel"] == "SingleThreaded")
        #expect(revision.revisionSpec.concurrencyLimit == 1)
        #expect(revision.revisionSpec.timeoutSeconds == 20)

        // 4. Building, starting, promoting.
        try story.builds(.succeeds(after: .seconds(20)))
        #expect(story.condition(.revision, "BuildComplete", name: "my-function-00001") == "True")
        try story.becomesReady("my-function-00001")
        #expect(story.condition(.revision, name: "my-function-00001") == "True/ServiceReady")
        #expect(story[.route, "my-function"]?.routeStatus.domain == "my-function.default.mydomain.com")
        #expect(story[.route, "my-function"]?.routeStatus.traffic.map(\.revisionName) == ["my-function-00001"])
        #expect(story.condition(.service, name: "my-function") == "True")
    }

    @Test func `the type changes nothing in how the system behaves`() throws {
        var story = Story(hasBuilder: true)
        let image: Value = ["container": ["image": "gcr.io/x"], "concurrencyModel": "Multi"]
        for (name, type) in [("one", "function"), ("two", "app")] {
            let labels: Value = ["labels": ["elafros.dev/type": .string(type)]]
            let template: Value = ["metadata": labels, "spec": image]
            let spec: Value = ["runLatest": ["configuration": ["revisionTemplate": template]]]
            try story.put(Object(kind: .service, metadata: Metadata(name: name, namespace: "default"), spec: spec))
        }
        #expect(story[.revision, "one-00001"]?.spec == story[.revision, "two-00001"]?.spec)
        #expect(story[.revision, "one-00001"]?.status == story[.revision, "two-00001"]?.status.renamed("two", "one"))
    }
}

extension Status {
    /// The same status with the name of its service replaced.
    fileprivate func renamed(_ old: String, _ new: String) -> Status {
        guard case .revision(var status) = self else { return self }
        status.serviceName = status.serviceName?.replacing(old, with: new)
        return .revision(status)
    }
}
