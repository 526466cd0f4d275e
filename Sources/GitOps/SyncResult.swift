public import Git
public import Resources

/// What one sync found, did, and left behind: everything that any output shows.
public struct SyncResult: Sendable {
    /// The Sync's name.
    public var name: String
    /// The remote's address, without credentials.
    public var remote: String
    /// The commit that was followed.
    public var commit: ObjectID
    /// The branch, also where the remote's default was asked for; nil for a tag or commit.
    public var branchName: String?
    /// Where the remote stands, where a person went back from there and so something older is applied.
    public var quarantined: ObjectID?
    /// The commit's tree; nil where there was no reason to read it.
    public var tree: ObjectID?
    /// What the commit says about itself; nil where there was no reason to read it.
    public var commitInfo: CommitInfo?
    /// Whether the commit is the one that was applied already, and nothing else asked for work.
    public var isNothingNew = false
    /// Whether nothing was written, because that was asked for.
    public var isDryRun = false
    /// Whether the history was rewritten by a push with force, and followed.
    public var rewroteHistory = false
    /// Whether the mirror was damaged, cut off or gone, and was fetched anew.
    public var rebuiltMirror = false
    /// What was done to objects, in the order of the files, then what went.
    public var changes: [PlannedChange] = []
    /// What the options changed for the whole state.
    public var settings: [SettingChange] = []
    /// What a person should know about files, by path and place.
    public var findings: [Finding] = []
    /// How many documents are held back.
    public var heldBack = 0
    /// Whether an error held back everything, as `--atomic` asks; nothing was applied then.
    public var isRefusedWhole = false
    /// Why nothing was pruned, if a guard refused.
    public var pruneRefusal: PruneRefusal?
    /// What would have gone, but for that refusal: live objects that git no longer names.
    public var refusedPrunes: [PlannedChange] = []
    /// What stays different from git, as the options ask; no failure.
    public var leftovers = Leftovers()
    /// How the objects fare: all that moved in this run, and all that are not ready; ascending by key.
    public var readiness: [Readiness] = []
    /// The waves that wait in the end, in their order: what of the plan is not live yet.
    public var waiting: [WaitingWave] = []
    /// Whether nothing was due any more in the end; false where the timeout came first or nobody waited.
    public var isAtRest = true
    /// Whether it stopped waiting because the remote stands elsewhere by now: the next sync goes on with all of it.
    public var isSuperseded = false
    /// What became of the report; nil where none was asked for, or nothing changed in it. Where another runner of the
    /// same state moved the branch, the caller throws the state away and syncs again.
    public var report: ReportOutcome?
    /// What became of the note on the commit; nil where none was due.
    public var note: Noted?
    /// Why the report could not be written or pushed; all else was done. What was not reported stays marked, so that the
    /// next run reports it.
    public var reportFailure: (any Error)?
    /// Who carries out workloads: `none` means that readiness is assumed.
    public var runtime: String
    /// What was waited for.
    public var wait: SyncOptions.Wait
    /// What was read, reconciled and written, and how long each station took.
    public var statistics = SyncStatistics()

    /// The result of a sync that has only begun.
    init(_ options: SyncOptions, commit: ObjectID, runtime: String) {
        name = options.name
        remote = options.remote.withoutCredentials
        self.commit = commit
        self.runtime = runtime
        wait = options.wait
        isDryRun = options.isDryRun
    }
}

// MARK: - How objects fare

/// How one object from git fares.
public struct Readiness: Hashable, Sendable {
    /// Which object.
    public let key: Key
    /// How far it is.
    public let standing: Standing
    /// One word for programs; nil where all is well.
    public let reason: String?
    /// A sentence for people; nil where all is well.
    public let message: String?
    /// What to do about it, where another object is in the way.
    public var advice: String?

    /// How far an object is.
    public enum Standing: String, Sendable {
        /// It is as its spec wants it.
        case ready = "Ready"
        /// Traffic is moving to a newer Revision, as planned.
        case rollingOut = "RollingOut"
        /// Work is going on, or waits for somebody.
        case starting = "Starting"
        /// A Build waits for a builder, and there is none.
        case waitingForBuilder = "WaitingForBuilder"
        /// It failed, and stays so until somebody acts.
        case failed = "Failed"
    }
}

// MARK: - Exit code

/// What a sync ends with, as scripts see it.
public enum SyncOutcome: Int32, Sendable {
    /// In sync, and ready or rolling out as planned.
    case inSync = 0
    /// It could not do its work.
    case couldNotRun = 2
    /// Some manifests are invalid; the others were applied.
    case invalid = 3
    /// Something failed, or was not ready in time.
    case notReady = 4
    /// A guard refused the prune.
    case refused = 5
}

extension SyncResult {
    /// The outcome; of several the one that decisions put first.
    public var outcome: SyncOutcome {
        if reportFailure != nil { return .couldNotRun }
        if pruneRefusal != nil { return .refused }
        if heldBack > 0 || isRefusedWhole { return .invalid }
        // Whoever waits for no more than that it is applied has not got even that.
        if !waiting.isEmpty { return .notReady }
        if wait != .applied || isNothingNew, readiness.contains(where: isTrouble) { return .notReady }
        return .inSync
    }

    /// The outcome as the process's exit code.
    public var exitCode: Int32 { outcome.rawValue }

    private func isTrouble(_ readiness: Readiness) -> Bool {
        switch readiness.standing {
        case .ready: false
        case .rollingOut: wait == .ready
        case .starting, .waitingForBuilder, .failed: true
        }
    }
}
