internal import Resources
internal import Store
internal import YAML

/// Retires the Revisions of a Configuration that nothing leads to any more, wakes those that something leads to again, and
/// deletes the old ones (specification §10.3, §15.3).
///
/// Since when nothing leads to a Revision is kept in the Configuration's status. All of it is housekeeping: nobody waits
/// for it, and a state that has nothing else to do is at rest. And it comes last: a Revision that is named in the moment in
/// which it would go stays, in whatever order things are looked at.
struct RevisionHousekeeping {
    /// The Revisions that nothing leads to, for the Configuration's status; oldest first.
    private(set) var unreached: [UnreachedRevision] = []
    /// What has to change now.
    private(set) var changes: [Change] = []
    /// When to look again.
    private(set) var dueAgain: Instant?

    private let now: Instant
    /// Whether nothing else is to be done at this moment, so that Revisions may go.
    private var isLast = false
    private let retention: RevisionRetention

    /// - Parameters:
    ///   - kept: the names of the Revisions that the Configuration needs itself: the newest, and the latest ready one.
    ///   - before: since when nothing led to Revisions at the last look.
    init(
        _ configuration: Object,
        keeping kept: [String?],
        since before: [UnreachedRevision],
        in state: borrowing State,
        at now: Instant,
        _ retention: RevisionRetention
    ) {
        self.now = now
        self.retention = retention
        // Nearly always there is one Revision and nothing to keep house for.
        guard state.childCount(of: configuration.key) > 1 || !before.isEmpty else { return }
        isLast = state.isChore(configuration.key)
        var left: [(revision: Object, since: Instant)] = []
        for key in state.children(of: configuration.key) where key.kind == .revision {
            guard let revision = state[key], revision.isControlled(by: configuration) else { continue }
            guard revision.metadata.labels[Labels.route] == nil, !kept.contains(key.name) else {
                if revision.servingState == .retired { changes.append(revision.serving(.active)) }
                continue
            }
            left.append((revision, before.first { $0.revisionName == key.name }?.since ?? now))
        }
        guard !left.isEmpty else { return }
        left.sort { a, b in
            (a.since, a.revision.configurationGeneration) < (b.since, b.revision.configurationGeneration)
        }
        let collected = collect(left, in: state)
        for (revision, since) in left where !collected.contains(revision.metadata.name) {
            unreached.append(UnreachedRevision(revisionName: revision.metadata.name, since: since))
            retire(revision, since)
        }
    }

    private mutating func wake(at instant: Instant) { dueAgain = dueAgain.map { min($0, instant) } ?? instant }

    private mutating func retire(_ revision: Object, _ since: Instant) {
        guard let delay = retention.retiredAfter, revision.servingState != .retired else { return }
        if now >= since + delay, isLast { changes.append(revision.serving(.retired)) } else { wake(at: since + delay) }
    }

    /// How long after the last change among the unreached Revisions some are deleted: whoever names one of them in the same
    /// moment comes first, in whatever order things are looked at.
    private static let calm = Duration.seconds(1)

    /// Deletes what is old, with the Builds that made nothing else; the names of the Revisions.
    private mutating func collect(_ left: [(revision: Object, since: Instant)], in state: State) -> Set<String> {
        let candidates = left.filter { $0.revision.metadata.annotations[Labels.keptRevision] != "true" }
        var collected: Set<String> = []
        var remaining = candidates.count
        let isTooMany = remaining > retention.least || retention.most.map { remaining > $0 } ?? false
        guard isTooMany, let latest = candidates.last?.since else { return [] }
        let calm = latest + Self.calm
        guard now >= calm else {
            wake(at: calm)
            return []
        }
        for (revision, since) in candidates where remaining > retention.least {
            guard let stale = stale(revision, since), now >= stale else { continue }
            collected.insert(revision.metadata.name)
            remaining -= 1
        }
        if let most = retention.most {
            for (revision, _) in candidates where remaining > most && !collected.contains(revision.metadata.name) {
                collected.insert(revision.metadata.name)
                remaining -= 1
            }
        }
        for (revision, since) in candidates where !collected.contains(revision.metadata.name) {
            guard remaining > retention.least, let stale = stale(revision, since) else { continue }
            wake(at: stale)
        }
        guard !collected.isEmpty else { return [] }
        guard isLast else {
            wake(at: now)
            return []
        }
        for (revision, _) in candidates where collected.contains(revision.metadata.name) {
            changes.append(.delete(revision.key, .background))
            guard let name = revision.revisionSpec.buildName else { continue }
            let build = revision.key.sibling(.build, name)
            let isUsed = state.referrers(of: build).contains { $0.kind == .revision && !collected.contains($0.name) }
            let isMine = state[build]?.controllerKey == revision.controllerKey
            if !isUsed, isMine { changes.append(.delete(build, .background)) }
        }
        return collected
    }

    /// When a Revision is old enough to go; nil where no time makes it so.
    private func stale(_ revision: Object, _ since: Instant) -> Instant? {
        let created = retention.sinceCreation.map { revision.metadata.creationTimestamp + $0 }
        let reached = retention.sinceReached.map { since + $0 }
        return [created, reached].compactMap { $0 }.max()
    }
}

extension Object {
    /// The Revision's serving state, read without the rest of its spec.
    fileprivate var servingState: RevisionSpec.ServingState {
        spec["servingState"]?.string.flatMap(RevisionSpec.ServingState.init) ?? .active
    }

    /// The Revision with another serving state.
    fileprivate func serving(_ servingState: RevisionSpec.ServingState) -> Change {
        var map = spec.map ?? Map()
        map["servingState"] = .string(servingState.rawValue)
        return .put(with(spec: .map(map), origin: nil))
    }

    /// Whether a Revision may be given traffic that it does not have: ready, and with instances, or with somebody who
    /// wakes them. One that was retired has none until its workload answers again.
    var canTakeTraffic: Bool {
        guard isReadyRevision, servingState != .retired else { return false }
        guard let active = status.conditions["Active"] else { return true }
        return active.status == .true || active.status == .false && servingState == .reserve
    }
}
