import Git
import Resources
import Store
import Synchronization
import YAML

/// All that is outside the process and outlives it: the disk, the wall clock, the containers, the way to the remote; and
/// the faults that wait there.
///
/// Each thing that the process does to it is an effect. Between any two of them the process may die: from then on nothing
/// that it does has any effect.
final class Outside: Sendable {
    /// What is there.
    struct Content: Sendable {
        var wall = Instant(milliseconds: 1_700_000_000_000)
        var disk = Disk()
        var containers: [Key: Container] = [:]
        /// How Builds end, by uid, as far as that was said; and whether the others go on meanwhile.
        var builds: [String: Bool] = [:]
        var buildsUndecided = true
        /// How many effects are left until the process dies; nil for a long life.
        var fuse: Int?
        var isDead = false
        var diskFault: (fault: Action.DiskFault, after: Int, count: Int)?
        var remoteFault: (wrong: Action.Wrong, after: Int)?
        /// Whether somebody else pushes to the report branch while the next report is on its way.
        var foreignPush: (@Sendable () -> Void)?
        var meanwhile: (@Sendable () async -> Void)?
        /// How many faults had an effect.
        var faults = 0
        /// How many pushes reached the remote.
        var pushes = 0
        /// How many reports were pushed that told of what was not on the disk.
        var unwrittenPushes = 0
        var reached: [String: Int] = [:]
    }

    /// A disk: what was written to it durably.
    struct Disk: Sendable {
        var facts: Facts?
        var rows: [Slot: IndexRow] = [:]
        var objects: [Slot: Object] = [:]
        var occurrences: [Occurrence] = []
    }

    /// A container that somebody runs.
    struct Container: Sendable {
        let uid: String
        let image: String
        let since: Instant
        /// What it became since, whatever it was meant to be.
        var turn: WorkloadStatus.Phase?
    }

    private let content = Mutex(Content())
    let seed: UInt64

    init(seed: UInt64) { self.seed = seed }

    subscript<T: Sendable>(path: any WritableKeyPath<Content, T> & Sendable) -> T {
        get { content.withLock { $0[keyPath: path] } }
        set { content.withLock { $0[keyPath: path] = newValue } }
    }

    func with<T: Sendable>(_ body: (inout Content) -> T) -> T { content.withLock { body(&$0) } }

    /// Counts that something was reached.
    func note(_ name: String) { content.withLock { $0.reached[name, default: 0] += 1 } }

    /// One effect; false where the process is dead, or dies just before it.
    func survives(_ effect: String) -> Bool {
        content.withLock { content in
            guard !content.isDead else { return false }
            guard let fuse = content.fuse else { return true }
            if fuse > 0 {
                content.fuse = fuse - 1
                return true
            }
            content.isDead = true
            content.fuse = nil
            content.faults += 1
            content.reached["crash before \(effect)", default: 0] += 1
            return false
        }
    }

    /// Lets time pass until an instant of a clock.
    func sleep(until instant: Instant, by clock: any Clock) throws {
        let now = clock.now()
        try content.withLock { content in
            guard !content.isDead else { throw CancellationError() }
            content.wall = content.wall + max(instant - now, .milliseconds(1))
        }
    }

    /// Ends all faults that wait.
    func mend() {
        content.withLock { content in
            content.fuse = nil
            content.diskFault = nil
            content.remoteFault = nil
            content.foreignPush = nil
            content.meanwhile = nil
        }
    }
}

// MARK: - Disk

/// A journal that fails when it is told to, over the model of a disk or a real journal.
final class FaultyJournal: Journal {
    private let outside: Outside
    private let real: (any Journal)?
    private let newID: String

    init(_ outside: Outside, real: (any Journal)?, newID: String) {
        self.outside = outside
        self.real = real
        self.newID = newID
    }

    var counters: Counters { real?.counters ?? Counters() }

    func readFacts() throws(StoreError) -> Facts {
        if let real { return try real.readFacts() }
        return outside[\.disk.facts] ?? Facts(stateID: newID)
    }

    func readIndex() throws(StoreError) -> [IndexRow] {
        if let real { return try real.readIndex() }
        return outside[\.disk.rows].values.sorted { $0.slot < $1.slot }
    }

    func readObject(_ slot: Slot) throws(StoreError) -> Object {
        if let real { return try real.readObject(slot) }
        guard let object = outside[\.disk].objects[slot] else {
            throw StoreError(.damaged, doing: "read", reason: "an object is missing")
        }
        return Self.read(object)
    }

    func readObjects(marked mark: Mark) throws(StoreError) -> [Object] {
        if let real { return try real.readObjects(marked: mark) }
        return outside.with { content in
            content.disk.rows.values.filter { $0.isMarked(mark) }.compactMap { content.disk.objects[$0.slot] }
        }
    }

    func readOccurrences() throws(StoreError) -> [Occurrence] {
        if let real { return try real.readOccurrences() }
        return outside[\.disk.occurrences]
    }

    func readObjects(_ body: (Slot, Object) -> Void) throws(StoreError) {
        if let real { return try real.readObjects(body) }
        for (slot, object) in outside[\.disk.objects] { body(slot, Self.read(object)) }
    }

    /// The object as a disk gives it back: its status written down and read again.
    private static func read(_ object: Object) -> Object {
        object.with(status: Status(kind: object.kind, value: object.status.value), origin: nil)
    }

    func write(_ batch: JournalBatch) throws(StoreError) {
        guard outside.survives("journal write") else { throw Self.died }
        if let error = fault() { throw error }
        if let real {
            try real.write(batch)
            outside[\.disk.facts] = batch.facts
        } else {
            outside.with { content in
                content.disk.facts = batch.facts
                for row in batch.rows { content.disk.rows[row.slot] = row }
                for (slot, object) in batch.objects { content.disk.objects[slot] = object }
                content.disk.occurrences = (content.disk.occurrences + batch.occurrences).suffix(2_000)
            }
        }
        // What is written is not told to anybody.
        guard outside.survives("publish") else { throw Self.died }
    }

    func close() { real?.close() }

    private static let died = StoreError(.other, doing: "write", reason: "the process died")

    private func fault() -> StoreError? {
        outside.with { content in
            guard let (fault, after, count) = content.diskFault else { return nil }
            guard after == 0 else {
                content.diskFault = (fault, after - 1, count)
                return nil
            }
            content.diskFault = count > 1 ? (fault, 0, count - 1) : nil
            content.faults += 1
            content.reached["disk was \(fault)", default: 0] += 1
            return fault == .full
                ? StoreError(.full, doing: "write", reason: "the disk is full")
                : StoreError(.other, doing: "write", reason: "the disk failed")
        }
    }
}

// MARK: - Builder

/// A builder whose Builds end as the seed says, once it says so.
struct SimulatedBuilds: Builder {
    let outside: Outside

    var name: String { "simulated" }

    func carryOut(_ orders: [BuildOrder], ended: [Key]) async -> [(Key, BuildReport)] {
        guard outside.survives("builder call") else { return [] }
        let (builds, isUndecided) = outside.with { ($0.builds, $0.buildsUndecided) }
        return orders.map { order in
            guard let succeeds = builds[order.uid] ?? (isUndecided ? nil : true) else {
                return (order.key, BuildReport(.running, builder: name))
            }
            let outcome = succeeds ? BuildReport.Outcome.succeeded : .failed(message: "step 1 ended with 1")
            return (order.key, BuildReport(outcome, builder: name))
        }
    }
}

// MARK: - Runtime

/// Containers that become what the seed says of their names and images.
struct SimulatedContainers: Runtime {
    let outside: Outside
    let clock: any Clock
    /// Whether somebody may come in between; not within what came in between.
    let mayBeDisturbed: Bool

    var name: String { "simulated" }

    func carryOut(_ workloads: [Object], gone: [Key]) async -> [(Key, WorkloadStatus)] {
        guard outside.survives("runtime call") else { return [] }
        let now = clock.now()
        let answers = outside.with { content -> [(Key, WorkloadStatus)] in
            for key in gone { content.containers[key] = nil }
            return workloads.compactMap { workload in
                let image = workload.spec["image"]?.string ?? ""
                let uid = workload.metadata.uid
                let old = content.containers[workload.key]
                let container =
                    old?.uid == uid && old?.image == image
                    ? old ?? Outside.Container(uid: uid, image: image, since: now)
                    : Outside.Container(uid: uid, image: image, since: now)
                content.containers[workload.key] = container
                return phase(of: container, workload.key, at: now, &content.reached).map {
                    (workload.key, WorkloadStatus(phase: $0, runtime: name))
                }
            }
        }
        if mayBeDisturbed,
            let meanwhile = outside.with({ content in
                defer { content.meanwhile = nil }
                return content.meanwhile
            })
        {
            outside.note("edit while the runtime is at work")
            await meanwhile()
        }
        return outside.survives("answer of the runtime") ? answers : []
    }

    /// What can be said of a container; nil for nothing yet.
    private func phase(
        of container: Outside.Container,
        _ key: Key,
        at now: Instant,
        _ reached: inout [String: Int]
    ) -> WorkloadStatus.Phase? {
        if let turn = container.turn { return turn }
        guard let (delay, phase) = outside.fate(of: key, image: container.image) else {
            if now == container.since { reached["container hangs", default: 0] += 1 }
            return nil
        }
        switch phase {
        case .failed(let failure):
            reached[failure.reason == "ContainerMissing" ? "image missing" : "container fails", default: 0] += 1
        case .ready, .pending: break
        }
        return now >= container.since + delay ? phase : nil
    }

    static let failure = WorkloadStatus.Phase.failed(
        .init(condition: "ContainerHealthy", reason: "ExitCode3", message: "Container failed with: oops")
    )
}

extension Outside {
    /// What becomes of a container by itself, and how long after it was begun; nil for one that hangs.
    func fate(of key: Key, image: String) -> (delay: Duration, phase: WorkloadStatus.Phase)? {
        let fate = SplitMix64.hash("\(key.path) \(image)", seed: seed)
        switch fate % 100 {
        case 0..<76: return (.milliseconds([0, 0, 700, 3_000][Int(fate >> 8 & 3)]), .ready)
        case 76..<84: return (.zero, SimulatedContainers.failure)
        case 84..<90:
            let message = "Unable to fetch image '\(image)': not found"
            let missing = WorkloadStatus.Failure(
                condition: "ContainerHealthy",
                reason: "ContainerMissing",
                message: message
            )
            return (.zero, .failed(missing))
        default: return nil
        }
    }
}

// MARK: - Remote

extension Outside {
    /// The faults of the way to the remote.
    ///
    /// - Parameter published: the version that the process has published by now.
    func remoteFault(published: @escaping @Sendable () -> Int) -> RemoteFault {
        { (step: RemoteStep) throws(GitError) in
            guard self.survives(Self.name(of: step)) else {
                throw GitError(.other, doing: "\(step)", reason: "the process died")
            }
            if step == .push {
                let version = published()
                self.with { if $0.disk.facts?.version ?? 0 < version { $0.unwrittenPushes += 1 } }
                let push = self.with { content in
                    defer { content.foreignPush = nil }
                    return content.foreignPush
                }
                if let push {
                    self.note("somebody pushed while a report was on its way")
                    push()
                }
            }
            if step == .pushed { self.with { $0.pushes += 1 } }
            guard let wrong = self.dueFault(at: step) else { return }
            self.note("remote \(wrong) at \(step)")
            switch wrong {
            case .refuses: throw GitError(.refused, doing: "\(step)", reason: "nobody answers")
            case .declines: throw GitError(.rejected, doing: "\(step)", reason: "the server declined")
            case .timesOut, .answerIsLost: throw GitError(.timeout, doing: "\(step)", reason: "it took too long")
            case .isLate: self.with { $0.wall = $0.wall + .seconds(45) }
            }
        }
    }

    private static func name(of step: RemoteStep) -> String {
        switch step {
        case .ask: "asking the remote"
        case .bring: "fetching"
        case .push: "push"
        case .pushed: "the answer to a push"
        }
    }

    private func dueFault(at step: RemoteStep) -> Action.Wrong? {
        with { content in
            guard let (wrong, after) = content.remoteFault else { return nil }
            // A server declines what is pushed; an answer is lost after it.
            if wrong == .declines, step != .push { return nil }
            if wrong == .answerIsLost, step != .pushed { return nil }
            if step == .pushed, wrong != .answerIsLost { return nil }
            guard after == 0 || wrong == .declines || wrong == .answerIsLost else {
                content.remoteFault = (wrong, after - 1)
                return nil
            }
            content.remoteFault = nil
            if wrong != .isLate { content.faults += 1 }
            return wrong
        }
    }
}
