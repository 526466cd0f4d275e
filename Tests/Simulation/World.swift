import Engine
import Foundation
import Git
import GitOps
import Resources
import Store
import TestSupport
import YAML

/// One seed's world: a remote, a process that follows it, and all that is outside of both.
final class World {
    let circumstances: Circumstances
    let outside: Outside
    /// The files at the tip of the followed branch, and those of each commit before.
    var history: [(commit: ObjectID, files: Files)] = []
    /// The files of all commits that ever were, also of those that a push with force took away.
    var past: [Files] = []
    var filesByCommit: [String: Files] = [:]
    /// By each commit that was applied: what every file gave the last time that it could be read.
    var given: [String: [Int: Set<Int>]] = [:]
    var process: Process
    var follower: Follower
    let folder: TemporaryFolder
    let author: Mirror
    var order = 0
    var lostDisks = 0
    /// The Syncs whose report the branch holds: with all of them there, a lost disk is no loss.
    var reported: Set<String> = []
    /// Whether the disk is empty and the next sync rebuilds it.
    var isBlank = false

    /// What ends with the process.
    struct Process {
        let store: Store
        let clock: SystemClock
    }

    static let branch = "status"

    init(seed: UInt64, _ circumstances: Circumstances) async throws {
        self.circumstances = circumstances
        outside = Outside(seed: seed)
        folder = try TemporaryFolder()
        let path = folder.path("remote.git")
        try BareRepository.create(at: path)
        try FileManager.default.createDirectory(atPath: folder.path("state"), withIntermediateDirectories: true)
        author = Mirror(
            folder: folder.path("author.git"),
            remote: try RemoteURL(path),
            credentials: Credentials(),
            timeout: .seconds(60)
        )
        process = try Self.open(outside, circumstances, folder, lostDisks: 0)
        follower = Follower(process.store.state, after: nil)
        try await publish(Files())
    }

    var files: Files { history.last?.files ?? Files() }
    var state: Store::State { process.store.state }
    var syncs: [String] { circumstances.folders.map(Self.name) }

    static func name(of folder: String) -> String { folder.isEmpty ? "shop" : folder }
}

// MARK: - Acting

extension World {
    /// Does one thing, and says what is wrong after it.
    func act(_ action: Action) async throws -> [String] {
        let before = outside[\.faults]
        let faults = try await perform(action)
        if outside[\.faults] > before { outside.note("a fault had an effect") }
        return faults
    }

    /// Does something with the process as it is, follows what its watch tells of it, and begins another process where
    /// this one died.
    func observing(
        _ context: Follower.Context = .init(),
        _ body: () async throws -> [String]
    ) async throws -> [String] {
        var context = context
        if outside.with({ $0.meanwhile != nil }) { context.isAnythingTouched = true }
        context.keepsFewRevisions = circumstances.keepsFewRevisions
        let store = process.store
        let collector = Collector(try await store.events(after: store.state.version))
        var faults = try await body()
        for batch in await collector.finish() {
            faults += follower.follow(batch, context)
            for event in batch { note(event) }
        }
        faults += follower.faults(against: store.state)
        if outside.with({ content in
            defer { content.unwrittenPushes = 0 }
            return content.unwrittenPushes
        }) > 0 {
            faults.append("push: a report tells of what is not on the disk")
        }
        if outside[\.isDead] { try await boot() }
        return faults
    }

    private func note(_ event: Event) {
        guard event.key.kind == .revision, let old = event.old else { return }
        if event.new == nil, old.controllerKey.map({ follower.objects[$0] != nil }) ?? false {
            outside.note("an old Revision went")
        }
        if event.new?.spec["servingState"]?.string == "Retired", old.spec["servingState"]?.string != "Retired" {
            outside.note("a Revision was retired")
        }
    }

    func applies(_ action: Action) {
        outside.note("action \(action.name)")
        for name in action.names { outside.note(name) }
    }

    private func perform(_ action: Action) async throws -> [String] {
        switch action {
        case .commit(let edits): try await commit(edits)
        case .rollBack(let count):
            guard history.count > count else { return [] }
            applies(action)
            try await publish(history[history.count - 1 - count].files)
        case .forcePush(let count):
            guard history.count > count else { return [] }
            applies(action)
            history.removeLast(count)
            guard let tip = history.last?.commit else { return [] }
            try Data("\(tip.hex)\n".utf8).write(to: URL(fileURLWithPath: folder.path("remote.git/refs/heads/main")))
        case .sync(let number, let isPatient):
            applies(action)
            return try await sync(circumstances.folders[number % circumstances.folders.count], isPatient: isPatient)
                .faults
        case .drive(let seconds):
            guard circumstances.isDaemon, !isBlank else { return [] }
            applies(action)
            return try await drive(.seconds(seconds))
        case .pass(let seconds):
            applies(action)
            outside.with { $0.wall = $0.wall + .seconds(seconds) }
        case .jump(let seconds):
            applies(action)
            outside.with { $0.wall = $0.wall + .seconds(seconds) }
        case .hand(let edit):
            guard !isBlank else { return [] }
            return try await hand(edit)
        case .workload(let number, let fate):
            guard circumstances.isDaemon, !isBlank else { return [] }
            return try await turn(number, fate, action)
        case .build(let number, let succeeds):
            guard circumstances.hasBuilder, !isBlank else { return [] }
            return try await build(number, succeeds, action)
        case .crash(let effects):
            applies(action)
            outside.with { $0.fuse = effects }
        case .disk(let fault, let after, let count):
            applies(action)
            outside.with { $0.diskFault = (fault, after, count) }
        case .remote(let wrong, let after):
            applies(action)
            outside.with { $0.remoteFault = (wrong, after) }
        case .foreignPush(let isMeanwhile):
            applies(action)
            try await foreignPush(isMeanwhile: isMeanwhile)
        case .meanwhile(let edit):
            guard circumstances.isDaemon, !isBlank else { return [] }
            applies(action)
            disturb(edit)
        case .twins(let effects):
            guard !circumstances.hasRealDisk, !isBlank else { return [] }
            applies(action)
            return try await twins(killedAfter: effects)
        case .restart:
            applies(action)
            return try await restart()
        case .loseDisk: try await loseDisk(action)
        case .loseMirror:
            applies(action)
            for name in syncs { try? FileManager.default.removeItem(atPath: folder.path("\(name).git")) }
        case .order(let order):
            applies(action)
            self.order = order
        case .quiet:
            applies(action)
            return try await quiet()
        }
        return []
    }

    func loseDisk(_ action: Action) async throws {
        // One without a report would begin anew, and is another state.
        guard reported == Set(syncs), !isBlank else { return }
        applies(action)
        try? await process.store.close()
        try emptyDisk()
        try await boot()
    }

    func emptyDisk() throws {
        lostDisks += 1
        isBlank = true
        outside.with {
            $0.disk = Outside.Disk()
            $0.containers = [:]
            $0.meanwhile = nil
        }
        for name in ["state.sqlite", "state.sqlite-wal", "state.sqlite-shm"] {
            try? FileManager.default.removeItem(atPath: folder.path("state/\(name)"))
        }
    }
}

/// A fault of the simulation itself.
struct Defect: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
