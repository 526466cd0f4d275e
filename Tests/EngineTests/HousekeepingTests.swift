import Resources
import Store
import Testing
import YAML

@testable import Engine

/// What becomes of Revisions that nothing leads to any more (specification §10.3, §15.3).
@Suite struct HousekeepingTests {
    private func serve(_ world: inout World, _ number: Int) throws {
        try world.put(.service, World.runLatest("shop:\(number)"))
        try world.ready(RevisionName.make(configuration: "shop", generation: number))
        try world.wait(.seconds(3))
    }

    private func world(revisions: Int, _ retention: RevisionRetention = RevisionRetention()) throws -> World {
        var world = World(EngineSettings(retention: retention))
        for number in 1...revisions { try serve(&world, number) }
        return world
    }

    private func state(_ world: World, _ revision: String) -> String? {
        world[.revision, revision]?.spec["servingState"]?.string
    }

    private func revisions(_ world: World) -> [Int] {
        world.state.keys(.revision).compactMap { world.state[$0]?.configurationGeneration }
    }

    // MARK: Serving state

    @Test func `a Revision that nothing leads to any more is retired after a while, and loses its instances`() throws {
        var world = try world(revisions: 2)
        #expect(world.main() == "shop-00002 100")
        #expect(world[.configuration]?.configurationStatus.unreached.map(\.revisionName) == ["shop-00001"])
        #expect(world[.workload, "shop-00001"] != nil)
        // Housekeeping keeps nobody waiting.
        #expect(world.state.nextDue == nil)
        #expect(world.state.nextChore == world.now + .seconds(600))

        let generation = world[.configuration]?.metadata.generation
        try world.wait(.milliseconds(599_999))
        #expect(state(world, "shop-00001") == "Active")
        try world.wait(.milliseconds(1))
        #expect(state(world, "shop-00001") == "Retired")
        #expect(world[.workload, "shop-00001"] == nil)
        #expect(world.condition(.revision, "Active", "shop-00001") == "False/NoTraffic")
        #expect(world.condition(.revision, "Ready", "shop-00001") == "True/ServiceReady")
        #expect(world[.configuration]?.metadata.generation == generation)
        #expect(world.condition(.service, "Ready") == "True")
    }

    @Test func `while traffic moves nothing is retired, however long it takes`() throws {
        var world = try world(revisions: 1)
        try world.put(.service, annotations: [Labels.rolloutDuration: "2h"], World.runLatest("shop:2"))
        try world.ready("shop-00002")
        try world.wait(.seconds(7_000))
        #expect(state(world, "shop-00001") == "Active")
        #expect(world[.configuration]?.configurationStatus.unreached == [])
        try world.wait(.seconds(900))
        #expect(state(world, "shop-00001") == "Retired")
    }

    @Test func `a named target at 0 % keeps its Revision`() throws {
        var world = try world(revisions: 2)
        let targets = [
            TrafficTarget(.revision("shop-00002"), percent: 100),
            TrafficTarget(.revision("shop-00001"), name: "old", percent: 0),
        ]
        try world.put(.route, "own", World.route(targets))
        try world.wait(.seconds(3_600))
        #expect(state(world, "shop-00001") == "Active")
        try world.delete(.route, "own")
        try world.wait(.seconds(600))
        #expect(state(world, "shop-00001") == "Retired")
    }

    @Test func `what the data plane serves because a target is missing keeps its instances and its label`() throws {
        var world = try world(revisions: 2)
        try world.put(.route, "own", World.route([TrafficTarget(.revision("shop-00001"), percent: 100)]))
        try world.put(.route, "own", World.route([TrafficTarget(.revision("shop-00007"), percent: 100)]))
        #expect(world.condition(.route, "Ready", "own") == "False/RevisionMissing")
        #expect(world[.split, "own"]?.spec["main"] == [["revisionName": "shop-00001", "percent": 100]])
        try world.wait(.seconds(3_600))
        #expect(state(world, "shop-00001") == "Active")
        #expect(world[.workload, "shop-00001"] != nil)
        #expect(world[.revision, "shop-00001"]?.metadata.labels[Labels.route] == "own")
        // Once the Route has somewhere else to lead, nobody serves it any more.
        try world.put(.route, "own", World.route([TrafficTarget(.revision("shop-00002"), percent: 100)]))
        try world.wait(.seconds(600))
        #expect(state(world, "shop-00001") == "Retired")
    }

    @Test func `a newest Revision that is not ready, and the latest ready one, are never retired`() throws {
        var world = World()
        try world.put(.configuration, World.configurationSpec("shop:1"))
        try world.ready("shop-00001")
        try world.put(.configuration, World.configurationSpec("shop:2"))
        try world.fails("shop-00002")
        try world.wait(.seconds(200_000))
        #expect(["shop-00001", "shop-00002"].map { state(world, $0) } == ["Active", "Active"])
        #expect(world.state.nextChore == nil)
    }

    @Test func `a retired Revision that is pinned again wakes first, and only then gets the traffic`() throws {
        var world = try world(revisions: 2)
        try world.wait(.seconds(600))
        try world.put(.service, World.pinned("shop-00001", "shop:2"))
        #expect(state(world, "shop-00001") == "Active")
        #expect(world[.workload, "shop-00001"] != nil)
        #expect(world.condition(.revision, "Active", "shop-00001") == "Unknown/Queued")
        #expect(world.condition(.route, "AllTrafficAssigned") == "Unknown/RevisionMissing")
        #expect(world.message(.route, "Ready") == "Revision 'shop-00001' is not yet ready.")
        #expect(world.main() == "shop-00002 100")
        try world.ready("shop-00001")
        #expect(world.condition(.revision, "Active", "shop-00001") == "True")
        #expect(world.main() == "shop-00001 100")
        #expect(world.condition(.service, "Ready") == "True")
        // What was pinned away from stays, as `next` leads to it.
        try world.wait(.seconds(3_600))
        #expect(state(world, "shop-00002") == "Active")
    }

    @Test func `a retired Revision to which the Configuration falls back wakes before traffic comes to it`() throws {
        var world = try world(revisions: 3)
        try world.wait(.seconds(600))
        // Somebody deletes the latest ready one while a newer one is failing.
        try world.put(.service, World.runLatest("shop:4"))
        try world.fails("shop-00004")
        try world.delete(.revision, "shop-00003")
        #expect(world[.configuration]?.configurationStatus.latestReadyRevisionName == "shop-00002")
        #expect(state(world, "shop-00002") == "Active")
        #expect(world.condition(.route, "AllTrafficAssigned") == "Unknown/RevisionMissing")
        try world.ready("shop-00002")
        #expect(world.main() == "shop-00002 100")
    }

    // MARK: Collection

    /// 22 Revisions, each an hour after the one before.
    private func aged(_ retention: RevisionRetention = RevisionRetention(), build: Value? = nil) throws -> World {
        var world = World(EngineSettings(retention: retention))
        world.looksTwice = false
        for number in 1...22 {
            try world.put(.service, World.runLatest("shop:\(number)", build: build))
            if build != nil { try world.build(RevisionName.make(configuration: "shop", generation: number), .true) }
            try world.ready(RevisionName.make(configuration: "shop", generation: number))
            try world.wait(.seconds(3_600))
        }
        world.looksTwice = true
        return world
    }

    @Test func `a Revision that is named in the moment in which it would go stays`() throws {
        var world = try aged()
        try world.wait(.seconds(26 * 3_600 - 1))
        // Nobody was there in the night, and it is due when somebody comes with a commit.
        world.now = world.now + .seconds(36_000)
        try world.put(.service, World.pinned("shop-00001", "shop:22"))
        #expect(revisions(world).contains(1))
        #expect(state(world, "shop-00001") == "Active")
    }

    @Test func `of more than twenty those go that are two days old and unreached for fifteen hours`() throws {
        var world = try aged()
        #expect(revisions(world) == Array(1...22))
        // 21 are unreached. The first was created 22 hours ago, and is 48 hours old in 26.
        try world.wait(.seconds(26 * 3_600 - 1))
        #expect(revisions(world) == Array(1...22))
        try world.wait(.seconds(1))
        #expect(revisions(world) == Array(2...22))
        // Twenty stay for ever.
        try world.wait(.seconds(1_000 * 3_600))
        #expect(revisions(world) == Array(2...22))
        #expect(world.state.nextChore == nil)
        #expect(world.main() == "shop-00022 100")
        #expect(world[.configuration]?.configurationStatus.unreached.count == 20)
    }

    @Test func `each limit can be disabled`() throws {
        let retentions: [(RevisionRetention, [Int])] = [
            (RevisionRetention(sinceCreation: nil, sinceReached: nil), Array(1...22)),
            (RevisionRetention(sinceCreation: nil), Array(2...22)),
            (RevisionRetention(sinceReached: nil), Array(2...22)),
            (RevisionRetention(sinceCreation: nil, sinceReached: nil, least: 3, most: 5), Array(17...22)),
            (RevisionRetention(least: 0, most: nil), [22]),
            (RevisionRetention(retiredAfter: nil, least: 25), Array(1...22)),
        ]
        for (retention, expected) in retentions {
            var world = try aged(retention)
            try world.wait(.seconds(100 * 3_600))
            #expect(revisions(world) == expected)
            if retention.retiredAfter == nil { #expect(world.state.keys(.workload).count == 22) }
        }
    }

    @Test func `an annotation keeps a Revision, and a route does`() throws {
        var world = try aged(RevisionRetention(least: 0))
        let spec = try #require(world[.revision, "shop-00003"]).spec
        try world.put(.revision, "shop-00003", annotations: [Labels.keptRevision: "true"], spec)
        try world.put(.route, "own", World.route([TrafficTarget(.revision("shop-00005"), percent: 100)]))
        try world.ready("shop-00005")
        try world.wait(.seconds(100 * 3_600))
        #expect(revisions(world) == [3, 5, 22])
        #expect(world.main("own") == "shop-00005 100")
    }

    @Test func `a Build goes with the last Revision that it made`() throws {
        let commit = String(repeating: "a", count: 40)
        let moving: Value = ["source": ["git": ["url": "u", "branch": "main"]], "steps": [["image": "x"]]]
        var world = try aged(RevisionRetention(least: 0), build: moving)
        #expect(world.state.keys(.build).count == 22)
        try world.wait(.seconds(100 * 3_600))
        #expect(world.state.keys(.build).map(\.name) == ["shop-00022"])

        let fixed: Value = ["source": ["git": ["url": "u", "commit": .string(commit)]], "steps": [["image": "x"]]]
        world = World(EngineSettings(retention: RevisionRetention(least: 0)))
        for number in 1...2 {
            try world.put(.service, World.runLatest("shop:\(number)", build: fixed))
            if number == 1 { try world.build("shop-00001", .true) }
            try world.ready("shop-0000\(number)")
            try world.wait(.seconds(3_600))
        }
        try world.wait(.seconds(100 * 3_600))
        #expect(revisions(world) == [2])
        #expect(world.state.keys(.build).map(\.name) == ["shop-00001"])
        #expect(world.condition(.revision, "BuildComplete", "shop-00002") == "True")
    }

    @Test func `a run to rest ends before the housekeeping, and does it where it comes on the way`() throws {
        var state = State(id: "rest")
        var now = Instant(milliseconds: 1_527_768_000_000)
        for (number, duration) in [(1, "0s"), (2, "0s"), (3, "1h")] {
            let metadata = Metadata(name: "shop", namespace: "default", annotations: [Labels.rolloutDuration: duration])
            try state.apply(
                [.put(Object(kind: .service, metadata: metadata, spec: World.runLatest("shop:\(number)")))],
                at: now
            )
            var run = RunToRest()
            let outcome = try run.run(&state, from: now)
            #expect(outcome.isAtRest)
            let took = outcome.end - now
            #expect(number < 3 ? took == .seconds(1) : took > .seconds(3_590) && took <= .seconds(3_601))
            now = outcome.end
        }
        // The first was unreached since the second had everything: it was retired in the hour of the third.
        #expect(state[World.key(.revision, "shop-00001")]?.spec["servingState"] == "Retired")
        #expect(state[World.key(.revision, "shop-00002")]?.spec["servingState"] == "Active")
        #expect(state.nextDue == nil)
        #expect(state.nextChore != nil)
    }
}
