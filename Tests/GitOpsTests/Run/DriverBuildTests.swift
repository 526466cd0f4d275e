import Engine
import Resources
import Store
import Synchronization
import Testing
import YAML

@testable import GitOps

@Suite struct DriverBuildTests {
    /// A builder that lets each Build run for a second of the clock, and remembers what it was asked.
    private final class SlowBuilder: Builder {
        let name = "Cluster"
        private let clock: VirtualClock
        private let begun = Mutex<[Key: Instant]>([:])
        private let cleared = Mutex<[Key]>([])

        init(_ clock: VirtualClock) { self.clock = clock }

        var ended: [Key] { cleared.withLock { $0 } }

        func carryOut(_ orders: [BuildOrder], ended: [Key]) async -> [(Key, BuildReport)] {
            cleared.withLock { $0 += ended }
            let now = clock.now()
            return orders.map { order in
                let start = begun.withLock { begun in
                    let start = begun[order.key] ?? now
                    begun[order.key] = start
                    return start
                }
                let isOver = now - start >= .seconds(1)
                let steps = order.plan.steps.map { _ in isOver ? BuildReport.Step.ended(code: 0, message: "") : .running
                }
                return (order.key, BuildReport(isOver ? .succeeded : .running, steps: steps, builder: name))
            }
        }
    }

    private let clock = VirtualClock(Instant(milliseconds: 1_700_000_000_000))
    private let key = Key(.build, "default", "b")

    private func driver(_ store: Store, _ builder: (any Builder)?) -> Driver {
        let clock = clock
        return Driver(
            store: store,
            engine: Engine(),
            runtime: ReadyRuntime(),
            builder: builder,
            clock: clock,
            sleep: { clock.advance(to: $0) }
        )
    }

    private func store() async throws -> Store {
        let store = Store.inMemory(id: "builds")
        let metadata = Metadata(name: "b", namespace: "default")
        let build = Object(kind: .build, metadata: metadata, spec: ["steps": [["name": "a", "image": "x"]]])
        let now = clock.now()
        try await store.commit(durably: false) { state in _ = try state.apply([.put(build)], at: now) }
        return store
    }

    @Test func `a builder is asked until the Build is over, and then told so`() async throws {
        let (store, builder) = (try await store(), SlowBuilder(clock))
        let driven = try await driver(store, builder).run(until: clock.now() + .seconds(60))
        #expect(driven.isAtRest)
        let status = try #require(store.state[key]).buildStatus
        #expect(status.conditions.isTrue("Succeeded"))
        #expect(status.stepsCompleted == ["build-step-a"])
        #expect(status.completionTime == status.startTime.map { $0 + .seconds(1) })
        #expect(store.state.count(.wished) == 0)
        #expect(builder.ended == [key])
    }

    @Test func `where the builder is gone nobody waits, and a later one takes up what was begun`() async throws {
        let (store, builder) = (try await store(), SlowBuilder(clock))
        _ = try await driver(store, builder).step()
        #expect(store.state[key]?.status.conditions["Succeeded"]?.reason == "Building")

        let alone = driver(store, nil)
        try await alone.takeOver()
        #expect(try await alone.step().isAtRest)
        #expect(store.state[key]?.status.conditions["Succeeded"]?.reason == "NoBuilder")

        let back = driver(store, builder)
        try await back.takeOver()
        #expect(store.state[key]?.status.conditions["Succeeded"]?.reason == "Building")
        #expect(try await back.run(until: clock.now() + .seconds(60)).isAtRest)
        #expect(store.state[key]?.status.conditions.isTrue("Succeeded") == true)
    }
}
