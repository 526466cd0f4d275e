import Resources
import Store
import Testing
import YAML

@testable import Engine

@Suite struct ServiceReconcilerTests {
    static let modes: [(Value, [TrafficTarget])] = [
        (World.runLatest(), [TrafficTarget(.configuration("shop"), percent: 100)]),
        (
            World.pinned("shop-00001"),
            [
                TrafficTarget(.revision("shop-00001"), name: "current", percent: 100),
                TrafficTarget(.configuration("shop"), name: "next", percent: 0),
            ]
        ),
        (
            World.pinned("shop-00001", percent: 5),
            [
                TrafficTarget(.revision("shop-00001"), name: "current", percent: 95),
                TrafficTarget(.configuration("shop"), name: "next", percent: 5),
            ]
        ),
        (
            ["release": ["revisions": ["shop-00001"], "configuration": World.configurationSpec()]],
            [
                TrafficTarget(.revision("shop-00001"), name: "current", percent: 100),
                TrafficTarget(.configuration("shop"), name: "latest", percent: 0),
            ]
        ),
        (
            [
                "release": [
                    "revisions": ["shop-00001", "shop-00002"], "rolloutPercent": 10,
                    "configuration": World.configurationSpec(),
                ]
            ],
            [
                TrafficTarget(.revision("shop-00001"), name: "current", percent: 90),
                TrafficTarget(.revision("shop-00002"), name: "candidate", percent: 10),
                TrafficTarget(.configuration("shop"), name: "latest", percent: 0),
            ]
        ),
    ]

    @Test(arguments: modes)
    func `each mode has its targets`(spec: Value, targets: [TrafficTarget]) throws {
        var world = World()
        try world.put(.service, spec)
        #expect(world[.route]?.routeSpec.targets == targets)
        #expect(world[.configuration]?.spec == World.configurationSpec())
        #expect(world[.service]?.serviceStatus.observedGeneration == 1)
    }

    @Test func `manual leaves the children alone`() throws {
        var world = World()
        try world.put(.service, World.runLatest())
        try world.put(.service, ["manual": [:]])
        let mine = World.route([TrafficTarget(.revision("shop-00001"), percent: 100)])
        try world.put(.route, mine)
        #expect(world[.route]?.spec == mine)
        #expect(world.condition(.service, "Ready") == "Unknown/Manual")
        try world.put(.service, World.runLatest())
        #expect(world[.route]?.spec != mine)
    }

    @Test func `switching the mode changes no Configuration`() throws {
        var world = World()
        try world.put(.service, World.runLatest())
        try world.ready("shop-00001")
        try world.put(.service, World.pinned("shop-00001"))
        try world.put(.service, World.runLatest())
        #expect(world[.configuration]?.metadata.generation == 1)
        #expect(world[.service]?.metadata.generation == 3)
        #expect(world.state.keys(.revision).count == 1)
    }

    @Test func `labels and annotations are copied, but for what belongs elsewhere`() throws {
        var world = World()
        try world.put(
            .service,
            labels: ["team": "blue", Labels.service: "someone-else"],
            annotations: [
                "note": "x", Labels.kubectlLastApplied: "{}", "autoscaling.knative.dev/max-scale": "3",
            ],
            World.runLatest()
        )
        try world.ready("shop-00001")
        for kind in [Kind.configuration, .route] {
            let metadata = try #require(world[kind]).metadata
            #expect(metadata.labels["team"] == "blue")
            #expect(metadata.labels[Labels.service] == "shop")
            #expect(metadata.annotations["note"] == "x")
            #expect(metadata.annotations[Labels.kubectlLastApplied] == nil)
            #expect(metadata.annotations["autoscaling.knative.dev/max-scale"] == nil)
        }
        #expect(world[.configuration]?.metadata.labels[Labels.route] == "shop")
    }

    @Test func `a hand edit of a child is reverted`() throws {
        var world = World()
        try world.put(.service, World.runLatest())
        try world.ready("shop-00001")
        try world.put(.route, World.route([TrafficTarget(.revision("nobody"), percent: 100)]))
        #expect(world[.route]?.routeSpec.targets == [TrafficTarget(.configuration("shop"), percent: 100)])
        try world.put(.configuration, World.configurationSpec("other:9"))
        #expect(world[.configuration]?.spec == World.configurationSpec())
    }

    @Test(arguments: [Kind.configuration, .route])
    func `a child that is deleted by hand is made again`(kind: Kind) throws {
        var world = World()
        try world.put(.service, World.runLatest())
        try world.ready("shop-00001")
        let first = try #require(world[kind])
        try world.delete(kind)
        let second = try #require(world[kind])
        #expect(second.metadata.uid != first.metadata.uid)
        #expect(second.metadata.generation == 1)
        #expect(world.state.keys(.revision).count == 1)
        try world.ready("shop-00001")
        #expect(world.condition(.service, "Ready") == "True")
    }

    @Test(arguments: [Kind.configuration, .route])
    func `somebody else's child is not adopted`(kind: Kind) throws {
        var world = World()
        let theirs =
            kind == .route
            ? World.route([TrafficTarget(.revision("x"), percent: 100)]) : World.configurationSpec("theirs:1")
        try world.put(kind, theirs)
        try world.put(.service, World.runLatest())
        #expect(world[kind]?.spec == theirs)
        #expect(world.condition(.service, "Ready") == "False/NotOwned")
        #expect(
            world.message(.service, "Ready") == "There is an existing \(kind.name) \"shop\" that we do not own."
        )
        #expect(world[.service]?.serviceStatus.observedGeneration == 0)
    }

    @Test func `Ready is the Route's, and the newest Revision's failure is told apart`() throws {
        var world = World()
        try world.put(.service, World.runLatest())
        #expect(world.condition(.service, "Ready") == "False/RevisionMissing")
        #expect(world.condition(.service, "LatestRevisionReady") == "Unknown/Deploying")
        try world.ready("shop-00001")
        #expect(world.condition(.service, "Ready") == "True")
        #expect(world.condition(.service, "LatestRevisionReady") == nil)
        try world.put(.service, World.runLatest("shop:2"))
        try world.fails("shop-00002")
        #expect(world.condition(.service, "Ready") == "True")
        #expect(world.condition(.service, "LatestRevisionReady") == "False/ExitCode1")
        #expect(world[.service]?.serviceStatus.latestReadyRevisionName == "shop-00001")
        #expect(world[.service]?.serviceStatus.latestCreatedRevisionName == "shop-00002")
    }

    @Test func `before the Route has said anything the Service is deploying`() throws {
        let world = World()
        var state = world.state
        let service = Object(
            kind: .service,
            metadata: Metadata(name: "shop", namespace: "default"),
            spec: World.runLatest()
        )
        try state.apply([.put(service)], at: world.now)
        try world.engine.drain(&state, at: world.now, limit: 1)
        let ready = try #require(state[World.key(.service)]?.status.conditions["Ready"])
        #expect(ready.status == .false)
        #expect(ready.reason == "Deploying")
    }

    @Test func `work in progress can be told as Unknown`() throws {
        var world = World(EngineSettings(inProgress: .unknown))
        try world.put(.service, World.runLatest())
        for kind in [Kind.service, .configuration, .route] {
            #expect(world[kind]?.status.conditions["Ready"]?.status == .unknown)
        }
        #expect(world.condition(.revision, "Ready", "shop-00001") == "Unknown/Deploying")
        try world.fails("shop-00001")
        #expect(world[.route]?.status.conditions["Ready"]?.status == .false)
    }

    @Test func `orphaned children stay without an owner`() throws {
        var world = World()
        try world.put(.service, World.runLatest())
        try world.ready("shop-00001")
        try world.delete(.service, "shop", .orphan)
        #expect(world[.configuration]?.metadata.owners == [])
        #expect(world[.revision, "shop-00001"] != nil)
        #expect(world.traffic() == "shop-00001 100")
    }
}
