import Resources
import Store
import Testing
import YAML

/// Scenario 2: creating a new Service with a pre-built container.
@Suite struct CreateServiceStory {
    let scenario: Scenario

    init() throws { scenario = try Scenario("2-create-service") }

    @Test func `a new Service becomes a Configuration, a Route and a Revision, and then serves`() throws {
        var story = Story()

        // The client creates the Service.
        try story.put(scenario["POST service"])
        // The service controller makes Route and Configuration, the configuration controller the Revision.
        #expect(differences(try scenario["GET route, created"], story[.route]) == [])
        #expect(differences(try scenario["GET configuration, created"], story[.configuration]) == [])
        let revision = try scenario["GET revision, starting"]
        #expect(differences(revision, story[.revision, "my-service-00001"]) == [])
        #expect(differences(try scenario["GET configuration, Revision created"], story[.configuration]) == [])
        #expect(story[.configuration]?.configurationStatus.latestReadyRevisionName == nil)
        // The Route has its host, and nobody to send requests to.
        #expect(story[.route]?.routeStatus.domain == "my-service.default.mydomain.com")
        #expect(story.traffic == "")
        #expect(story.condition(.route, "AllTrafficAssigned") == "Unknown/RevisionMissing")
        #expect(story.condition(.service) == "False/RevisionMissing")
        #expect(story[.workload, "my-service-00001"]?.spec["env"] == ["FOO", "HELLO"])

        // The instance is ready.
        try story.becomesReady("my-service-00001")
        #expect(differences(try scenario["GET configuration, Revision ready"], story[.configuration]) == [])
        #expect(differences(try scenario["GET route, reconciled"], story[.route]) == [])
        #expect(differences(try scenario["GET service, reconciled"], story[.service]) == [])
        #expect(story.condition(.revision, name: "my-service-00001") == "True/ServiceReady")
        #expect(story.condition(.service) == "True")
        #expect(story.main == ["my-service-00001 100"])
    }

    @Test func `the children belong to the Service and carry its name`() throws {
        var story = Story()
        try story.put(scenario["POST service"])
        try story.becomesReady("my-service-00001")
        let service = try #require(story[.service])
        for kind in [Kind.configuration, .route] {
            let child = try #require(story[kind])
            #expect(child.isControlled(by: service))
            #expect(child.metadata.labels[Labels.service] == "my-service")
        }
        let revision = try #require(story[.revision, "my-service-00001"])
        #expect(revision.metadata.labels[Labels.service] == "my-service")
        #expect(revision.metadata.labels[Labels.route] == "my-service")
        #expect(revision.metadata.labels[Labels.revisionUID] == revision.metadata.uid)
        #expect(revision.metadata.owners.count == 1)
    }

    @Test func `deleting the Service removes all that came of it`() throws {
        var story = Story()
        try story.put(scenario["POST service"])
        try story.becomesReady("my-service-00001")
        try story.delete(.service)
        for kind in Kind.allCases { #expect(story.state.keys(kind) == []) }
        #expect(story.state.nextDue == nil)
    }
}
