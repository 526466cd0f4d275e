internal import Engine
internal import Resources
internal import Store

/// What a sync of one tree does to a copy of the live state: its plan, and where that leads.
struct PreviewCourse: Sendable {
    let plan: Plan
    /// The records of the files that were read for it.
    let records: [Key]
    let at: Instant
    /// The copy right after the sync's transaction.
    let state: State
    /// The copy once all waves went: what the plan says of each object.
    let planned: State
    private let events: [Event]

    init(_ plan: Plan, of records: [Key], by sync: String, on live: State, at: Instant) throws(StoreError) {
        var state = live
        events = try state.apply(plan.writes, at: at)
        var planned = state
        try Wave.releaseAll(of: sync, in: &planned, at: at)
        self.planned = planned
        self.plan = plan
        self.records = records
        self.at = at
        self.state = state
    }

    /// Where a course ends.
    struct Rest: Sendable {
        let state: State
        let outcome: RunToRest.Outcome
    }

    /// Runs a copy until nothing moves.
    ///
    /// - Throws: `StoreError` where the disk that the live state is on turned out to be damaged: what cannot be read seems
    ///   absent, and nothing that is shown would hold.
    func rest(_ run: RunToRest) throws(StoreError) -> Rest {
        var (run, state) = (run, state)
        let outcome = try run.run(&state, from: at, after: events)
        if let failure = state.readFailure { throw failure }
        return Rest(state: state, outcome: outcome)
    }
}

// MARK: - What comes of it

extension Preview {
    /// Takes over what the merge's plan says, told apart from what the base alone would do.
    mutating func takePlan(of merged: PreviewCourse, besides alone: PreviewCourse) {
        findings += PreviewFinding.about(merged, besides: alone)
        func keys(_ plan: Plan, where isMeant: (PlannedChange) -> Bool) -> Set<Key> {
            Set(plan.changes.filter(isMeant).map(\.key))
        }
        // What the merge takes back of them does not happen.
        let (healed, reached) = (keys(merged.plan, where: \.isHeal), keys(merged.plan) { _ in true })
        drift = alone.plan.changes.filter { $0.isHeal && healed.contains($0.key) }
        pending = alone.plan.changes.filter { change in
            let isLeft = merged.planned.contains(change.key) || change.after == nil
            return !change.isHeal && isLeft && reached.contains(change.key)
        }
        let planned = keys(alone.plan) { _ in true }
        var known: Set<Key> = []
        changes = merged.plan.changes.compactMap { change in
            // Where the base alone does nothing, the merge does what its plan says.
            guard planned.contains(change.key) else { return change }
            guard known.insert(change.key).inserted else { return nil }
            return PlannedChange(
                net: change.key,
                from: alone.planned[change.key],
                to: merged.planned[change.key],
                source: change.source,
                wave: change.wave
            )
        }
    }

    /// Takes over what the engine makes of it, once the plan was taken over.
    ///
    /// - Parameter alone: where the base alone leads: what is wrong there too is nothing that the merge brings. Asked for only
    ///   where something is wrong.
    mutating func takeRest(_ rest: PreviewCourse.Rest, besides alone: () throws -> PreviewCourse.Rest) throws {
        let state = rest.state
        timeline = rest.outcome.timeline
        ending = rest.outcome.ending
        duration = rest.outcome.end - subject.at
        end = state
        revisions = timeline.entries.filter { $0.key.kind == .revision && $0.what == .created }.map { entry in
            NewRevision(
                key: entry.key,
                image: state[entry.key].map { RevisionSpec($0.spec).image },
                offset: entry.offset
            )
        }
        let touched = (changes + pending + drift).map(\.key)
        let troubled = Troubles(of: state[Key(.sync, "", subject.sync)]).keys
        let moved = state.marked(.unreported).filter { state[$0]?.origin != nil }
        let waiting = WaitingWave.all(of: subject.sync, in: state)
        let awaited = waiting.compactMap(\.blocker?.key)
        let keys = Set(touched + troubled + moved + awaited).filter { state[$0]?.origin?.sync == subject.sync }
        readiness = Readiness.of(keys.sorted(), in: state)
        let isAllWell = ending == .rest && waiting.isEmpty && readiness.allSatisfy { $0.standing == .ready }
        guard !isAllWell else { return }
        let alone = try alone()
        findings += readiness.compactMap { readiness in
            // What the merge changes is the merge's, were it in the same words.
            let (old, new) = (alone.state[readiness.key], state[readiness.key])
            let isSame = old.map { Readiness($0, in: alone.state) } == readiness && old?.spec == new?.spec
            return PreviewFinding.about(readiness, in: state, ending, isOld: isSame)
        }
        let old = Set(WaitingWave.all(of: subject.sync, in: alone.state).map(\.sentence))
        findings += waiting.prefix(1).map { PreviewFinding.about($0, isOld: old.contains($0.sentence)) }
        if let finding = PreviewFinding.about(ending, isOld: alone.outcome.ending == ending) {
            findings.append(finding)
        }
    }
}

extension PlannedChange {
    /// What lies between two states of an object; nil where nothing does.
    fileprivate init?(
        net key: Key,
        from before: Object?,
        to after: Object?,
        source: (path: String, line: Int)?,
        wave: Int?
    ) {
        let action: Action
        switch (before, after) {
        case (nil, nil): return nil
        case (nil, _): action = .created
        case (_, nil): action = .pruned
        case (let before?, let after?):
            switch (before.origin?.sync, after.origin?.sync) {
            case (nil, .some): action = .adopted
            case (let was?, let now) where was != now: action = .released
            default: action = .changed
            }
        }
        self.init(key: key, action: action, source: source, before: before, after: after, wave: wave)
        if action == .changed, fields.isEmpty { return nil }
    }
}
