internal import Git
public import Resources
internal import Store
internal import YAML

/// Beginning with the report: on an empty disk a Sync goes on where the report says that it stood, and does not start its
/// Revisions at 00001 again.
///
/// Each Sync looks for itself, whoever came before it: the first fills in all that share its branch, and those on other
/// branches come with what theirs tell. The state takes the identity that the report names, unless it has shown its own.
extension SyncRun {
    /// Fills in what the report branch tells of a Sync that the state does not know, and of those beside it, and does nothing
    /// else: for whoever has to know whether it is suspended before it runs.
    ///
    /// - Returns: what a person should know about the report; nil where there was none to begin with.
    /// - Throws: `GitError`, `ReportError`, `StoreError`: nothing was filled in.
    public func begin() async throws -> Finding? {
        var statistics = SyncStatistics()
        guard let report = try await reportToBeginWith(&statistics) else { return nil }
        try await fill(from: report)
        let now = clock.now()
        try await store.commit(durably: false) { state in
            // As when a daemon begins: what carries workloads out in this process knows nothing of them yet.
            _ = try state.apply(state.keys(.workload).map { .mark($0, .wished) }, at: now)
        }
        return finding(report)
    }

    /// Fills the state with what the report tells.
    func fill(from report: RestoredReport) async throws {
        let (now, name, adopts) = (clock.now(), options.name, options.adopts)
        _ = try store.load()
        try await store.commit(durably: true) { state in
            try report.fill(&state, for: name, adopts: adopts, at: now)
        }
    }

    /// What a person should know about a report that was begun with.
    func finding(_ report: RestoredReport) -> Finding? {
        report.finding(branch: options.reportBranch ?? "", options.reportSigning)
    }

    /// The report that tells of a Sync of which the state knows nothing, where there is one.
    func reportToBeginWith(_ statistics: inout SyncStatistics) async throws -> RestoredReport? {
        let sync = store.facts.syncs.first { $0.metadata.name == options.name }
        guard let branch = options.reportBranch, sync?.syncStatus.hasBegun != true else { return nil }
        do {
            return try await statistics.time("rebuild") {
                try await ReportReader.read(
                    branch: branch,
                    of: mirror,
                    holding: options.name,
                    signedAs: options.verifiesReport ? options.reportSigning : nil
                )
            }
        } catch let error as ReportError where error.kind == .notFound {
            // The first sync of all: there is nothing to begin with, or a branch of somebody else, which the report refuses
            // to touch.
            return nil
        }
    }

    /// The same sync on a state in memory that the report filled: what a dry run shows is what the real one would do, and
    /// the disk stays as it is.
    func rehearsal(from report: RestoredReport) throws -> SyncRun {
        var state = try store.load()
        try report.fill(&state, for: options.name, adopts: options.adopts, at: clock.now())
        var rehearsal = self
        rehearsal.store = Store.inMemory(state)
        return rehearsal
    }
}

extension SyncStatus {
    /// Whether the Sync has done anything, or a report told what it did. That it waits for its window is nothing yet.
    public var hasBegun: Bool { commit != nil || reportCommit != nil || refusal != nil }
}

extension State {
    /// Whether reports have shown the state's identity to others, so that another would make it a stranger to them.
    fileprivate var hasShownItself: Bool {
        keys(.sync).compactMap { self[$0] }.contains { sync in
            let status = sync.syncStatus
            let hasFolder = sync.spec["reportDirectory"] != nil && status.commit != nil && !status.isReportOwed
            return status.reportCommit != nil || hasFolder
        }
    }
}

extension RestoredReport {
    /// Fills in the Syncs that the state does not know, with all that is theirs.
    ///
    /// - Parameter sync: the one that is about to run.
    /// - Throws: `ReportError` where the report is of another state than one that has shown itself, unless it is adopted.
    func fill(_ state: inout State, for sync: String, adopts: Bool, at now: Instant) throws {
        let unknown = Set(syncs.filter { state[$0.key]?.syncStatus.hasBegun != true }.map(\.metadata.name))
        // Another Sync of the same report was faster.
        guard unknown.contains(sync) else { return }
        if state.id != stateID, !state.hasShownItself {
            state.id = stateID
        } else if state.id != stateID, !adopts {
            throw ReportError(
                .foreign,
                path: ReportPath.state,
                "the report branch holds Sync \(sync) of state \(stateID), and this is state \(state.id); name another "
                    + "--report-branch, or pass --adopt to take the Sync over as the branch tells it"
            )
        }
        try state.apply(changes(of: unknown, to: state, at: now), at: now)
    }
}
