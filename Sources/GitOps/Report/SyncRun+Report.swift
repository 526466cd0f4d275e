internal import Git
internal import Resources
internal import Store
internal import YAML

/// The report of a sync: where it goes, and what it may not do.
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
        let context = try context(commit, status.branch, isFull: true)
        return try await Report.write(store, sync: key, to: target, mirror: mirror, context)
    }

    /// What the options say of a report.
    ///
    /// - Throws: `ReportError` where it would be pushed unsigned, and is signed otherwise.
    private func context(_ commit: String, _ branch: String?, isFull: Bool) throws(ReportError) -> ReportContext {
        try requireKey()
        var context = ReportContext(
            sourceCommit: commit,
            followedBranch: branch,
            now: clock.now(),
            isFull: isFull,
            adopts: options.adopts,
            keep: options.reportKeep
        )
        (context.signing, context.verifies) = (options.reportSigning, options.verifiesReport)
        return context
    }

    /// Refuses to push unsigned what is signed otherwise.
    func requireKey() throws(ReportError) {
        guard options.reportSigning.key == nil, let signer = options.reportSigner else { return }
        throw ReportError(
            .untrusted,
            path: options.reportBranch ?? "refs/notes/\(Self.notesName)",
            "commits of Sync \(options.name) are signed by \(signer), and that key is not at hand; name its file in "
                + "ELAFROS_REPORT_KEY, or the file of Syncs with --config"
        )
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
        do {
            // Not the one that was followed, where all of it was refused.
            var context = try context(status?.commit ?? "", fetched.branchName, isFull: isFull)
            context.rewroteHistory = fetched.rewroteHistory
            let report = context
            result.report = try await statistics.time("report") {
                try await Report.write(store, sync: key, to: target, mirror: mirror, report)
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
}
