import Engine
import Foundation
import Git
import GitOps
import Resources
import Store
import TestSupport
import YAML

/// The score that previews live by: a pull request is previewed by one instance, merged by git, and synced by another
/// instance in another order; every object and every step of the timeline is compared with what the preview said.
public enum Fidelity {
    /// What became of one pull request.
    public struct Verdict: Sendable {
        /// The seed.
        public let seed: UInt64
        /// Where the preview was wrong; empty where it was right.
        public let differences: [String]
        /// The kinds of pull request that it was.
        public let traits: Set<String>
    }

    /// The kinds that have to make up a part of all pull requests, at least one in twenty each.
    public static let neededTraits = [
        "mode switch", "pin", "failing revision", "rename", "conflict with the base",
        "merge in the middle of a rollout",
    ]

    /// What is no mistake, and yet no foretelling: git merged the two sides otherwise, and the preview had said that it may.
    public static let mergedOtherwise = "git merged otherwise, as the preview said it may"

    /// Runs one seed.
    public static func run(seed: UInt64) async -> Verdict {
        var generator = Generator(seed: seed)
        let (circumstances, pull) = generator.makePullRequest()
        do {
            let world = try await World(seed: seed, circumstances)
            var trial = Trial(world: world, pull: pull)
            let differences = try await trial.run()
            return Verdict(seed: seed, differences: differences, traits: trial.traits)
        } catch {
            return Verdict(seed: seed, differences: ["thrown: \(error)"], traits: [])
        }
    }
}

/// One pull request, from the life before it to the comparison.
private struct Trial {
    let world: World
    let pull: PullRequest
    var traits: Set<String> = []

    private var folder: String { world.circumstances.folders[pull.sync % world.circumstances.folders.count] }

    mutating func run() async throws -> [String] {
        for action in pull.life {
            let faults = try await world.act(action)
            guard faults.isEmpty else { return faults.map { "life: \($0)" } }
        }
        try await pushHead()
        for action in pull.last {
            passMoment()
            var faults = try await world.act(action)
            // Whoever carries the state on does at once what is due at once.
            if world.circumstances.isDaemon { faults += try await world.act(.drive(0)) }
            guard faults.isEmpty else { return faults.map { "life: \($0)" } }
        }
        passMoment()
        noteLife()
        try await world.process.store.flush()

        let at = world.process.clock.now() + pull.delay
        let preview = try await preview(at: at)
        note(preview)
        let alone = try await rehearseBase()
        let syncs = world.state.keys(.sync).map(\.name)
        let waiting = Set(syncs.flatMap { WaitingWave.all(of: $0, in: world.state).flatMap(\.keys) })
        let tree = try merge()
        if tree == nil || preview.subject.tree == nil { traits.insert("conflict with the base") }
        guard preview.subject.tree?.hex == tree else {
            // libgit2's merge is not git's in every case: then the preview has to say so.
            guard preview.findings.contains(where: { [.conflict, .movedFolder, .mergedFile].contains($0.topic) }) else {
                return [
                    "merge: git's is \(tree ?? "a conflict"), and foretold \(preview.subject.tree?.hex ?? "a conflict")"
                ]
            }
            traits.insert(Fidelity.mergedOtherwise)
            return []
        }
        guard tree != nil else { return [] }
        let carried = try await sync(at: at)
        return try compare(preview, with: carried, since: at) + compare(preview, with: carried.result, alone, waiting)
    }

    /// Nothing that people do happens in the same millisecond as something else.
    private func passMoment() { world.outside.with { $0.wall = $0.wall + .milliseconds(1) } }

    // MARK: The two sides

    /// The head leaves the base some commits ago.
    private mutating func pushHead() async throws {
        let start = world.history[max(0, world.history.count - 1 - pull.lag)]
        var files = start.files
        for edit in pull.edits where files.apply(edit) { note(edit) }
        let folders = world.circumstances.folders
        let (old, new) = (start.files.texts(in: folders), files.texts(in: folders))
        let changes = Set(new.keys).union(old.keys).sorted().filter { new[$0] != old[$0] }.map { path in
            FileChange(path: path, content: new[path].map { Array($0.utf8) })
        }
        let reference = world.folder.path("remote.git/refs/heads/pull")
        try Data("\(start.commit.hex)\n".utf8).write(to: URL(fileURLWithPath: reference))
        guard !changes.isEmpty else { return }
        _ = try await world.author.publish(
            branch: "pull",
            parent: start.commit,
            changes: changes,
            message: "a pull request\n",
            author: Signature(name: "Bea", email: "bea@example.com", milliseconds: 1_700_000_000_000)
        )
    }

    /// Merges as a forge does, by git itself, and moves the base there. Returns the tree; nil where they conflict.
    private func merge() throws -> String? {
        let remote = world.folder.path("remote.git")
        let environment = [
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_AUTHOR_NAME": "Forge",
            "GIT_AUTHOR_EMAIL": "forge@example.com", "GIT_COMMITTER_NAME": "Forge",
            "GIT_COMMITTER_EMAIL": "forge@example.com",
        ]
        func git(_ arguments: String...) throws -> String {
            try Program.run("git", arguments, in: remote, environment: environment)
        }
        let tree: String
        do {
            tree = try git("merge-tree", "--write-tree", "main", "pull")
        } catch let failure as Program.Failure where failure.description.contains("CONFLICT") {
            return nil
        }
        let commit = try git("commit-tree", tree, "-p", "main", "-p", "pull", "-m", "Merge")
        _ = try git("update-ref", "refs/heads/main", commit)
        return tree
    }

    // MARK: The preview

    private func preview(at: Instant) async throws -> Preview {
        var request = PreviewRequest(options, isNamed: true, head: .remote(.branch("pull")))
        request.base = .branch("main")
        request.at = at
        let live = LiveState.state(world.state, isDriven: world.circumstances.isDaemon)
        let mirror = Mirror(
            passing: world.folder.path("preview.git"),
            remote: world.author.remote,
            credentials: Credentials(),
            timeout: .seconds(60),
            borrowingFrom: nil
        )
        var run = PreviewRun(
            request,
            of: live,
            mirror: mirror,
            settings: world.settings,
            runtime: "simulated",
            now: world.process.clock.now()
        )
        run.oracle = world.outside.oracle
        return try await run.run()
    }

    /// What a sync of the base says that writes nothing: a second witness of what is not the merge's.
    private func rehearseBase() async throws -> SyncResult {
        var options = options
        options.isDryRun = true
        let clock = world.process.clock
        return try await SyncRun(
            options,
            store: world.process.store,
            mirror: try world.mirror(World.name(of: folder)),
            settings: world.settings,
            runtime: SimulatedContainers(outside: world.outside, clock: clock, mayBeDisturbed: false),
            clock: clock,
            sleep: { _ in throw Defect("a rehearsal does not wait") }
        ).run()
    }

    private var options: SyncOptions {
        var options = world.options(folder, isPatient: false)
        if pull.isGuarded {
            options.allowsEmpty = false
            options.maxPrunePercent = 50
        }
        return options
    }

    // MARK: The merge, carried out

    /// What really happened.
    private struct Carried {
        let result: SyncResult
        let timeline: Timeline
        let state: Store::State
    }

    /// Another instance, which knows what is on the disk alone, syncs the merge and drives it to rest.
    private func sync(at start: Instant) async throws -> Carried {
        let faults = try await world.restart()
        guard faults.isEmpty else { throw Defect("\(faults)") }
        let outside = world.outside
        if world.circumstances.isDaemon { try await carryOn(until: start) }
        outside.with { $0.wall = max($0.wall, start) }
        guard world.process.clock.now() == start else {
            throw Defect("it is \(world.process.clock.now()), not \(start)")
        }
        let recorder = Recorder(world.state, start)
        let clock = world.process.clock
        var run = SyncRun(
            options,
            store: world.process.store,
            mirror: try world.mirror(World.name(of: folder)),
            settings: world.settings,
            runtime: SimulatedContainers(outside: outside, clock: clock, mayBeDisturbed: false),
            clock: clock,
            sleep: { try recorder.sleep(until: $0, in: outside, of: clock) }
        )
        run.reorder = reorder
        recorder.store = world.process.store
        let result = try await run.run()
        if pull.isCutOff {
            recorder.sample(at: clock.now())
            let faults = try await world.restart()
            guard faults.isEmpty else { throw Defect("\(faults)") }
        }
        let finish = start + .seconds(24 * 3_600)
        // A container that hangs is asked about for ever, and nobody waits for that.
        _ = try await driver(recorder).run(until: finish) { state in
            state.nextDue == nil && outside.nextAnswer(after: clock.now()) == nil
        }
        recorder.sample(at: world.process.clock.now())
        return Carried(result: result, timeline: recorder.timeline, state: world.state)
    }

    /// What is live goes on up to an instant, with its housekeeping, as under `serve`.
    private func carryOn(until end: Instant) async throws {
        let (outside, clock) = (world.outside, world.process.clock)
        let recorder = Recorder(world.state, end)
        let driver = driver(recorder)
        while true {
            _ = try await driver.step()
            guard clock.now() < end else { return }
            try recorder.sleep(until: min(world.state.nextLook ?? end, end), in: outside, of: clock)
        }
    }

    /// Another order of work, as far as the engine leaves one open: kind after kind, so that nobody acts on what is about to
    /// change within the instant.
    private var reorder: (@Sendable ([Key]) -> [Key])? {
        guard pull.order > 0 else { return nil }
        let seed = UInt64(pull.order)
        return { keys in
            guard let first = keys.map(\.kind.rank).min() else { return [] }
            return keys.filter { $0.kind.rank == first }.map { (SplitMix64.hash($0.path, seed: seed), $0) }.sorted {
                $0 < $1
            }
            .map(\.1)
        }
    }

    private func driver(_ recorder: Recorder) -> Driver {
        var engine = Engine(world.settings)
        engine.reorder = reorder
        let (outside, clock) = (world.outside, world.process.clock)
        recorder.store = world.process.store
        return Driver(
            store: world.process.store,
            engine: engine,
            runtime: SimulatedContainers(outside: outside, clock: clock, mayBeDisturbed: false),
            clock: clock,
            sleep: { try recorder.sleep(until: $0, in: outside, of: clock) }
        )
    }

    private func compare(_ preview: Preview, with carried: Carried, since start: Instant) throws -> [String] {
        guard let end = preview.end else { throw Defect("the preview has no end") }
        var differences = Outlook(end, since: start).differences(to: Outlook(carried.state, since: start))
            .map { "object: \($0)" }
        if preview.timeline != carried.timeline {
            differences.append("timeline: foretold\n\(preview.timeline)\nand came\n\(carried.timeline)")
        }
        let errors = carried.result.findings.filter { $0.severity == .error }
        let told = preview.findings.filter { $0.topic == .manifest && $0.finding.severity == .error }.map(\.finding)
        if told.sorted() != errors.sorted() { differences.append("findings: foretold \(told), found \(errors)") }
        if preview.findings.contains(where: { $0.topic == .guarded }) != (carried.result.pruneRefusal != nil) {
            differences.append("guard: foretold and done differ")
        }
        if !preview.isAtRest { differences.append("rest: foretold never") }
        return differences
    }

    /// Whether what is listed is what was done, each part by what a sync of the base alone says.
    ///
    /// - Parameter waiting: what waits for its wave: of that the base alone is foretold as it will be, and the witness, which
    ///   looks at it now, knows only what it becomes.
    private func compare(_ preview: Preview, with done: SyncResult, _ alone: SyncResult, _ waiting: Set<Key>)
        -> [String]
    {
        var differences: [String] = []
        let parts = [("changes", preview.changes), ("pending", preview.pending), ("drift", preview.drift)]
        for (name, changes) in parts where Set(changes.map(\.key)).count != changes.count {
            differences.append("\(name): an object stands twice, \(changes.map(\.key))")
        }
        let (foretold, reached) = (Set(parts.flatMap(\.1).map(\.key)), Set(done.changes.map(\.key)))
        if foretold != reached {
            differences.append("plan: foretold \(foretold.sorted()), done \(reached.sorted())")
        }
        let healed = { (result: SyncResult) in Set(result.changes.filter(\.isHeal).map(\.key)) }
        let drift = healed(done).intersection(healed(alone))
        if Set(preview.drift.map(\.key)) != drift { differences.append("drift: healed were \(drift.sorted())") }
        for change in preview.changes {
            let steps = done.changes.filter { $0.key == change.key }
            if change.after.map(Wish.init) != steps.last?.after.map(Wish.init) {
                differences.append("change: \(change.key) became something else")
            }
            guard !waiting.contains(change.key) else { continue }
            let before = alone.changes.last { $0.key == change.key }
            if before == nil, change.action != steps.last?.action {
                differences.append("change: \(change.key) was \(steps.map(\.action)), foretold \(change.action)")
            }
            let was = before.map(\.after) ?? steps.first?.before
            if change.before.map(Wish.init) != was.map(Wish.init) {
                differences.append("change: \(change.key) was something else")
            }
        }
        // A line that moved says the same, and so does a file where the object tells enough.
        func counts(_ errors: [String]) -> [String: Int] { Dictionary(errors.map { ($0, 1) }, uniquingKeysWith: +) }
        func said(_ finding: Finding) -> String {
            "\(finding.key?.description ?? finding.path) "
                + finding.diagnostic.message.replacing(#/:[0-9]+/#, with: "")
        }
        let old = counts(alone.findings.filter { $0.severity == .error }.map(said))
        let now = counts(done.findings.filter { $0.severity == .error }.map(said))
        let new = now.merging(old) { max(0, $0 - $1) }.filter { now[$0.key] != nil && $0.value > 0 }
        let told = counts(
            preview.newFindings.filter { $0.topic == .manifest && $0.finding.severity == .error }.map {
                said($0.finding)
            }
        )
        if told != new { differences.append("new errors: foretold \(told), are \(new)") }
        return differences
    }

    /// What an author writes of an object.
    private struct Wish: Equatable {
        let labels, annotations: StringMap
        let spec: Value

        init(_ object: Object) {
            (labels, annotations) = (object.metadata.labels, object.metadata.annotations)
            spec = object.spec
        }
    }

    // MARK: What it was

    private mutating func note(_ edit: Action.Edit) {
        switch edit {
        case .runLatest, .manual, .release: traits.insert("mode switch")
        case .pin: traits.formUnion(["mode switch", "pin"])
        case .rename, .move: traits.insert("rename")
        case .breakFile, .breakDocument, .duplicate: traits.insert("manifests are wrong")
        case .delete: traits.insert("delete")
        case .pace, .steps: traits.insert("another pace")
        default: break
        }
    }

    private mutating func noteLife() {
        let state = world.state
        if state.keys(.route).contains(where: { !(state[$0]?.routeStatus.rollouts.isEmpty ?? true) }) {
            traits.insert("merge in the middle of a rollout")
        }
        if state.count(.wave) > 0 { traits.insert("merge while a wave waits") }
        if world.circumstances.folders.count > 1 { traits.insert("two Syncs") }
        traits.insert(world.circumstances.isDaemon ? "somebody carries on" : "nobody carries on")
        if pull.isCutOff { traits.insert("a restart on the way") }
        if pull.order > 0 { traits.insert("another order") }
        if pull.lag > 0 { traits.insert("the base went on") }
    }

    private mutating func note(_ preview: Preview) {
        if !preview.drift.isEmpty { traits.insert("drift") }
        if !preview.pending.isEmpty { traits.insert("pending on the base") }
        if preview.changes.isEmpty { traits.insert("nothing changes") }
        let hasWaves = preview.timeline.entries.contains { if case .wave = $0.what { true } else { false } }
        if hasWaves { traits.insert("in waves") }
        if preview.findings.contains(where: { $0.topic == .guarded }) { traits.insert("a guard refuses") }
        let hasFailed = preview.timeline.entries.contains { entry in
            guard case .failed = entry.what else { return false }
            return entry.key.kind == .revision
        }
        if hasFailed { traits.insert("failing revision") }
    }
}

/// Writes down what happens while virtual time passes, an instant at a time.
private final class Recorder: @unchecked Sendable {
    private let start: Instant
    private var last: Store::State
    private(set) var timeline = Timeline()
    /// Whose state is looked at; another process may have taken over.
    var store: Store?

    init(_ state: Store::State, _ start: Instant) {
        last = state
        self.start = start
    }

    /// Enters what became of all objects since the last look, as of one instant.
    func sample(at now: Instant) {
        guard let state = store?.state else { return }
        var changes: [(key: Key, old: Object?, new: Object?)] = []
        // A Sync tells which waves went.
        for kind in Kind.allCases where !kind.isBookkeeping || kind == .sync {
            for key in Set(last.keys(kind)).union(state.keys(kind)) {
                let (old, new) = (last[key], state[key])
                if old?.metadata.resourceVersion != new?.metadata.resourceVersion { changes.append((key, old, new)) }
            }
        }
        timeline.note(changes, at: now - start)
        last = state
    }

    /// Lets time pass until an instant, or until a container has something to say.
    func sleep(until instant: Instant, in outside: Outside, of clock: any Clock) throws {
        let now = clock.now()
        sample(at: now)
        let answer = outside.nextAnswer(after: now)
        try outside.sleep(until: answer.map { min($0, instant) } ?? instant, by: clock)
    }
}

extension Outside {
    /// When a container next becomes what it will be.
    fileprivate func nextAnswer(after now: Instant) -> Instant? {
        self[\.containers].compactMap { key, container -> Instant? in
            guard container.turn == nil, let fate = fate(of: key, image: container.image) else { return nil }
            return container.since + fate.delay
        }.filter { $0 > now }.min()
    }

    /// What is heard of a workload, and when: what the containers themselves will say.
    fileprivate var oracle: @Sendable (Object, Instant) -> (at: Instant, status: WorkloadStatus)? {
        { workload, now in
            let image = workload.spec["image"]?.string ?? ""
            let old = self[\.containers][workload.key]
            let isSame = old?.uid == workload.metadata.uid && old?.image == image
            if isSame, let turn = old?.turn { return (now, WorkloadStatus(phase: turn, runtime: "simulated")) }
            guard let fate = self.fate(of: workload.key, image: image) else { return nil }
            let since = isSame ? old?.since ?? now : now
            return (since + fate.delay, WorkloadStatus(phase: fate.phase, runtime: "simulated"))
        }
    }
}
