import Resources
import Store
import Testing
import YAML

/// Scenario 3: manual rollout of a new Revision, config change only.
@Suite struct ManualRolloutStory {
    let scenario: Scenario

    init() throws { scenario = try Scenario("3-manual-rollout") }

    /// `my-service` as the first two scenarios leave it: its second Revision has all traffic.
    private func serving() throws -> Story {
        var story = Story()
        try story.put(Scenario("2-create-service")["POST service"])
        try story.becomesReady("my-service-00001")
        let image: Value = ["revisionTemplate": ["spec": ["container": ["image": "gcr.io/second"]]]]
        try story.patchService(["spec": ["runLatest": ["configuration": image]]])
        try story.becomesReady("my-service-00002")
        try story.wait(.seconds(10))
        #expect(story.traffic == "my-service-00002 100")
        return story
    }

    /// The specification's PUT, with the image that the Service has: its configuration is said to be a copy.
    private func pin(_ story: inout Story) throws {
        try story.put(scenario.document("PUT service, pinned", image: "gcr.io/second"))
    }

    @Test func `a config change is tested under its own name and promoted by hand`() throws {
        var story = try serving()
        let configuration = try #require(story[.configuration])
        let service = try #require(story[.service])

        // 1. The client pins the current Revision. The Configuration is the same, so there is no new Revision.
        try pin(&story)
        #expect(story[.service]?.metadata.generation == service.metadata.generation + 1)
        #expect(story[.configuration]?.metadata.generation == configuration.metadata.generation)
        #expect(story[.configuration]?.spec == configuration.spec)
        #expect(story[.revision, "my-service-00003"] == nil)
        #expect(differences(try scenario["PATCH route, by the controller"], story[.route]) == [])
        #expect(story.traffic == "current=my-service-00002 100, next=my-service-00002 0")
        #expect(story.condition(.service) == "True")

        // 2. One value of the environment changes; the others and their order stay.
        try story.patch(scenario["PATCH service, one env value"])
        let patched = try scenario["PATCH configuration, by the controller"]
        #expect(differences(patched, story[.configuration]) == [])
        #expect(story[.configuration]?.metadata.generation == configuration.metadata.generation + 1)
        #expect(story[.revision, "my-service-00003"]?.isControlled(by: configuration) == true)
        #expect(story[.configuration]?.configurationStatus.latestCreatedRevisionName == "my-service-00003")
        #expect(story[.configuration]?.configurationStatus.latestReadyRevisionName == "my-service-00002")
        #expect(story.traffic == "current=my-service-00002 100, next=my-service-00002 0")

        // 3. The new Revision is ready: it is `next`, and gets no traffic.
        try story.becomesReady("my-service-00003")
        let revision = try scenario["GET revision, ready"]
        #expect(differences(revision, story[.revision, "my-service-00003"]) == [])
        #expect(
            story[.revision, "my-service-00003"]?.revisionSpec.image
                == story[.revision, "my-service-00002"]?.revisionSpec.image
        )
        #expect(differences(try scenario["GET route, next is ready"], story[.route]) == [])
        #expect(story.main == ["my-service-00002 100"])
        #expect(story[.split]?.spec["named"] == ["current": "my-service-00002", "next": "my-service-00003"])

        // 4. A part of the traffic, by hand: at once, not in steps.
        for percent in [5, 50] {
            try story.patchService(["spec": ["pinned": ["rolloutPercent": .int(percent)]]])
            #expect(story.traffic == "current=my-service-00002 \(100 - percent), next=my-service-00003 \(percent)")
            #expect(story.condition(.service) == "True")
        }

        // 5. The client pins the new one, which the specification spells in its own way; both names stay.
        try story.patchService(["spec": ["pinned": ["rolloutPercent": .null]]])
        try story.patch(scenario["PATCH service, promote"])
        #expect(differences(try scenario["PATCH route, promoted"], story[.route]) == [])
        #expect(differences(try scenario["GET route, promoted"], story[.route]) == [])
        #expect(story.main == ["my-service-00003 100"])
        #expect(story[.split]?.spec["named"] == ["current": "my-service-00003", "next": "my-service-00003"])

        // 6. Back to automatic: one target without a name, the same Revision, no new one.
        let copy = try #require(story[.service]?.spec["pinned"]?["configuration"])
        try story.patchService(["spec": ["pinned": .null, "runLatest": ["configuration": copy]]])
        #expect(story.traffic == "my-service-00003 100")
        #expect(story[.split]?.spec["named"] == [:])
        #expect(story.state.children(of: Key(.configuration, "default", "my-service")).count == 3)
    }

    @Test func `a Revision that was pinned and is deleted is missed, and the data plane stays as it was`() throws {
        var story = try serving()
        try pin(&story)
        try story.delete(.revision, "my-service-00002")
        #expect(story.condition(.route) == "False/RevisionMissing")
        #expect(
            story[.route]?.routeStatus.conditions["Ready"]?.message
                == "Revision 'my-service-00002' referenced in traffic not found"
        )
        #expect(story.main == ["my-service-00002 100"])
    }
}
