import Engine
import Resources
import Store
import Synchronization
import TestSupport
import Testing
import YAML

@testable import GitOps

/// The way to rest, where it is long.
@Suite struct DriverTests {
    private static let start = Instant(milliseconds: 1_700_000_000_000)

    private func driver(_ store: Store, _ runtime: any Runtime) -> Driver {
        // As in life, where nobody looks at anything in the millisecond in which it was applied.
        let clock = VirtualClock(Self.start + .seconds(1))
        return Driver(store: store, engine: Engine(), runtime: runtime, clock: clock, sleep: { clock.advance(to: $0) })
    }

    private func put(_ services: Int, in store: Store) async throws {
        try await store.commit(durably: true) { state in
            for number in 0..<services {
                let metadata = Metadata(name: "s-\(number)", namespace: "default")
                let spec: Value = [
                    "runLatest": [
                        "configuration": ["revisionTemplate": ["spec": ["container": ["image": "shop:1"]]]]
                    ]
                ]
                try state.apply([.put(Object(kind: .service, metadata: metadata, spec: spec))], at: Self.start)
            }
        }
    }

    @Test func `what is written on the way is on the disk as it stands in memory`() async throws {
        let temporary = try TemporaryFolder()
        let folder = StateFolder(path: temporary.path("state"))
        try folder.create()
        let lock = try #require(try folder.tryLock(as: .thisProcess("test", since: Self.start)))
        let (store, memory) = (try Store.open(folder, lock: lock, newID: "s"), Store.inMemory(id: "s"))
        for store in [store, memory] {
            try await put(1_500, in: store)
            #expect(try await driver(store, ReadyRuntime()).step().isAtRest)
        }
        try await store.flush()
        #expect(store.counters.transactions > 2)
        let disk = try Store.read(folder)
        try disk.preload()
        for kind in Kind.allCases {
            #expect(disk.keys(kind) == memory.state.keys(kind))
            for key in disk.keys(kind) {
                #expect(disk[key]?.status == memory.state[key]?.status)
                #expect(disk[key]?.spec == store.state[key]?.spec)
            }
        }
        #expect(disk.count(.route) == 1_500)
        #expect(disk.keys(.route).allSatisfy { disk[$0]?.routeStatus.conditions.isTrue("Ready") ?? false })
    }

    @Test func `a runtime is asked about each wish once a step, the first before the last is made`() async throws {
        let store = Store.inMemory(id: "s")
        try await put(1_500, in: store)
        let runtime = AskedRuntime()
        #expect(try await !driver(store, runtime).step().isAtRest)
        let asked = runtime.asked.withLock { $0 }
        #expect(asked.count > 1)
        #expect(asked.joined().count == 1_500)
        #expect(Set(asked.joined()).count == 1_500)
        #expect(try await driver(store, runtime).step().carriedOut == 1_500)
    }
}

/// A runtime that never answers, and remembers what it was asked.
private final class AskedRuntime: Runtime {
    let name = "asked"
    let asked = Mutex<[[Key]]>([])

    func carryOut(_ workloads: [Object], gone: [Key]) async -> [(Key, WorkloadStatus)] {
        asked.withLock { $0.append(workloads.map(\.key)) }
        return []
    }
}
