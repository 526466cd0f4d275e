import Engine
import Resources
import Store
import Testing
import YAML

/// Rollouts as their authors choose them: in steps of their own, by pinning, by release, and by names of their own.
@Suite struct RolloutStories {
    private static func configuration(_ image: String, name: String? = nil) -> Value {
        var template: Map = ["spec": ["container": ["image": .string(image)], "concurrencyModel": "Multi"]]
        if let name { template["metadata"] = ["name": .string(name)] }
        return ["revisionTemplate": .map(template)]
    }

    private func put(_ story: inout Story, _ mode: String, _ fields: Map, _ image: String, name: String? = nil) throws {
        var body = fields
        body["configuration"] = Self.configuration(image, name: name)
        let metadata = story[.service]?.metadata ?? Metadata(name: "my-service", namespace: "default")
        try story.put(Object(kind: .service, metadata: metadata, spec: .map([mode: .map(body)])))
    }

    private static let steps: Map = ["rollout": ["steps": [5, 25, 50], "interval": "10m"]]

    /// A Service whose first Revision serves, with steps of its own.
    private func stepping() throws -> Story {
        var story = Story()
        try put(&story, "runLatest", Self.steps, "shop:1")
        try story.becomesReady("my-service-00001")
        #expect(story.traffic == "my-service-00001 100")
        return story
    }

    // MARK: Steps

    @Test func `traffic moves in the steps and at the pace that the Service names`() throws {
        var story = try stepping()
        #expect(
            story[.route]?.spec == [
                "rollout": [
                    "traffic": [["configurationName": "my-service", "percent": 100]], "steps": [5, 25, 50],
                    "interval": "10m0s",
                ]
            ]
        )
        let generation = story[.route]?.metadata.generation
        try put(&story, "runLatest", Self.steps, "shop:2")
        try story.becomesReady("my-service-00002")
        for expected in ["95|5", "75|25", "50|50"] {
            let parts = expected.split(separator: "|")
            #expect(story.traffic == "my-service-00001 \(parts[0]), my-service-00002 \(parts[1])")
            #expect(story.condition(.service) == "False/RolloutInProgress")
            try story.wait(.milliseconds(599_999))
            #expect(story.traffic == "my-service-00001 \(parts[0]), my-service-00002 \(parts[1])")
            try story.wait(.milliseconds(1))
        }
        #expect(story.traffic == "my-service-00002 100")
        #expect(story.condition(.service) == "True")
        #expect(story.state.nextDue == nil)
        #expect(story[.route]?.metadata.generation == generation)
    }

    @Test func `a pace that is changed on the way holds from the next step on`() throws {
        var story = try stepping()
        try put(&story, "runLatest", Self.steps, "shop:2")
        try story.becomesReady("my-service-00002")
        try story.wait(.seconds(600))
        #expect(story.traffic == "my-service-00001 75, my-service-00002 25")
        // In a hurry: the same commit may not take traffic back from the new Revision.
        try put(&story, "runLatest", ["rollout": ["steps": [5, 25, 50], "interval": "10s"]], "shop:2")
        #expect(story.traffic == "my-service-00001 50, my-service-00002 50")
        try story.wait(.seconds(10))
        #expect(story.traffic == "my-service-00002 100")
    }

    @Test func `an interval alone goes with quarters`() throws {
        var story = Story()
        try put(&story, "runLatest", ["rollout": ["interval": "1m"]], "shop:1")
        try story.becomesReady("my-service-00001")
        try put(&story, "runLatest", ["rollout": ["interval": "1m"]], "shop:2")
        try story.becomesReady("my-service-00002")
        #expect(story.traffic == "my-service-00001 75, my-service-00002 25")
        try story.wait(.seconds(120))
        #expect(story.traffic == "my-service-00001 25, my-service-00002 75")
    }

    @Test func `a still newer Revision overtakes, and the steps begin again`() throws {
        var story = try stepping()
        try put(&story, "runLatest", Self.steps, "shop:2")
        try story.becomesReady("my-service-00002")
        try story.wait(.seconds(600))
        #expect(story.traffic == "my-service-00001 75, my-service-00002 25")

        try put(&story, "runLatest", Self.steps, "shop:3")
        // While it starts, the rollout of the second goes on.
        try story.wait(.seconds(60))
        try story.becomesReady("my-service-00003")
        // The newest of the older ones gives first.
        #expect(story.traffic == "my-service-00001 75, my-service-00002 20, my-service-00003 5")
        try story.wait(.seconds(600))
        #expect(story.traffic == "my-service-00001 75, my-service-00003 25")
        try story.wait(.seconds(600))
        #expect(story.traffic == "my-service-00001 50, my-service-00003 50")
        try story.wait(.seconds(600))
        #expect(story.traffic == "my-service-00003 100")
    }

    @Test func `an incoming Revision that fails gives its traffic back`() throws {
        var story = try stepping()
        try put(&story, "runLatest", Self.steps, "shop:2")
        try story.becomesReady("my-service-00002")
        try story.wait(.seconds(600))
        let failure = WorkloadStatus.Failure(
            condition: "ContainerHealthy",
            reason: "ExitCode3",
            message: "Container failed with: no disk"
        )
        try story.says("my-service-00002", .failed(failure))
        #expect(story.traffic == "my-service-00001 100")
        #expect(story.condition(.route) == "True")
        #expect(story.condition(.service) == "True")
        #expect(story.condition(.service, "LatestRevisionReady") == "False/ExitCode3")
        #expect(story.condition(.configuration) == "False/ExitCode3")
        #expect(story.condition(.revision, name: "my-service-00002") == "False/ExitCode3")
        #expect(story.state.nextDue == nil)
        // The next Revision goes through the steps from the beginning.
        try put(&story, "runLatest", Self.steps, "shop:3")
        try story.becomesReady("my-service-00003")
        #expect(story.traffic == "my-service-00001 95, my-service-00003 5")
    }

    // MARK: Pinned

    @Test func `a pinned Service gives the newest Revision the share that it says, step by step by hand`() throws {
        var story = try stepping()
        try put(&story, "pinned", ["revisionName": "my-service-00001"], "shop:2")
        try story.becomesReady("my-service-00002")
        #expect(story.traffic == "current=my-service-00001 100, next=my-service-00002 0")
        for percent in [5, 50] {
            let pin: Map = ["revisionName": "my-service-00001", "rolloutPercent": .int(percent)]
            try put(&story, "pinned", pin, "shop:2")
            // What a person changed holds at once.
            #expect(
                story.traffic == "current=my-service-00001 \(100 - percent), next=my-service-00002 \(percent)"
            )
            #expect(story.condition(.service) == "True")
        }
        try put(&story, "pinned", ["revisionName": "my-service-00002"], "shop:2")
        #expect(story.traffic == "current=my-service-00002 100, next=my-service-00002 0")
        // Rolling back is pinning the old one; no Revision is made.
        try put(&story, "pinned", ["revisionName": "my-service-00001"], "shop:2")
        #expect(story.main == ["my-service-00001 100"])
        #expect(story.state.keys(.revision).count == 2)
    }

    @Test func `the share of next moves in steps when a newer Revision comes`() throws {
        var story = try stepping()
        let pin: Map = ["revisionName": "my-service-00001", "rolloutPercent": 40, "rollout": ["steps": [50]]]
        try put(&story, "pinned", pin, "shop:2")
        try story.becomesReady("my-service-00002")
        #expect(story.traffic == "current=my-service-00001 60, next=my-service-00001 20, next=my-service-00002 20")
        try story.wait(.seconds(1))
        #expect(story.traffic == "current=my-service-00001 60, next=my-service-00002 40")
        try put(&story, "pinned", pin, "shop:3")
        try story.becomesReady("my-service-00003")
        #expect(
            story.traffic == "current=my-service-00001 60, next=my-service-00002 20, next=my-service-00003 20"
        )
        // Its own host leads to the newest.
        #expect(story[.split]?.spec["named"]?["next"] == "my-service-00003")
    }

    // MARK: Release and manual

    @Test func `a release moves from one Revision to two, and ends with the new one or the old one`() throws {
        var story = try stepping()
        try put(&story, "release", ["revisions": ["my-service-00001"]], "shop:2")
        try story.becomesReady("my-service-00002")
        #expect(story.traffic == "current=my-service-00001 100, latest=my-service-00002 0")

        let both: Value = ["my-service-00001", "my-service-00002"]
        try put(&story, "release", ["revisions": both, "rolloutPercent": 10], "shop:2")
        #expect(
            story.traffic
                == "current=my-service-00001 90, candidate=my-service-00002 10, latest=my-service-00002 0"
        )
        // The candidate stays while the latest follows new deploys.
        try put(&story, "release", ["revisions": both, "rolloutPercent": 10], "shop:3")
        try story.becomesReady("my-service-00003")
        #expect(
            story.traffic
                == "current=my-service-00001 90, candidate=my-service-00002 10, latest=my-service-00003 0"
        )
        let generation = story[.configuration]?.metadata.generation
        try put(&story, "release", ["revisions": ["my-service-00002"]], "shop:3")
        #expect(story.main == ["my-service-00002 100"])
        try put(&story, "release", ["revisions": ["my-service-00001"]], "shop:3")
        #expect(story.main == ["my-service-00001 100"])
        #expect(story[.configuration]?.metadata.generation == generation)
    }

    @Test func `in a release @latest stands for the newest ready Revision`() throws {
        var story = try stepping()
        let fields: Map = ["revisions": ["my-service-00001", "@latest"], "rolloutPercent": 40]
        try put(&story, "release", fields, "shop:2")
        #expect(
            story.traffic
                == "current=my-service-00001 60, candidate=my-service-00001 40, latest=my-service-00001 0"
        )
        // Nothing was said of steps here, so it moves in quarters.
        try story.becomesReady("my-service-00002")
        #expect(story.main == ["my-service-00001 90", "my-service-00002 10"])
        try story.wait(.seconds(3))
        #expect(
            story.traffic
                == "current=my-service-00001 60, candidate=my-service-00002 40, latest=my-service-00002 0"
        )
        try put(&story, "release", ["revisions": ["@latest"]], "shop:2")
        #expect(story.traffic == "current=my-service-00002 100, latest=my-service-00002 0")
    }

    @Test func `manual leaves the traffic as it is`() throws {
        var story = try stepping()
        let metadata = try #require(story[.service]).metadata
        try story.put(Object(kind: .service, metadata: metadata, spec: ["manual": [:]]))
        #expect(story.traffic == "my-service-00001 100")
        for type in ["Ready", "LatestRevisionReady"] {
            #expect(story.condition(.service, type) == "Unknown/Manual")
        }
        let route = try #require(story[.route])
        let mine = RouteSpec(targets: [TrafficTarget(.revision("my-service-00001"), name: "mine", percent: 100)])
        try story.put(route.with(spec: mine.value, origin: nil))
        #expect(story.traffic == "mine=my-service-00001 100")
    }

    // MARK: Names of one's own

    @Test func `one commit makes a Revision of a chosen name and pins it`() throws {
        var story = Story()
        let pin: Map = ["revisionName": "my-service-spring"]
        try put(&story, "pinned", pin, "shop:1", name: "my-service-spring")
        #expect(story.condition(.route) == "False/RevisionMissing")
        #expect(
            story[.route]?.status.conditions["AllTrafficAssigned"]?.message
                == "Revision 'my-service-spring' is not yet ready."
        )
        #expect(story.condition(.route, "AllTrafficAssigned") == "Unknown/RevisionMissing")
        try story.becomesReady("my-service-spring")
        #expect(story.traffic == "current=my-service-spring 100, next=my-service-spring 0")

        // The next commit makes another, and pins it too: traffic stays until it is ready, and then moves at once.
        try put(&story, "pinned", ["revisionName": "my-service-summer"], "shop:2", name: "my-service-summer")
        #expect(story.main == ["my-service-spring 100"])
        #expect(story.condition(.service) == "False/RevisionMissing")
        try story.becomesReady("my-service-summer")
        #expect(story.main == ["my-service-summer 100"])
        #expect(story.condition(.service) == "True")

        // And going back is naming the old one, with what it was made of.
        try put(&story, "pinned", pin, "shop:1", name: "my-service-spring")
        #expect(story.main == ["my-service-spring 100"])
        #expect(story.state.keys(.revision).count == 2)
        #expect(story[.configuration]?.configurationStatus.latestReadyRevisionName == "my-service-spring")
    }

    @Test func `a name that stands for another spec makes no Revision`() throws {
        var story = Story()
        try put(&story, "runLatest", [:], "shop:1", name: "my-service-a")
        try story.becomesReady("my-service-a")
        try put(&story, "runLatest", [:], "shop:2", name: "my-service-b")
        try story.becomesReady("my-service-b")
        try story.wait(.seconds(10))
        try put(&story, "runLatest", [:], "shop:3", name: "my-service-a")
        #expect(story.condition(.configuration, "LatestRevisionReady") == "False/RevisionFailed")
        #expect(
            story[.configuration]?.status.conditions["Ready"]?.message
                == "Revision creation failed with message: revision \"my-service-a\" already exists with another spec."
        )
        #expect(story.traffic == "my-service-b 100")
        #expect(story.condition(.service) == "True")
        #expect(story.condition(.service, "LatestRevisionReady") == "False/RevisionFailed")
    }
}
