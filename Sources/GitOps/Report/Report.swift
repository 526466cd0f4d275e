public import Git
public import Resources
public import Store
internal import YAML

/// Where a report goes: a folder, a branch, or both.
public struct ReportTarget: Hashable, Sendable {
    /// The folder into which files are written; nil for none.
    public var directory: String?
    /// The branch of the remote to which they are committed; nil for none.
    public var branch: String?

    /// A target.
    public init(directory: String? = nil, branch: String? = nil) {
        self.directory = directory
        self.branch = branch
    }
}

/// What a report's commit says beside its files, and what it may not do.
public struct ReportContext: Sendable {
    /// The commit that was carried into the state, in hex.
    public var sourceCommit: String
    /// The branch that is followed, where it is one: a report is never pushed there.
    public var followedBranch: String?
    /// Whether the history that is followed was rewritten by a push with force since the last sync.
    public var rewroteHistory: Bool
    /// When it is written: the time of the commit, and of the transaction that notes what was reported.
    public var now: Instant
    /// Whether the target is new or changed, so that nothing that stands there may be relied on.
    public var isFull: Bool
    /// Whether a folder or branch that holds another state's report, or something else, is taken over.
    public var adopts: Bool
    /// How many commits of the branch are kept at least; nil keeps all.
    public var keep: Int?
    /// What signs the branch's commits, and whose signatures are believed.
    public var signing = CommitSigning()
    /// Whether a branch whose last commit nobody signed who is believed is not built upon, unless it is adopted.
    public var verifies = false

    /// A context.
    public init(
        sourceCommit: String,
        followedBranch: String?,
        rewroteHistory: Bool = false,
        now: Instant,
        isFull: Bool = false,
        adopts: Bool = false,
        keep: Int? = nil
    ) {
        self.sourceCommit = sourceCommit
        self.followedBranch = followedBranch
        self.rewroteHistory = rewroteHistory
        self.now = now
        self.isFull = isFull
        self.adopts = adopts
        self.keep = keep
    }
}

/// What became of a report.
public struct ReportOutcome: Hashable, Sendable {
    /// How many files of the folder were written or removed.
    public var filesWritten = 0
    /// What became of the branch; nil where none was named.
    public var branch: Branch?
    /// Why the branch holds more commits than it is to keep; nil where it does not.
    public var keptWhole: String?
    /// What the report counts.
    public var totals = ReportTotals()

    /// What became of the branch.
    public enum Branch: Hashable, Sendable {
        /// It stands at this new commit.
        case pushed(ObjectID, skippedHooks: [String])
        /// It shows the state already; nothing was pushed. Nil: there is no branch, and nothing to report.
        case unchanged(ObjectID?)
        /// Another runner of the same state moved it: what this one knows is out of date. Nothing was pushed or noted;
        /// throw the state away, rebuild it from the branch, and sync again.
        case movedByAnotherRunner(ObjectID)
    }

    /// Nothing was written yet.
    public init() {}
}

/// Writes what a state holds to where people and machines read it. A report is a view of the state, and never read by
/// the sync that wrote it.
///
/// Whoever changes manifest records marks their keys `.unreported` in the same transaction; the objects from git the
/// store marks itself. Only what is marked is rendered.
public enum Report {
    /// Brings folder and branch to what the state holds, then notes in one transaction what was reported.
    ///
    /// Everything is on the disk before anything leaves the process. Doing it again, after a crash or for nothing, writes
    /// nothing that is there already.
    ///
    /// - Throws: `ReportError`, `GitError`, `StoreError`. What was marked stays marked, so the next run reports it.
    public static func write(
        _ store: Store,
        sync key: Key,
        to target: ReportTarget,
        mirror: Mirror,
        _ context: ReportContext
    ) async throws -> ReportOutcome {
        if let branch = target.branch, branch == context.followedBranch {
            throw ReportError(
                .refused,
                path: branch,
                "this branch is followed, and a report in it would be a change to sync; name another --report-branch"
            )
        }
        if target.branch != nil { try await drawRunner(of: key, in: store, context.now) }
        try await store.flush()
        let state = store.state
        guard let sync = state[key] else { return ReportOutcome() }
        var outcome = ReportOutcome()
        var reported = Set(state.marked(.unreported))
        var failure: ReportError?
        if let directory = target.directory {
            let scope = ReportScope(of: sync, at: .directory, in: state)
            let folder = ReportFolder(path: directory)
            do {
                let written = try await folder.write(state, scope, context)
                outcome.filesWritten = written.files
                outcome.totals = written.update.totals
                reported.formIntersection(written.update.reported(by: sync, scope, in: state))
            } catch let error as ReportError {
                // A folder that cannot be written is no reason to keep the branch behind as well.
                failure = error
                reported = []
            }
        }
        if let name = target.branch {
            let scope = ReportScope(of: sync, at: .branch, in: state)
            let branch = ReportBranch(name: name, mirror: mirror) {
                ReportScope(of: sync, at: .branch, in: store.state).syncs.compactMap(\.syncStatus.runner)
            }
            let (result, update) = try await branch.write(state, scope, sync: sync, context)
            outcome.branch = result
            if let keep = context.keep { await branch.shorten(to: keep, signedBy: context.signing.key, &outcome) }
            outcome.totals = update.totals
            if case .movedByAnotherRunner = result { return outcome }
            reported.formIntersection(update.reported(by: sync, scope, in: state))
        }
        let head = outcome.branch?.head
        try await note(reported.sorted(), head, isWhole: failure == nil, of: key, in: store, state.version, context.now)
        if let failure { throw failure }
        return outcome
    }

    /// The files that show a state on a Sync's branch, by path, all made anew: what a report that grew bit by bit must be
    /// equal to. For the simulation.
    package static func files(of state: State, sync: Object) async throws(StoreError) -> [String: [UInt8]] {
        let scope = ReportScope(of: sync, at: .branch, in: state)
        let update = try await ReportUpdate.make(of: state, scope, previous: nil, isFull: true)
        var files: [String: [UInt8]] = [:]
        for file in update.files { files[file.path] = file.content }
        return files
    }

    /// Draws what a Sync's pushes are known by, once.
    private static func drawRunner(of sync: Key, in store: Store, _ now: Instant) async throws {
        guard var status = store.state[sync]?.syncStatus, status.runner == nil else { return }
        status.runner = Store.makeID()
        let change = Change.setStatus(sync, .sync(status))
        try await store.commit(durably: true) { state in _ = try state.apply([change], at: now) }
    }

    /// Notes what was reported and where the branch stands, unless all of that is known.
    ///
    /// - Parameter isWhole: whether all places were written, so that nothing is owed to any of them.
    private static func note(
        _ reported: [Key],
        _ head: ObjectID?,
        isWhole: Bool,
        of sync: Key,
        in store: Store,
        _ version: Int,
        _ now: Instant
    ) async throws {
        @Sendable func noted(_ before: SyncStatus) -> SyncStatus {
            var status = before
            if let head { status.reportCommit = head.hex }
            if isWhole { status.isReportOwed = false }
            return status
        }
        if reported.isEmpty, store.state[sync].map({ noted($0.syncStatus) == $0.syncStatus }) ?? true { return }
        try await store.commit(durably: true) { state in
            var changes = reported.map { Change.unmark($0, .unreported, ifVersionAtMost: version) }
            if let before = state[sync]?.syncStatus, noted(before) != before {
                changes.append(.setStatus(sync, .sync(noted(before))))
            }
            try state.apply(changes, at: now)
        }
    }
}

extension ReportOutcome.Branch {
    /// Where the branch stands, as far as this report brought it there or found it there.
    fileprivate var head: ObjectID? {
        switch self {
        case .pushed(let id, _): id
        case .unchanged(let id): id
        case .movedByAnotherRunner: nil
        }
    }
}

extension ReportUpdate {
    /// The marked keys that nobody else has to report after this: those of the Sync itself and of others that report to
    /// the same places, and those that are gone, unless another Sync reports elsewhere and they may have been its.
    fileprivate func reported(by sync: Object, _ scope: ReportScope, in state: State) -> Set<Key> {
        let places = ["url", "reportBranch", "reportDirectory"]
        let peers = Set(
            scope.syncs.filter { peer in places.allSatisfy { peer.spec[$0] == sync.spec[$0] } }.map(\.metadata.name)
        )
        return Set(
            reported.filter { key in
                if key.kind == .manifestFile { return peers.contains(key.namespace) }
                if key.kind == .sync { return peers.contains(key.name) }
                guard let origin = state[key]?.origin else {
                    return !scope.isPartial || removed.contains(ReportPath.object(key))
                }
                return peers.contains(origin.sync)
            }
        )
    }
}
