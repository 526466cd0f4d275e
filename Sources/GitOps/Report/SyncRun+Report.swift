internal import Git
internal import Resources
internal import Store
internal import YAML

/// The report of a sync: where it goes, and beginning with one where there is nothing else.
extension SyncRun {
    /// Whether there is any place for reports.
    var reportsSomewhere: Bool { options.reportBranch != nil || options.reportDirectory != nil }

    var reportTarget: ReportTarget? {
        guard reportsSomewhere else { return nil }
        return ReportTarget(directory: options.reportDirectory, branch: options.reportBranch)
    }

    /// Whether a Sync reports to the same places.
    func hasSameReports(_ sync: Object) -> Bool {
        sync.spec["reportBranch"]?.string == options.reportBranch
            && sync.spec["reportDirectory"]?.string == options.reportDirectory
    }

    /// Writes the report as the state stands, and does nothing else: of a Sync that was suspended, the others want to know.
    ///
    /// - Returns: what became of it; nil where none is asked for, or nothing was applied yet.
    /// - Throws: `GitError`, `ReportError`.
    public func reportStanding() async throws -> ReportOutcome? {
        let key = Key(.sync, "", options.name)
        guard let target = reportTarget, let status = try store.load()[key]?.syncStatus, let commit = status.commit,
            status.isReportOwed
        else { return nil }
        let context = ReportContext(
            sourceCommit: commit,
            followedBranch: status.branch,
            now: clock.now(),
            isFull: true,
            adopts: options.adopts,
            keep: options.reportKeep
        )
        return try await Report.write(store, sync: key, to: target, mirror: mirror, context)
    }

    /// Writes the report, as far as anything in it is behind.
    func report(
        _ fetched: Fetched,
        _ result: inout SyncResult,
        _ statistics: inout SyncStatistics
    ) async throws {
        let key = Key(.sync, "", options.name)
        let status = store.state[key]?.syncStatus
        let isFull = status?.isReportOwed ?? true
        guard let target = reportTarget, isFull || store.facts.unreported > 0 else { return }
        let context = ReportContext(
            // Not the one that was followed, where all of it was refused.
            sourceCommit: status?.commit ?? "",
            followedBranch: fetched.branchName,
            rewroteHistory: fetched.rewroteHistory,
            now: clock.now(),
            isFull: isFull,
            adopts: options.adopts,
            keep: options.reportKeep
        )
        do {
            result.report = try await statistics.time("report") {
                try await Report.write(store, sync: key, to: target, mirror: mirror, context)
            }
            result.reportFailure = nil
            if let why = result.report?.keptWhole, let branch = target.branch {
                let message = "the report branch \(branch) keeps all of its commits: \(why)"
                result.findings.append(Finding(path: "", Diagnostic(.warning, at: nil, message)))
            }
        } catch let error where error is ReportError || error is GitError {
            // What was applied is live all the same, and whoever asked for it wants to read that.
            result.reportFailure = error
        }
    }

    /// The report that an empty state begins with, where there is one: so that a runner whose disk is empty goes on where
    /// the last one stood, and does not start Revisions at 00001 again.
    func reportToBeginWith(_ statistics: inout SyncStatistics) async throws -> RestoredReport? {
        let facts = store.facts
        guard let branch = options.reportBranch, facts.version == 0, facts.syncs.isEmpty else { return nil }
        let report: RestoredReport
        do {
            report = try await statistics.time("rebuild") { try await ReportReader.read(branch: branch, of: mirror) }
        } catch let error as ReportError where error.kind == .notFound {
            // The first sync of all: there is nothing to rebuild from, or a branch of somebody else, which the report
            // refuses to touch.
            return nil
        }
        // A report of other Syncs alone is another state's: the report will ask for --adopt.
        return report.syncs.contains { $0.metadata.name == options.name } ? report : nil
    }

    /// The same sync on a state in memory that the report filled: what a dry run shows is what the real one would do, and
    /// the disk stays empty.
    func rehearsal(from report: RestoredReport, at now: Instant) throws -> SyncRun {
        var state = State(id: report.stateID)
        try report.fill(&state, at: now)
        var rehearsal = self
        rehearsal.store = Store.inMemory(state)
        return rehearsal
    }
}
