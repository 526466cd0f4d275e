internal import Engine
internal import Resources
internal import Store
internal import YAML

/// Sync waves: what a commit changes goes in ascending order of the waves that manifests name, each when the objects of those
/// before are ready; what git no longer names goes last, in descending order, once all waves went.
///
/// The first wave is a part of the plan's own transaction, where nothing is in its way. What has to wait is kept as objects,
/// which the engine carries out. Where no manifest names a wave, nothing waits.
extension Planner {
    /// Has the files read again whose objects wait: what is live may have changed since, and nothing else would ask for them.
    mutating func readWaitingAgain() {
        let paths = Set(waiting.origins.values.map(\.path)).sorted()
        for record in paths.filter(isUntouched).compactMap({ record($0) }) { reread(record) }
    }

    // MARK: What has to wait

    /// Whether a change of an object goes with its wave. What another left to this Sync is taken over at once, and so is
    /// another wave alone, which is no other wish.
    func hasToWait(for merged: Object, over base: Object, _ live: Object) -> Bool {
        guard usesWaves, live.origin?.sync == sync else { return false }
        var metadata = merged.metadata
        metadata.annotations[Labels.syncWave] = base.metadata.annotations[Labels.syncWave]
        return !merged.with(metadata: metadata).isSameWish(as: base)
    }

    /// Plans an object for its wave.
    ///
    /// - Parameters:
    ///   - live: what is there.
    ///   - healed: what healing makes of it, which does not wait.
    mutating func stage(_ object: Object, as desired: Desired, over live: Object? = nil, healed: Object? = nil) {
        guard usesWaves, let origin = object.origin else {
            plan.writes.append(.put(object))
            return
        }
        let write = PlannedWrite.Application(
            key: object.key,
            origin: origin,
            owners: desired.owners,
            keepsEdits: rules.leavesDrift,
            ignored: rules.pointers(for: object.key)
        )
        var besides: [Change] = healed.map { [.put($0)] } ?? []
        if let before = live?.origin {
            // Where it stands is so at once; what it says is not.
            let moved = Origin(
                sync: sync,
                path: origin.path,
                line: origin.line,
                commit: before.commit,
                lastApplied: before.lastApplied
            )
            if moved != before { besides.append(.setOrigin(object.key, moved)) }
        }
        let application = StagedWrites.Application(object: object, write: write, besides: besides)
        staged.apply(application, in: SyncWave.number(in: desired.annotations))
    }

    /// Plans the end of an object.
    mutating func stagePrune(_ object: Object) {
        if usesWaves {
            staged.pruned[object.syncWave, default: []].append(object.key)
        } else {
            plan.writes.append(.delete(object.key, .background))
        }
    }

    // MARK: Steps

    /// Puts what is staged into its order: what need not wait into this transaction, and all else into waves, in place of those
    /// of an earlier plan. What is pruned waits for nothing but that all waves went.
    mutating func arrangeWaves() {
        guard usesWaves else { return }
        var unready = unreadyObjects(below: staged.applied.keys.max() ?? .min)
        var later: [Wave] = []
        var earlier: [Key] = []
        var released: [Int] = []
        for step in staged.steps {
            if step.isPrune {
                earlier = []
            } else {
                earlier += unready.filter { $0.value < step.number }.keys
                unready = unready.filter { $0.value >= step.number }
            }
            if later.isEmpty, earlier.isEmpty {
                plan.writes += step.changes
                if !step.isPrune { released = [step.number] }
            } else {
                plan.writes += step.changesBesides
                later.append(
                    Wave(
                        sync: sync,
                        turn: later.count + 1,
                        number: step.number,
                        waitsFor: earlier.sorted(),
                        changes: step.writes
                    )
                )
            }
            earlier = step.applied
        }
        write(later, after: released)
    }

    /// What is not ready in waves before a wave, or may not be for what this plan does at once; with its wave. What a later
    /// step changes is none of it.
    private func unreadyObjects(below limit: Int) -> [Key: Int] {
        var found: [Key: Int] = [:]
        for change in plan.changes where change.key.kind.isAPI && !staged.keys.contains(change.key) {
            if let after = change.after { found[change.key] = SyncWave.number(in: after.metadata.annotations) }
        }
        guard limit > .min else { return found }
        for key in Kind.allCases.filter(\.isAPI).flatMap({ state.keys($0) }) where found[key] == nil {
            guard let object = state[key], object.origin?.sync == sync, object.syncWave < limit,
                !staged.keys.contains(key), isNamed(key), !Wave.isReady(key, in: state, at: now)
            else { continue }
            found[key] = object.syncWave
        }
        return found
    }

    private func isNamed(_ key: Key) -> Bool { claims[key] != nil || !untouchedClaims(on: key).isEmpty }

    /// Writes the waves that wait, after those that this plan lets go.
    private mutating func write(_ later: [Wave], after released: [Int]) {
        plan.writes += later.map { .put($0.object) }
        let kept = Set(later.map(\.key))
        plan.writes += waiting.waves.filter { !kept.contains($0.key) }.map { .delete($0.key, .background) }
        for index in plan.changes.indices {
            let change = plan.changes[index]
            plan.changes[index].wave =
                change.after.map { SyncWave.number(in: $0.metadata.annotations) } ?? change.before?.syncWave
        }
        guard later != waiting.waves else { return }
        markReport(Key(.sync, "", sync))
        waves = SyncStatus.Waves()
        guard !later.isEmpty else { return }
        waves.planned = now
        waves.released = released
        waves.waiting = later.reduce(0) { $0 + $1.changes.count }
    }
}

extension Plan.Input {
    /// Whether any manifest that was read names a wave.
    var namesWaves: Bool {
        readings.contains { reading in
            reading.documents.contains { document in
                guard case .desired(let desired) = document.content else { return false }
                return SyncWave.number(in: desired.annotations) != 0
            }
        }
    }
}
