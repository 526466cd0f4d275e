import YAML
import Engine
import TestSupport
import Foundation
import Git
import GitOps
import Resources
import Store

extension World {
    /// Runs one sync.
    func sync(_ folder: String, isPatient: Bool) async throws -> (result: SyncResult?, faults: [String]) {
        let name = Self.name(of: folder)
        if !circumstances.isDaemon {
            // A process each: its events are told of by its own store.
            let faults = try await restart()
            guard faults.isEmpty else { return (nil, faults) }
        }
        let generations = respelledGenerations(name)
        let applied = state[Key(.sync, "", name)]?.syncStatus.commit
        let hasWaited = !Wave.all(of: name, in: state).isEmpty
        let context = Follower.Context(sync: name, heldBack: heldBack(), isRebuilding: isBlank)
        let (faultsBefore, pushesBefore, outside, clock) = (
            outside[\.faults], outside[\.pushes], outside, process.clock
        )
        var run = SyncRun(
            options(folder, isPatient: isPatient),
            store: process.store,
            mirror: try mirror(name),
            settings: settings,
            runtime: SimulatedContainers(outside: outside, clock: clock, mayBeDisturbed: circumstances.isDaemon),
            builder: builder,
            clock: clock,
            sleep: { try outside.sleep(until: $0, by: clock) }
        )
        run.reorder = reorder
        var result: SyncResult?
        var faults = try await observing(context) {
            do {
                let done = try await run.run()
                if !outside[\.isDead] { result = done }
                if let failure = done.reportFailure, outside[\.faults] == faultsBefore {
                    return ["sync: its report failed for no reason: \(failure)"]
                }
            } catch {
                outside.note("a sync could not run")
                if outside[\.faults] == faultsBefore { return ["sync: it failed for no reason: \(error)"] }
            }
            return []
        }
        remember(state[Key(.sync, "", name)]?.syncStatus.commit, after: applied)
        if hasWaited, state[Key(.sync, "", name)]?.syncStatus.commit != applied {
            outside.note("a newer commit came while a wave waited")
        }
        if outside[\.faults] == faultsBefore {
            for (key, generation) in generations where state[key].map({ $0.metadata.generation != generation }) ?? false
            {
                faults.append("generation: that of \(key) changed, and only its spelling did")
            }
        }
        let (pushes, limit) = (outside[\.pushes] - pushesBefore, 2)
        if pushes > 0, try await isEmptyReport() { faults.append("report: a commit changed nothing") }
        if pushes > limit { faults.append("report: more than two commits in one sync") }
        if let result {
            faults += try await note(result, name)
        }
        return (result, faults)
    }

    func note(_ result: SyncResult, _ name: String) async throws -> [String] {
        isBlank = false
        if result.report != nil, result.reportFailure == nil { reported.insert(name) }
        if case .movedByAnotherRunner? = result.report?.branch {
            // Nobody else has this state, but one whose disk was lost after a push may be taken for another.
            outside.note("moved by another runner")
            try? await process.store.close()
            try emptyDisk()
            try await boot()
        }
        if !result.heldBack.isZero { outside.note("held back") }
        if result.rewroteHistory { outside.note("history was rewritten") }
        if result.rebuiltMirror { outside.note("mirror was rebuilt") }
        if result.isNothingNew { outside.note("nothing new") }
        for change in result.changes { outside.note("plan \(change.action.rawValue)") }
        if let wave = result.waiting.first {
            outside.note("a wave waited")
            if wave.blocker?.standing == .failed { outside.note("a wave waited for a failed object") }
        }
        for readiness in result.readiness { outside.note("readiness \(readiness.standing.rawValue)") }
        var faults: [String] = []
        for finding in result.findings where finding.severity == .error {
            if finding.path.isEmpty || finding.diagnostic.position == nil || finding.diagnostic.message.isEmpty {
                faults.append("findings: \(finding.rendered) does not say where")
            }
        }
        return faults
    }

    /// The objects whose change waits for its wave.
    var waiting: Set<Key> { Set(syncs.flatMap { Wave.all(of: $0, in: state) }.flatMap(\.changes).map(\.key)) }

    /// The generations of those live Services of which the commit that is to be synced changes the spelling at most.
    private func respelledGenerations(_ sync: String) -> [Key: Int] {
        guard circumstances.folders.count == 1, outside.with({ $0.meanwhile == nil }), !isBlank,
            let old = state[Key(.sync, "", sync)]?.syncStatus.commit.flatMap({ filesByCommit[$0] }),
            // What was broken when it was last read may be behind.
            !old.hasBroken, !files.hasBroken
        else { return [:] }
        var generations: [Key: Int] = [:]
        let waiting = waiting
        for (number, document) in files.documents {
            let key = Files.key(number)
            guard var before = old.documents[number], let live = state[key], !state.isMarked(key, .edited),
                before.secondFile == nil, document.secondFile == nil, !before.isBroken, live.origin != nil,
                !waiting.contains(key)
            else { continue }
            if before.isRespelled != document.isRespelled { outside.note("only the spelling changed") }
            before.isRespelled = document.isRespelled
            before.file = document.file
            if before == document { generations[key] = live.metadata.generation }
        }
        return generations
    }

    /// Whether the newest report is a commit whose tree is its parent's.
    private func isEmptyReport() async throws -> Bool {
        guard let head = try await author.fetchBranch(Self.branch) else { return false }
        let commit = try await author.commitInfo(head)
        guard let parent = commit.parents.first else { return false }
        return try await author.tree(of: parent) == commit.tree
    }

    /// Enters what the files of a commit gave, if it is applied now.
    private func remember(_ commit: String?, after earlier: String?) {
        guard let commit, commit != earlier, let files = filesByCommit[commit] else { return }
        given[commit] = files.given(before: earlier.flatMap { given[$0] } ?? [:])
    }

    /// The live Services that no sync may touch now: their files are broken, or name them twice, or are broken and named them
    /// the last time that they could be read.
    func heldBack() -> Set<Key> {
        guard circumstances.folders == [""] else { return [] }
        var keys: Set<Key> = []
        for (number, document) in files.documents {
            let isHeldBack =
                document.isBroken || document.secondFile != nil
                || files.files(naming: number).contains(where: files.broken.contains)
            let key = Files.key(number)
            if isHeldBack, state[key]?.origin != nil, !state.isMarked(key, .edited) { keys.insert(key) }
        }
        let applied = state[Key(.sync, "", Self.name(of: ""))]?.syncStatus.commit
        let before = applied.flatMap { given[$0] } ?? [:]
        for file in Set(files.wrongFiles) {
            let path = Files.path(file, in: circumstances.folders).path
            for number in before[file, default: []] where files.documents[number] == nil {
                let key = Files.key(number)
                // What had moved here by a commit that was held back as well comes from elsewhere still.
                guard state[key]?.origin?.path == path, !state.isMarked(key, .edited) else { continue }
                outside.note("a broken file keeps what it does not name")
                keys.insert(key)
            }
        }
        return keys
    }

    func drive(_ duration: Duration) async throws -> [String] {
        let before = outside[\.faults]
        return try await observing {
            do {
                _ = try await driver().run(until: process.clock.now() + duration)
                if !outside[\.isDead] { try await process.store.flush() }
            } catch  where outside[\.faults] > before {
                outside.note("driving was cut off")
            }
            return []
        }
    }
}

extension Int {
    fileprivate var isZero: Bool { self == 0 }
}
