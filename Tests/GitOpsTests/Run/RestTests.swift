import Engine
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

/// What a sync waits for, and what it ends with.
@Suite struct RestTests {
    @Test func `a rollout is waited for, on the clock that is given`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        let start = world.clock.now()
        let result = try await world.push(["a.yaml": service("a", image: "shop:2")])
        #expect(result.isAtRest)
        #expect(result.readiness.map(\.standing) == [.ready])
        #expect(world.clock.now() > start)
        #expect(world.service("a")?.serviceStatus.traffic.map(\.percent) == [100])
    }

    @Test func `a rollout that outlasts the timeout is in sync, unless readiness is asked for`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        let result = try await world.push(["a.yaml": service("a", image: "shop:2")]) { $0.timeout = .seconds(1) }
        #expect(!result.isAtRest)
        #expect(result.readiness.map(\.standing) == [.rollingOut])
        #expect(result.outcome == .inSync)

        // The next run goes on where this one stood, though nothing is new.
        let waiting = try await world.sync {
            $0.timeout = .milliseconds(1)
            $0.wait = .ready
        }
        #expect(waiting.outcome == .notReady)
        let done = try await world.sync()
        #expect(done.isAtRest)
        #expect(done.outcome == .inSync)
        #expect(try await world.sync().statistics.stations.map(\.name) == ["fetch"])
    }

    @Test func `what is newer does not wait behind a rollout`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")])
        try world.repository.commit(["a.yaml": service("a", image: "shop:2")])
        let start = world.clock.now()
        var isPushed = false
        world.lookout = .seconds(1)
        world.onSleep = {
            // Somebody pushes as soon as the rollout has begun.
            if !isPushed { try world.repository.commit(["b.yaml": service("b", image: "shop:2")]) }
            isPushed = true
        }
        let result = try await world.sync()

        #expect(result.isSuperseded)
        #expect(!result.isAtRest)
        #expect(world.clock.now() == start + .seconds(1))
        #expect(try await world.sync().summary == ["changed default/b"])
        #expect(world.service("a")?.serviceStatus.traffic.map(\.percent) == [100])
    }

    @Test func `a remote that stands still is looked at, and nothing else comes of it`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        try world.repository.commit(["a.yaml": service("a", image: "shop:2")])
        world.lookout = .milliseconds(500)
        let result = try await world.sync()
        #expect(!result.isSuperseded)
        #expect(result.isAtRest)
        #expect(result.statistics.git.exchanges > 2)
    }

    @Test func `applied waits for one drain`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        let start = world.clock.now()
        let result = try await world.push(["a.yaml": service("a", image: "shop:2")]) { $0.wait = .applied }
        #expect(world.clock.now() == start)
        #expect(result.outcome == .inSync)
        #expect(world.service("a")?.metadata.generation == 2)
    }

    @Test func `a workload that never answers is a failure in the end`() async throws {
        let world = try World()
        let result = try await world.push(["a.yaml": service("a")], runtime: SilentRuntime()) {
            $0.timeout = .seconds(20)
        }
        #expect(!result.isAtRest)
        #expect(result.readiness.map(\.standing) == [.starting])
        #expect(result.outcome == .notReady)
    }

    @Test func `a failure stays one for as long as nobody mends it`() async throws {
        let world = try World()
        let result = try await world.push(["a.yaml": service("a"), "b.yaml": service("b")], runtime: FailingRuntime())
        #expect(result.outcome == .notReady)
        #expect(result.readiness.map(\.standing) == [.failed, .failed])

        let again = try await world.sync()
        #expect(again.isNothingNew)
        #expect(again.outcome == .notReady)
        #expect(again.readiness.map(\.key.name) == ["a", "b"])
        #expect(again.statistics.git.blobsRead == 0)

        let mended = try await world.push([
            "a.yaml": service("a", image: "shop:2"), "b.yaml": service("b", image: "shop:2"),
        ])
        #expect(mended.outcome == .inSync)
    }

    @Test func `a guard's refusal comes before an invalid manifest, and that before a failure`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")], runtime: FailingRuntime())
        let invalid = try await world.push(["b.yaml": "kind: ["], runtime: FailingRuntime())
        #expect(invalid.exitCode == 3)
        let refused = try await world.push(["a.yaml": nil], runtime: FailingRuntime())
        #expect(refused.exitCode == 5)
    }

    @Test func `housekeeping that is to come keeps nobody waiting, and is done by the first run after it is due`()
        async throws
    {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        let result = try await world.push(["a.yaml": service("a", image: "shop:2")])
        #expect(result.isAtRest)
        let due = try #require(world.state.nextChore)
        #expect(due > world.clock.now())
        // Not due yet: nothing is read.
        #expect(try await world.sync().statistics.stations.map(\.name) == ["fetch"])
        let before = world.digest
        world.clock.advance(to: due)
        let late = try await world.sync()
        #expect(late.isAtRest)
        #expect(late.changes.isEmpty)
        #expect(late.outcome == .inSync)
        #expect(world.digest != before)
        #expect(world.state[Key(.revision, "default", "a-00001")]?.spec["servingState"] == "Retired")
        #expect(world.state[Key(.workload, "default", "a-00001")] == nil)
        #expect(world.clock.now() == due)
        // Once done it is over.
        #expect(try await world.sync().statistics.stations.map(\.name) == ["fetch"])
    }

    @Test func `how many Revisions are kept is the state's, and can be changed`() async throws {
        let world = try World()
        for number in 1...4 { try await world.push(["a.yaml": service("a", image: "shop:\(number)")]) }
        #expect(world.state.keys(.revision).count == 4)
        world.clock.advance(to: world.clock.now() + .seconds(100 * 3_600))
        try await world.sync()
        #expect(world.state.keys(.revision).count == 4)
        try await world.sync { $0.keptRevisions = .newest(1) }
        #expect(world.state.keys(.revision).map(\.name) == ["a-00003", "a-00004"])
        try await world.sync { $0.keptRevisions = .all }
        for number in 5...6 { try await world.push(["a.yaml": service("a", image: "shop:\(number)")]) }
        world.clock.advance(to: world.clock.now() + .seconds(100 * 3_600))
        // It is kept where nothing is said.
        try await world.sync()
        #expect(world.state.keys(.revision).count == 4)
    }

    @Test func `a Service that waits for a builder is not waited for`() async throws {
        let world = try World()
        let source = """
            apiVersion: elafros.dev/v1alpha1
            kind: Service
            metadata: {name: built}
            spec:
              runLatest:
                configuration:
                  build: {source: {git: {url: "https://example.com/a", revision: main}}, steps: [{image: builder}]}
                  revisionTemplate: {spec: {container: {image: "shop:1"}}}
            """
        let start = world.clock.now()
        let result = try await world.push(["a.yaml": service("a"), "built.yaml": source])
        #expect(result.readiness.map(\.standing) == [.ready, .waitingForBuilder])
        #expect(result.outcome == .notReady)
        #expect(world.clock.now() - start < .seconds(60))
    }
}
