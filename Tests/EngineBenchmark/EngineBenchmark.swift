import CMalloc
import Engine
import Foundation
import GitOps
import Resources
import Store
import YAML

/// What the engine costs, without git, YAML or a process around it: one line of JSON, which Tests/Benchmarks/bench.py holds
/// against a plain dictionary and SQLite.
///
///     engine-benchmark SERVICES FOLDER
@main
enum EngineBenchmark {
    static func main() async throws {
        guard CommandLine.arguments.count == 3, let count = Int(CommandLine.arguments[1]), count >= 10 else {
            FileHandle.standardError.write(Data("usage: engine-benchmark SERVICES FOLDER\n".utf8))
            exit(64)
        }
        var trial = Trial(count: count)
        var figures = try trial.createAll()
        figures += try trial.changeImages(of: max(1, count / 10))
        figures += try trial.changeOne()
        figures += try await Journal(count: count, folder: CommandLine.arguments[2]).figures()
        let fields = figures.map { "\"\($0.name)\": \($0.value)" }
        print("{\(fields.joined(separator: ", "))}")
    }
}

/// A named number of the output. Times are milliseconds, sizes bytes.
typealias Figure = (name: String, value: Double)

/// Services as the state has them when a manifest was read.
enum Sample {
    static let start = Instant(milliseconds: 1_700_000_000_000)

    static func service(_ number: Int, image: String) -> Change {
        let container: Value = ["image": .string(image), "env": [["name": "MODE", "value": "live"]]]
        let template: Value = ["spec": ["container": container, "concurrencyModel": "Multi"]]
        let metadata = Metadata(name: "service-\(number)", namespace: "default")
        let spec: Value = ["runLatest": ["configuration": ["revisionTemplate": template]]]
        return .put(Object(kind: .service, metadata: metadata, spec: spec))
    }
}

/// The engine on a state in memory, with a simulated runtime that is ready at once.
private struct Trial {
    let count: Int
    private var state = State(id: "benchmark")
    private var now = Sample.start

    init(count: Int) { self.count = count }

    mutating func createAll() throws -> [Figure] {
        let before = (heap: Self.heap, resident: Self.resident)
        let run = try run((0..<count).map { Sample.service($0, image: "image:1") })
        let (heap, resident) = (Self.heap - before.heap, Self.resident - before.resident)
        let objects = Self.objects(state)
        guard state.keys(.service).allSatisfy({ state[$0]?.serviceStatus.conditions.isTrue("Ready") == true }) else {
            fatalError("not every Service is ready")
        }
        return [
            ("objects", Double(objects.count)), ("heap", Double(heap)), ("resident", Double(resident)),
            ("writes", Double(run.writes)), ("engine", run.time),
            ("dictionary", Self.dictionary(objects, writes: run.writes)),
        ]
    }

    mutating func changeImages(of changed: Int) throws -> [Figure] {
        let run = try run((0..<changed).map { Sample.service($0, image: "image:2") })
        let objects = Self.objects(state)
        return [
            ("changedWrites", Double(run.writes)), ("changedEngine", run.time),
            ("changedDictionary", Self.dictionary(objects, writes: run.writes)),
        ]
    }

    /// One Service after the other, each in the state itself and then in a copy, whose first write copies what it has to.
    mutating func changeOne() throws -> [Figure] {
        var (own, forked): ([Double], [Double]) = ([], [])
        var (looks, writes) = (0, 0)
        for number in 0..<21 {
            let change = Sample.service(number * count / 21, image: "image:3")
            var fork = self
            forked.append(try fork.run([change]).time)
            let run = try run([change])
            own.append(run.time)
            (looks, writes) = (run.looks, run.writes)
        }
        return [
            ("oneLooks", Double(looks)), ("oneWrites", Double(writes)), ("oneEngine", own.sorted()[10]),
            ("oneForked", forked.sorted()[10]),
        ]
    }

    private mutating func run(_ changes: [Change]) throws -> (time: Double, writes: Int, looks: Int) {
        var rest = RunToRest(runtime: SimulatedRuntime(.ready(after: .zero)))
        rest.maximumSteps = .max
        let version = state.version
        let start = ContinuousClock.now
        let events = try state.apply(changes, at: now)
        let outcome = try rest.run(&state, from: now, after: events)
        let time = ContinuousClock.now - start
        guard outcome.isAtRest else { fatalError("it does not rest") }
        now = outcome.end + .seconds(60)
        return (time.milliseconds, state.version - version, outcome.reconciled)
    }

    private static func objects(_ state: State) -> [Object] {
        Kind.allCases.flatMap { state.keys($0) }.compactMap { state[$0] }
    }

    /// The peer: a dictionary that takes so many new versions of these objects.
    private static func dictionary(_ objects: [Object], writes: Int) -> Double {
        let keys = objects.map(\.key)
        let start = ContinuousClock.now
        var dictionary: [Key: Object] = [:]
        for write in 0..<writes {
            let index = write % objects.count
            var metadata = objects[index].metadata
            metadata.resourceVersion = write
            dictionary[keys[index]] = objects[index].with(metadata: metadata)
        }
        let time = ContinuousClock.now - start
        guard dictionary.count == min(writes, objects.count) else { fatalError("the dictionary lost objects") }
        return time.milliseconds
    }

    /// Bytes that are allocated, with what the allocator writes beside each piece.
    private static var heap: Int {
        let info = mallinfo2()
        return info.uordblks + info.hblkhd
    }

    /// Bytes of memory that the process has: what is allocated, and what the allocator keeps for later.
    private static var resident: Int {
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
        return (pages.flatMap { Int($0[1]) } ?? 0) * Int(getpagesize())
    }
}

/// The same Services through the store, with the journal and without.
private struct Journal {
    let count: Int
    let folder: String

    func figures() async throws -> [Figure] {
        let plain = try await time(Store.inMemory(id: "benchmark"))
        let place = StateFolder(path: folder)
        try place.create()
        guard let lock = try place.tryLock(as: .thisProcess("benchmark", since: Sample.start)) else {
            fatalError("the folder is taken")
        }
        let store = try Store.open(place, lock: lock)
        let journaled = try await time(store)
        let counters = store.counters
        try await store.close()
        return [
            ("store", plain), ("journaled", journaled),
            ("rows", Double(counters.objectsWritten + counters.indexRowsWritten)),
            ("bytes", Double(counters.bytesWritten)),
        ]
    }

    private func time(_ store: Store) async throws -> Double {
        let clock = VirtualClock(Sample.start)
        let driver = Driver(store: store, engine: Engine(), runtime: AtOnce(), clock: clock) { clock.advance(to: $0) }
        let changes = (0..<count).map { Sample.service($0, image: "image:1") }
        let start = ContinuousClock.now
        try await store.commit(durably: true) { state in try state.apply(changes, at: Sample.start) }
        let driven = try await driver.run(until: Sample.start + .seconds(60))
        try await store.flush()
        let time = ContinuousClock.now - start
        guard driven.isAtRest else { fatalError("it does not rest") }
        return time.milliseconds
    }

    /// A runtime whose containers are ready when they are asked about.
    private struct AtOnce: Runtime {
        let name = "benchmark"

        func carryOut(_ workloads: [Object], gone: [Key]) async -> [(Key, WorkloadStatus)] {
            workloads.map { ($0.key, WorkloadStatus(phase: .ready, runtime: name)) }
        }
    }
}

extension Duration {
    fileprivate var milliseconds: Double {
        Double(components.seconds) * 1_000 + Double(components.attoseconds) / 1_000_000_000_000_000
    }
}
