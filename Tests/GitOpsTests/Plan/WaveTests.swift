import Engine
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

/// Waves: what a commit changes goes step by step, and what of it waits is right at each moment.
@Suite struct WaveTests {
    let world: World

    init() throws { world = try World() }

    /// Three Services in a wave each, with these images.
    private func three(_ first: String, _ second: String, _ third: String) -> [String: String?] {
        [
            "a.yaml": service("a", image: first, wave: -1), "b.yaml": service("b", image: second, wave: 0),
            "c.yaml": service("c", image: third, wave: 1),
        ]
    }

    private var waits: [WaitingWave] { WaitingWave.all(of: "shop", in: world.state) }
    private var waves: SyncStatus.Waves { world.state[Key(.sync, "", "shop")]?.syncStatus.waves ?? .init() }
    private func revision(_ name: String) -> Object? { world.state[Key(.revision, "default", name)] }

    /// Goes on with what is live, and does nothing with git.
    private func carryOn(_ runtime: any Runtime = PickyRuntime()) async throws {
        let clock = world.clock
        let driver = Driver(store: world.store, engine: Engine(), runtime: runtime, clock: clock) {
            clock.advance(to: $0)
        }
        _ = try await driver.run(until: clock.now() + .seconds(600))
    }

    // MARK: Order

    @Test func `each wave goes once the one before is ready, rollouts included`() async throws {
        try await world.push(three("shop:1", "shop:1", "shop:1"))
        #expect(waits.isEmpty && waves.waiting == 0)
        let start = world.clock.now()
        let result = try await world.push(three("shop:2", "shop:1", "shop:2"))
        #expect(result.outcome == .inSync)
        #expect(result.changes.map(\.wave) == [-1, 1])
        let (a, c) = (try #require(revision("a-00002")), try #require(revision("c-00002")))
        #expect(a.metadata.creationTimestamp == start)
        // Three steps, a second apart, after the first.
        #expect(c.metadata.creationTimestamp == start + .seconds(3))
        #expect(waves.released == [-1, 1])
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `what is not waited for goes on with the next run`() async throws {
        try await world.push(three("shop:1", "shop:1", "shop:1"))
        let first = try await world.push(three("shop:2", "shop:2", "shop:2")) { $0.wait = .applied }
        #expect(first.outcome == .notReady)
        #expect(first.waiting.map(\.number) == [0, 1])
        #expect(first.waiting.first?.blocker?.key == Key(.service, "default", "a"))
        #expect(world.image("b") == "shop:1" && world.image("c") == "shop:1")
        #expect(world.service("b")?.origin?.lastApplied["spec"]?.image == "shop:1")
        #expect(waves.waiting == 2)
        try await carryOn()
        #expect(waits.isEmpty && waves.waiting == 0)
        #expect(world.image("b") == "shop:2" && world.image("c") == "shop:2")
        #expect(world.service("c")?.origin?.lastApplied["spec"]?.image == "shop:2")
        #expect(try await world.sync().outcome == .inSync)
    }

    @Test func `a wave waits for what failed before it, also over a restart, until git mends that`() async throws {
        try await world.restart()
        let runtime = PickyRuntime()
        try await world.push(three("shop:1", "bad:1", "shop:1"), runtime: runtime)
        try await world.restart()
        let again = try await world.sync(runtime: runtime)
        #expect(again.isNothingNew && again.outcome == .notReady)
        #expect(
            again.waiting.map(\.sentence) == ["wave 1 (Service default/c) waits for Service default/b, which failed"]
        )
        let version = world.state.version
        try await world.sync(runtime: runtime)
        #expect(world.state.version == version)
        #expect(world.service("c") == nil)
        #expect(world.state[Key(.sync, "", "shop")]?.isSyncedAndReady == false)

        let mended = try await world.push(["b.yaml": service("b", image: "shop:2", wave: 0)], runtime: runtime)
        #expect(mended.outcome == .inSync)
        #expect(world.service("c") != nil)
        #expect(try await world.sync(runtime: runtime).isNothingNew)
        #expect(world.state[Key(.sync, "", "shop")]?.isSyncedAndReady == true)
    }

    @Test func `an object that git leaves alone holds up later waves while it is not ready, and no others`()
        async throws
    {
        let runtime = PickyRuntime()
        try await world.push(["b.yaml": service("b", image: "bad:1", wave: 0)], runtime: runtime)
        let files = [
            "a.yaml": service("a", wave: -1), "b2.yaml": service("b2", wave: 0), "c.yaml": service("c", wave: 1),
        ]
        let result = try await world.push(files, runtime: runtime)
        #expect(result.waiting.map(\.keys) == [[Key(.service, "default", "c")]])
        #expect(world.service("a") != nil && world.service("b2") != nil && world.service("c") == nil)
    }

    @Test func `what goes is deleted last, in descending order`() async throws {
        let runtime = PickyRuntime()
        try await world.push(three("shop:1", "shop:1", "shop:1"), runtime: runtime)
        let files: [String: String?] = [
            "a.yaml": nil, "b.yaml": service("b", image: "bad:2", wave: 0), "c.yaml": nil,
            "d.yaml": service("d", wave: 1),
        ]
        let result = try await world.push(files, runtime: runtime)
        #expect(result.waiting.map(\.number) == [1, 1, -1])
        #expect(result.waiting.map(\.isPrune) == [false, true, true])
        #expect(world.service("a") != nil && world.service("c") != nil)
        try await world.push(["b.yaml": service("b", image: "shop:2", wave: 0)], runtime: runtime)
        #expect(world.service("a") == nil && world.service("c") == nil && world.service("d") != nil)
        #expect(waits.isEmpty)
        #expect(try await world.sync(runtime: runtime).isNothingNew)
    }

    // MARK: Another commit

    @Test func `what a newer commit drops while it waits is never made`() async throws {
        let runtime = PickyRuntime()
        try await world.push(three("bad:1", "shop:1", "shop:1"), runtime: runtime)
        #expect(waits.count == 2)
        try await world.push(["b.yaml": nil, "a.yaml": service("a", image: "shop:2", wave: -1)], runtime: runtime)
        #expect(world.service("b") == nil && world.service("c") != nil)
        #expect(world.state.incarnation(of: Key(.service, "default", "b")) == 0)
        #expect(waits.isEmpty)
    }

    @Test func `what waits to be pruned stays when a newer commit names it again`() async throws {
        let runtime = PickyRuntime()
        try await world.push(three("shop:1", "shop:1", "shop:1"), runtime: runtime)
        try await world.push(
            [
                "a.yaml": service("a", image: "bad:2", wave: -1), "b.yaml": service("b", image: "shop:2", wave: 0),
                "c.yaml": nil,
            ],
            runtime: runtime
        )
        #expect(waits.map(\.isPrune) == [false, true])
        try await world.push(
            ["c.yaml": service("c", image: "shop:1", wave: 1), "a.yaml": service("a", image: "shop:1", wave: -1)],
            runtime: runtime
        )
        #expect(world.image("c") == "shop:1" && world.image("b") == "shop:2")
        #expect(world.state.incarnation(of: Key(.service, "default", "c")) == 0)
        #expect(waits.isEmpty)
    }

    @Test func `what waits keeps the commit of its own last change`() async throws {
        let runtime = PickyRuntime()
        let first = try await world.push(three("bad:1", "shop:1", "shop:1"), runtime: runtime)
        try await world.push(["a.yaml": service("a", image: "shop:2", wave: -1)], runtime: runtime)
        #expect(world.service("c")?.origin?.commit == first.commit.hex)
    }

    @Test func `a file that breaks while its object waits holds that back`() async throws {
        let runtime = PickyRuntime()
        try await world.push(three("shop:1", "bad:1", "shop:1"), runtime: runtime)
        let result = try await world.push(
            ["c.yaml": "kind: [", "b.yaml": service("b", image: "shop:2", wave: 0)],
            runtime: runtime
        )
        #expect(result.heldBack == 1 && waits.isEmpty && world.service("c") == nil)
        try await world.push(["c.yaml": service("c", wave: 1)], runtime: runtime)
        #expect(world.service("c") != nil)
    }

    @Test func `another wave alone is no other wish`() async throws {
        try await world.push(three("shop:1", "shop:1", "shop:1"))
        try await world.push(["a.yaml": service("a", image: "bad:2", wave: -1)], runtime: PickyRuntime())
        let result = try await world.push(["c.yaml": service("c", image: "shop:1", wave: 5)], runtime: PickyRuntime())
        #expect(result.waiting.isEmpty)
        #expect(world.service("c")?.metadata.annotations[Labels.syncWave] == "5")
        #expect(world.service("c")?.metadata.generation == 1)
        let child = world.state[Key(.configuration, "default", "c")]
        #expect(child?.metadata.annotations[Labels.syncWave] == nil)
    }

    // MARK: By hand

    @Test func `healing does not wait, and where git changes what was edited, git wins`() async throws {
        let runtime = PickyRuntime()
        try await world.push(three("shop:1", "shop:1", "shop:1"), runtime: runtime)
        try await world.push(three("bad:2", "shop:1", "shop:2"), runtime: runtime)
        try await world.patch("b", .image("hand:1"))
        try await world.patch("c", .image("hand:1"))
        try await world.sync(runtime: runtime)
        #expect(world.image("b") == "shop:1" && world.image("c") == "shop:1")
        try await world.patch("c", .image("hand:2"))
        try await world.delete("b")
        try await world.push(["a.yaml": service("a", image: "shop:3", wave: -1)], runtime: runtime)
        #expect(world.image("b") == "shop:1" && world.image("c") == "shop:2")
        #expect(waits.isEmpty)
        #expect(try await world.sync(runtime: runtime).changes.isEmpty)
        #expect(try await world.sync(runtime: runtime).isNothingNew)
    }

    @Test func `what was deleted by hand while its change waits comes back, or stays away where the Sync leaves that`()
        async throws
    {
        for policy in [DriftPolicy.heal, .report] {
            let world = try World()
            let runtime = PickyRuntime()
            try await world.push(three("shop:1", "shop:1", "shop:1"), runtime: runtime) { $0.drift = policy }
            try await world.push(three("shop:2", "shop:1", "shop:2"), runtime: runtime) {
                $0.drift = policy
                $0.wait = .applied
            }
            try await world.delete("c")
            let clock = world.clock
            let driver = Driver(store: world.store, engine: Engine(), runtime: runtime, clock: clock) {
                clock.advance(to: $0)
            }
            _ = try await driver.run(until: clock.now() + .seconds(60))
            #expect(world.image("c") == (policy == .heal ? "shop:2" : nil))
            #expect(WaitingWave.all(of: "shop", in: world.state).isEmpty)
        }
    }

    @Test func `what another object made meanwhile is not taken from it, and the next sync says so`() async throws {
        let runtime = PickyRuntime()
        let configuration = """
            apiVersion: elafros.dev/v1alpha1
            kind: Configuration
            metadata: {name: b, annotations: {elafros.dev/sync-wave: "1"}}
            spec: {revisionTemplate: {spec: {container: {image: "shop:1"}}}}
            """
        let files = ["b.yaml": service("b", wave: 0), "c.yaml": configuration, "d.yaml": service("d", wave: 2)]
        let first = try await world.push(files, runtime: runtime)
        #expect(first.waiting.map(\.isStuck) == [true, false])
        #expect(first.outcome == .notReady)
        let second = try await world.sync(runtime: runtime)
        #expect(second.outcome == .invalid)
        #expect(second.errors.count == 1 && second.errors[0].contains("is made by Service b"))
        #expect(second.waiting.isEmpty && world.service("d") != nil)
    }

    // MARK: With others

    @Test func `an object that waits is its Sync's already`() async throws {
        let runtime = PickyRuntime()
        try await world.push(three("shop:1", "bad:1", "shop:1"), runtime: runtime)
        let other = try World(beside: world)
        let result = try await other.push(["c.yaml": service("c", image: "other:1")], runtime: runtime) {
            $0.name = "other"
        }
        #expect(result.errors.count == 1 && result.errors[0].contains("belongs to Sync shop, from c.yaml:1"))
        #expect(world.service("c") == nil)
    }

    @Test func `no wave goes while its Sync is suspended`() async throws {
        try await world.push(three("shop:1", "shop:1", "shop:1"))
        try await world.push(three("shop:2", "shop:1", "shop:2")) { $0.wait = .applied }
        let (key, now) = (Key(.sync, "", "shop"), world.clock.now())
        try await world.store.commit(durably: true) { state in
            var status = try #require(state[key]).syncStatus
            status.suspension = .init(since: now, reason: nil)
            try state.apply([.setStatus(key, .sync(status))], at: now)
        }
        try await carryOn()
        #expect(world.image("c") == "shop:1")
    }

    @Test func `what waits is planned anew after a rebuild from the report`() async throws {
        let runtime = PickyRuntime()
        try await world.push(three("shop:1", "bad:1", "shop:1"), runtime: runtime) { $0.reportBranch = "status" }
        let page = try world.repository.git("show", "status:README.md")
        #expect(page.contains("- wave 1 (Service default/c) waits for Service default/b, which failed."))
        world.loseState()
        let again = try await world.sync(runtime: runtime) { $0.reportBranch = "status" }
        #expect(again.waiting.map(\.number) == [1])
        #expect(world.service("c") == nil)
        try await world.push(["b.yaml": service("b", image: "shop:1", wave: 0)], runtime: runtime) {
            $0.reportBranch = "status"
        }
        #expect(world.service("c") != nil)
        #expect(try world.repository.git("show", "status:README.md").contains("Not all of it") == false)
        #expect(try await world.sync(runtime: runtime) { $0.reportBranch = "status" }.isNothingNew)
    }

    @Test func `where nothing names a wave there is none`() async throws {
        try await world.push(["a.yaml": service("a")], runtime: FailingRuntime())
        let result = try await world.push(["b.yaml": service("b"), "a.yaml": nil], runtime: FailingRuntime())
        #expect(result.changes.allSatisfy { $0.wave == nil })
        #expect(world.state.count(.wave) == 0)
        #expect(world.state.incarnation(of: Wave.key("shop", turn: 1)) == 0)
        let status = try #require(world.state[Key(.sync, "", "shop")]).syncStatus
        #expect(status.value["waves"] == nil && status.value["hasWaves"] == nil)
    }
}

/// A runtime in which images called `bad` fail, and all others are ready at once.
private struct PickyRuntime: Runtime {
    let name = "picky"

    func carryOut(_ workloads: [Object], gone: [Key]) async -> [(Key, WorkloadStatus)] {
        let failure = WorkloadStatus.Failure(condition: "ContainerHealthy", reason: "ExitCode3", message: "it ended")
        return workloads.map { workload in
            let isBad = workload.spec["image"]?.string?.hasPrefix("bad:") ?? false
            return (workload.key, WorkloadStatus(phase: isBad ? .failed(failure) : .ready, runtime: name))
        }
    }
}
