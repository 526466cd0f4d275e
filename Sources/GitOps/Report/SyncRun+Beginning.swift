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
        let (now, options, peers) = (clock.now(), options, peers)
        _ = try store.load()
        try await store.commit(durably: true) { state in
            try report.fill(&state, for: options, beside: peers, at: now)
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
        try report.fill(&state, for: options, beside: peers, at: clock.now())
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
    /// Fills in the Syncs that the state does not know, with what they may have.
    ///
    /// Whoever can push to the branch wrote the report. So it says nothing of what a Sync follows and may touch: that are the
    /// options', and of the others `peers` say it, or where nobody does, they may touch no more than the one that begins.
    ///
    /// - Parameters:
    ///   - options: of the Sync that is about to run.
    ///   - peers: what whoever runs the program says of the others.
    /// - Throws: `ReportError` where the report is of another state than one that has shown itself, unless it is adopted.
    func fill(_ state: inout State, for options: SyncOptions, beside peers: [SyncOptions], at now: Instant) throws {
        let sync = options.name
        var shares: [String: Share] = [:]
        for object in syncs where state[object.key]?.syncStatus.hasBegun != true {
            shares[object.metadata.name] = Share(of: object, in: state, for: options, beside: peers)
        }
        // Another Sync of the same report was faster.
        guard shares[sync] != nil else { return }
        if state.id != stateID, !state.hasShownItself {
            state.id = stateID
        } else if state.id != stateID, !options.adopts {
            throw ReportError(
                .foreign,
                path: ReportPath.state,
                "the report branch holds Sync \(sync) of state \(stateID), and this is state \(state.id); name another "
                    + "--report-branch, or pass --adopt to take the Sync over as the branch tells it"
            )
        }
        try state.apply(changes(of: shares, to: state, at: now), at: now)
    }

    /// What one Sync of a report gets of it.
    struct Share {
        /// What it follows from now on.
        let spec: Value
        /// What it may touch.
        let scope: SyncScope

        /// All of it, as the report says.
        init(all sync: Object) {
            spec = sync.spec
            scope = SyncScope(of: nil)
        }

        /// What is left of it; nil where that is nothing.
        fileprivate init?(of sync: Object, in state: State, for options: SyncOptions, beside peers: [SyncOptions]) {
            let (name, known) = (sync.metadata.name, state[sync.key]?.spec)
            if var own = name == options.name ? options : peers.first(where: { $0.name == name }) {
                // Another's key is not at hand; with which it signed harms nobody to know.
                own.reportSigner = own.reportSigner ?? sync.spec["reportSigner"]?.string
                // One that believes only what is signed looks for itself, and one that reports elsewhere has nothing here.
                guard own.remote.isSame(as: options.remote), own.reportBranch == options.reportBranch else {
                    return nil
                }
                guard options.verifiesReport || !own.verifiesReport else { return nil }
                // What the command line leaves open is as it was.
                let kept = own.isOfFile ? nil : ChildDefinition.replaced(in: sync.spec, by: nil)
                spec = SyncSpec(own, keeping: known ?? kept).value
                scope = SyncScope(own)
                return
            }
            guard sync.spec["url"]?.string == options.remote.withoutCredentials,
                sync.spec["reportBranch"]?.string == options.reportBranch
            else { return nil }
            // Who defines it the state says, and no report.
            spec = ChildDefinition.replaced(in: sync.spec, by: known?[ChildDefinition.field])
            scope = SyncScope(options)
        }
    }
}
