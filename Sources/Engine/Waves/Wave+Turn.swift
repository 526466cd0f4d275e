package import Resources
package import Store
internal import YAML

/// When a wave's turn has come, and what it does then. Pure.
extension Wave {
    /// The first of the objects that have to be ready before and are not; nil where nothing is in the way.
    ///
    /// One that is gone was deleted by hand and is awaited as well: the next sync brings it back, or plans without it.
    package func blocker(in state: State, at now: Instant) -> Key? {
        waitsFor.first { !Self.isReady($0, in: state, at: now) }
    }

    /// Whether an object is all that its spec wants by now.
    package static func isReady(_ key: Key, in state: State, at now: Instant) -> Bool {
        guard let object = state[key] else { return false }
        return Verdict(object, in: state).state == .ready && !isAtWork(key, in: state, at: now)
    }

    /// Whether a reconciler has yet to look at an object or at what was made for it: what its status says is of before.
    private static func isAtWork(_ key: Key, in state: State, at now: Instant, depth: Int = 0) -> Bool {
        if let due = state.due(key), due <= now, !state.isChore(key) { return true }
        // Owners that people wrote by hand may go round in a circle.
        return depth < 8 && state.children(of: key).contains { isAtWork($0, in: state, at: now, depth: depth + 1) }
    }

    /// Whether a wave can go.
    enum Turn {
        /// The one before it went, all that it waits for is ready, and nobody suspended the Sync.
        case come
        /// It will be, unless those say otherwise who have yet to look at this instant.
        case uncertain
        /// Something is in the way whose change wakes the wave.
        case later
    }

    /// Whether the wave that an object holds can go. Asked each time that anything changes that it waits for, so it reads no
    /// more than up to the first that is not ready.
    static func turn(of object: Object, in state: State, at now: Instant) -> Turn {
        let earlier = object.spec["after"]?.string.map { object.key.sibling(.wave, $0) }
        guard earlier.map({ !state.contains($0) }) ?? true else { return .later }
        let sync = state[Key(.sync, "", object.metadata.namespace)]
        guard sync?.syncStatus.suspension == nil else { return .later }
        guard let blocker = awaited(by: object).first(where: { !isReady($0, in: state, at: now) }) else { return .come }
        return isAtWork(blocker, in: state, at: now) ? .uncertain : .later
    }

    private var syncKey: Key { Key(.sync, "", sync) }

    /// The transaction that carries it out.
    ///
    /// What cannot be done any more, because another object made one of that name meanwhile, a rule forbids the change of
    /// what is live by now or another Sync wants what was to go, stays, and the waves after it wait: the next sync decides anew.
    package func release(in state: State) -> [Change] {
        var changes: [Change] = []
        var left: [PlannedWrite] = []
        let sync = state[syncKey]
        let isReporting = sync?.spec["reportBranch"] != nil || sync?.spec["reportDirectory"] != nil
        for change in self.changes {
            if let writes = writes(of: change, in: state) { changes += writes } else { left.append(change) }
            // The record of a file stands in the report with one of the objects that it gave and that are there.
            guard isReporting, case .apply(let application) = change else { continue }
            changes.append(.mark(Key(.manifestFile, self.sync, application.origin.path), .unreported))
        }
        if left.isEmpty {
            changes.append(.delete(key, .background))
        } else if left.count < self.changes.count {
            let rest = Wave(sync: self.sync, turn: turn, number: number, waitsFor: [], changes: left)
            changes.append(.put(rest.object))
        }
        guard var status = sync?.syncStatus else { return changes }
        status.waves.waiting = max(0, status.waves.waiting - (self.changes.count - left.count))
        if !isPrune, left.isEmpty { status.waves.released.append(number) }
        return [.setStatus(syncKey, .sync(status))] + changes
    }

    /// Nil where the object may not be written or deleted.
    private func writes(of change: PlannedWrite, in state: State) -> [Change]? {
        switch change {
        case .apply(let application): apply(application, in: state)
        case .prune(let key): prune(key, in: state)
        }
    }

    private func apply(_ application: PlannedWrite.Application, in state: State) -> [Change]? {
        let key = application.key
        let isHandmade = state.isMarked(key, .edited) || state.isMarked(key, .drifted)
        guard let live = state[key] else {
            // What people deleted stays away, where the Sync leaves it to them.
            if application.keepsEdits, isHandmade { return [] }
            let marks = [Mark.edited, .drifted].filter { state.isMarked(key, $0) }
            return [.put(application.draft)] + marks.map { .unmark(key, $0, ifVersionAtMost: .max) }
        }
        if let origin = live.origin {
            guard origin.sync == sync else { return nil }
        } else if live.metadata.controller != nil {
            return nil
        }
        let new = application.applied(over: live, isHandmade: isHandmade)
        guard new.spec == live.spec || Admission.check(new, old: live).isEmpty else { return nil }
        return [.put(new)]
    }

    private func prune(_ key: Key, in state: State) -> [Change]? {
        guard state[key]?.origin?.sync == sync else { return [] }
        // Another Sync names it by now: it is handed over, which takes a plan.
        let isWanted = state.referrers(of: key).contains { $0.kind == .manifestFile && $0.namespace != sync }
        guard !isWanted else { return nil }
        let marks = [Mark.edited, .drifted].filter { state.isMarked(key, $0) }
        return [.delete(key, .background)] + marks.map { .unmark(key, $0, ifVersionAtMost: .max) }
    }
}

extension Wave {
    /// Carries out all that waits for its turn, as if everything had become ready in time: what a plan leads to.
    ///
    /// - Throws: What the store refuses.
    package static func releaseAll(of sync: String, in state: inout State, at now: Instant) throws(StoreError) {
        for wave in all(of: sync, in: state) {
            try state.apply(wave.release(in: state) + [.delete(wave.key, .background)], at: now)
        }
    }
}
