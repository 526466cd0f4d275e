internal import Git
public import Resources
internal import Store
internal import YAML

/// What it takes to know nothing of a Sync any more: what it applied is handed over, let go of or deleted; its records, its
/// history and what it defines go, and at last the Sync itself.
public struct Forgetting: Sendable {
    /// The Sync.
    public let sync: String
    /// What stays live and belongs to nobody, ascending.
    public private(set) var kept: [Key] = []
    /// What goes, ascending.
    public private(set) var deleted: [Key] = []
    /// What another Sync waited for and has from now on, ascending.
    public private(set) var handedOver: [(key: Key, heir: String)] = []
    /// The Syncs that it defined, which are followed no more.
    public private(set) var children: [String] = []
    /// The Syncs that report to the same place, and will tell there that this one has gone.
    let peers: [Key]
    /// Of a first transaction, after which the Sync is there still, so that its last report can be written.
    let changes: [Change]

    /// Works it out.
    ///
    /// - Parameter deletes: whether what nobody else waits for is deleted, but for what `elafros.dev/prune: "false"` keeps.
    /// - Throws: `SyncError` where a repository defines the Sync.
    init(_ sync: Object, in state: State, deletes: Bool) throws(SyncError) {
        let name = sync.metadata.name
        if let child = ChildDefinition(of: sync) {
            throw SyncError(
                .defined,
                "Sync \(name) is defined by Sync \(child.parent), at \(child.place); remove it there, and sync that one first"
            )
        }
        self.sync = name
        var changes: [Change] = []
        func settle(_ key: Key) {
            for mark in [Mark.edited, .drifted, .orphaned] where state.isMarked(key, mark) {
                changes.append(.unmark(key, mark, ifVersionAtMost: .max))
            }
        }
        for kind in Kind.allCases where kind.isAPI {
            for key in state.keys(kind) {
                guard let object = state[key], let origin = object.origin, origin.sync == name else { continue }
                if let heir = state.heir(to: object, of: name, commit: origin.commit) {
                    changes.append(.setOrigin(key, heir))
                    handedOver.append((key, heir.sync))
                    continue
                }
                settle(key)
                if deletes, object.metadata.annotations[Labels.prune] != "false" {
                    changes.append(.delete(key, .background))
                    deleted.append(key)
                } else {
                    changes.append(.setOrigin(key, nil))
                    kept.append(key)
                }
            }
        }
        for key in state.keys(.manifestFile) where key.namespace == name {
            // What people deleted by hand nobody brings back.
            for named in state[key].map({ ManifestRecord($0).documents.compactMap(\.key) }) ?? []
            where !state.contains(named) { settle(named) }
            if state.isMarked(key, .heldBack) { changes.append(.unmark(key, .heldBack, ifVersionAtMost: .max)) }
            changes += [.delete(key, .background), .mark(key, .unreported)]
        }
        for kind in [Kind.appliedCommit, .wave] {
            for key in state.keys(kind) where key.namespace == name { changes.append(.delete(key, .background)) }
        }
        for key in state.keys(.sync) {
            guard let child = state[key], ChildDefinition(of: child)?.parent == name else { continue }
            children.append(key.name)
            changes.append(.put(ChildDefinition.removed(from: child)))
        }
        var status = sync.syncStatus
        (status.heldBack, status.pruneRefused, status.drifted, status.orphaned) = (0, 0, 0, 0)
        status.waves = SyncStatus.Waves()
        status.isReportOwed = true
        changes.append(.setStatus(sync.key, .sync(status)))
        peers = Self.peers(of: sync, in: state)
        for key in peers {
            guard var status = state[key]?.syncStatus else { continue }
            status.isReportOwed = true
            changes.append(.setStatus(key, .sync(status)))
        }
        self.changes = changes
    }

    private static func peers(of sync: Object, in state: State) -> [Key] {
        let places = [ReportScope.Place.branch, .directory].filter { sync.spec[$0.rawValue] != nil }
        let syncs = places.flatMap { ReportScope(of: sync, at: $0, in: state).syncs.map(\.key) }
        return Set(syncs).subtracting([sync.key]).sorted()
    }
}

extension SyncRun {
    /// Forgets the Sync: in one transaction all that it had, then its last report, then the Sync itself. Cut off anywhere
    /// between, it can be done again.
    ///
    /// - Returns: what became of what it had, and why its last report could not be written; nil where there is no such Sync.
    /// - Throws: `SyncError` where a repository defines it, `StoreError`.
    public func forget(deletes: Bool, at now: Instant) async throws -> (
        forgetting: Forgetting, reportFailure: (any Error)?
    )? {
        let key = Key(.sync, "", options.name)
        _ = try store.load()
        let forgetting = try await store.commit(durably: true) { state -> Forgetting? in
            guard let sync = state[key] else { return nil }
            let forgetting = try Forgetting(sync, in: state, deletes: deletes)
            try state.apply(forgetting.changes, at: now)
            return forgetting
        }
        guard let forgetting else { return nil }
        var failure: (any Error)?
        do {
            // A push of one that is no more would look to the others like another runner's.
            if forgetting.peers.isEmpty { _ = try await reportStanding() }
        } catch let error where error is ReportError || error is GitError {
            failure = error
        }
        try await store.commit(durably: true) { state in _ = try state.apply([.delete(key, .background)], at: now) }
        return (forgetting, failure)
    }
}
