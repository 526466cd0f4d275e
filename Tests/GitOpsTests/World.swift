import Engine
import Foundation
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

/// A repository, a state and a clock that stands still unless a sync sleeps: all that one sync needs, and no second of
/// real time.
final class World {
    let repository: GitRepository
    let folder: TemporaryFolder
    private(set) var store: Store
    let clock = VirtualClock(Instant(milliseconds: 1_700_000_000_000))

    /// How often a sync that waits looks at the remote, as under `serve`.
    var lookout: Duration?
    /// What happens elsewhere while a sync waits.
    var onSleep: () throws -> Void = {}

    init() throws {
        repository = try GitRepository()
        folder = try TemporaryFolder()
        store = Store.inMemory(id: "test")
    }

    /// A world's repository, with the state of another.
    init(of repository: World, beside other: World) throws {
        self.repository = repository.repository
        folder = try TemporaryFolder()
        store = other.store
    }

    /// Another user of the same state, with a repository of its own.
    init(beside other: World) throws {
        repository = try GitRepository()
        folder = try TemporaryFolder()
        store = other.store
    }

    var state: State { store.state }

    /// The mirror that a Sync of that name uses, opened anew, as every process does.
    func mirror(named name: String = "shop") throws -> Mirror {
        Mirror(
            folder: folder.path("\(name).git"),
            remote: try RemoteURL(repository.path),
            credentials: Credentials(),
            timeout: .seconds(60)
        )
    }

    /// Loses the state, as a runner does whose disk is empty each time: the next sync begins with nothing.
    func loseState() { store = Store.inMemory(id: "empty") }

    /// Keeps the state on the disk from now on, as another process: what was on it is opened anew, and nothing is read.
    func restart() async throws {
        try await store.close()
        let state = StateFolder(path: folder.path("state"))
        try state.create()
        let lock = try #require(try state.tryLock(as: .thisProcess("test", since: clock.now())))
        store = try Store.open(state, lock: lock, newID: "test")
    }

    func options(_ change: (inout SyncOptions) -> Void = { _ in }) throws -> SyncOptions {
        var options = SyncOptions(remote: try RemoteURL(repository.path), name: "shop")
        change(&options)
        return options
    }

    /// Runs one sync.
    @discardableResult
    func sync(
        runtime: any Runtime = ReadyRuntime(),
        rollback: ObjectID? = nil,
        _ change: (inout SyncOptions) -> Void = { _ in }
    ) async throws -> SyncResult {
        let options = try options(change)
        let mirror = try mirror(named: options.name)
        let clock = clock
        // The test waits for the sync, so the two never run at once.
        nonisolated(unsafe) let onSleep = onSleep
        var run = SyncRun(options, store: store, mirror: mirror, runtime: runtime, clock: clock) {
            clock.advance(to: $0)
            try onSleep()
        }
        run.lookout = lookout
        run.rollback = rollback
        return try await run.run()
    }

    /// Commits files and syncs.
    @discardableResult
    func push(
        _ files: [String: String?],
        runtime: any Runtime = ReadyRuntime(),
        _ change: (inout SyncOptions) -> Void = { _ in }
    ) async throws -> SyncResult {
        try repository.commit(files)
        return try await sync(runtime: runtime, change)
    }

    func service(_ name: String) -> Object? { state[Key(.service, "default", name)] }

    /// The image that a Service asks for.
    func image(_ name: String) -> String? { service(name)?.spec.image }

    /// All that can be seen of the state, as text.
    var digest: String {
        let state = state
        let objects = Kind.allCases.flatMap { state.keys($0) }.map { key in
            let object = state[key]
            let origin = object?.origin.map { "\($0)" } ?? "no origin"
            return "\(object?.value.json ?? "") \(origin) \(state.due(key).map(\.description) ?? "")"
        }
        let marks = Mark.allCases.map { "\($0): \(state.marked($0))" }
        return (objects + marks + ["version \(state.version)"]).joined(separator: "\n")
    }
}

// MARK: - What people do by hand

extension World {
    /// Changes a live Service, as `elafros patch` does.
    func patch(_ name: String, _ patch: Value, in namespace: String = "default") async throws {
        let (key, now) = (Key(.service, namespace, name), clock.now())
        try await store.commit(durably: true) { state in
            let live = try #require(state[key])
            let edited = try live.edited(try StrategicMerge.apply(patch: patch, to: live.value, kind: .service))
            try state.apply([.put(edited), .mark(key, .handmade), .mark(key, .edited)], at: now)
        }
    }

    /// Deletes a live Service, as `elafros delete` does.
    func delete(_ name: String, in namespace: String = "default") async throws {
        let (key, now) = (Key(.service, namespace, name), clock.now())
        try await store.commit(durably: true) { state in
            try #require(state.contains(key))
            try state.apply([.delete(key, .background), .mark(key, .edited)], at: now)
        }
    }
}

extension Value {
    /// A patch of the image of a Service that runs the latest Revision.
    static func image(_ image: String) -> Value {
        let container: Value = ["container": ["image": .string(image)]]
        return ["spec": ["runLatest": ["configuration": ["revisionTemplate": ["spec": container]]]]]
    }
}

/// A runtime whose workloads are ready at once.
struct ReadyRuntime: Runtime {
    let name = "test"

    func carryOut(_ workloads: [Object], gone: [Key]) async -> [(Key, WorkloadStatus)] {
        workloads.map { ($0.key, WorkloadStatus(phase: .ready, runtime: name)) }
    }
}

/// A runtime that never answers.
struct SilentRuntime: Runtime {
    let name = "silent"

    func carryOut(_ workloads: [Object], gone: [Key]) async -> [(Key, WorkloadStatus)] { [] }
}

/// A runtime in which every container ends at once.
struct FailingRuntime: Runtime {
    let name = "failing"

    func carryOut(_ workloads: [Object], gone: [Key]) async -> [(Key, WorkloadStatus)] {
        let failure = WorkloadStatus.Failure(condition: "ContainerHealthy", reason: "ExitCode3", message: "it ended")
        return workloads.map { ($0.key, WorkloadStatus(phase: .failed(failure), runtime: name)) }
    }
}

/// A Service that runs the latest Revision.
func service(_ name: String, image: String = "shop:1", namespace: String? = nil, extra: String = "") -> String {
    """
    apiVersion: elafros.dev/v1alpha1
    kind: Service
    metadata:
      name: \(name)\(namespace.map { "\n  namespace: \($0)" } ?? "")
    spec:
      runLatest:
        configuration:
          revisionTemplate:
            spec:
              container:
                image: \(image)
    \(extra)
    """
}

/// The same in a wave.
func service(_ name: String, image: String = "shop:1", wave: Int) -> String {
    service(name, image: image).replacing(
        "metadata:",
        with: "metadata:\n  annotations: {elafros.dev/sync-wave: \"\(wave)\"}"
    )
}

extension Value {
    /// The container of a Service that runs the latest Revision.
    var container: Value? {
        self["runLatest"]?["configuration"]?["revisionTemplate"]?["spec"]?["container"]
    }

    /// The image of a Service that runs the latest Revision.
    var image: String? { container?["image"]?.string }
}

extension SyncResult {
    /// The changes in short: `created default/shop`.
    var summary: [String] { changes.map { "\($0.action.rawValue) \($0.key.namespace)/\($0.key.name)" } }

    /// The errors, each as one line.
    var errors: [String] { findings.filter { $0.severity == .error }.map(\.rendered) }
}

extension World {
    /// Throws the mirror away, as someone who clears a disk does.
    func loseMirror(named name: String = "shop") {
        // There is none before the first sync.
        try? FileManager.default.removeItem(atPath: folder.path("\(name).git"))
    }

    /// Writes a blob into the repository and returns its id.
    func blob(_ text: String) throws -> String {
        try repository.git("hash-object", "-w", "--stdin", input: Data(text.utf8))
    }

    /// Writes a file whose name Swift's strings cannot hold.
    func writeFile(named name: [UInt8], _ text: String) throws {
        let path = Array(repository.path.utf8) + [UInt8(ascii: "/")] + name + [0]
        let file = path.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { fopen($0.baseAddress, "w") }
        }
        guard let file else { throw CocoaError(.fileWriteUnknown) }
        fputs(text, file)
        fclose(file)
    }
}
