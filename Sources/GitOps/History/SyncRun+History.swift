internal import Git
internal import Resources
internal import Store
internal import YAML

/// What a sync keeps of the commits that it applies, and going back to one of them.
extension SyncRun {
    /// What stands in the place of a commit that was rolled back.
    struct Followed {
        /// What is applied.
        var fetched: Fetched
        /// Where the remote stands, where that is another commit.
        var quarantined: ObjectID?
    }

    /// What is to be applied: where the remote stands; else what somebody went back to from there.
    func followed(_ fetched: Fetched, after status: SyncStatus) async throws -> Followed {
        let known = status.commit.flatMap(ObjectID.init(hex:))
        func back(to commit: ObjectID) async throws -> Followed {
            let back = try await mirror.fetch(.commit(commit), known: known)
            return Followed(fetched: fetched.going(back: back), quarantined: fetched.commit)
        }
        if let rollback {
            // To where the remote stands: nothing is in quarantine any more.
            guard rollback != fetched.commit else { return Followed(fetched: fetched) }
            let followed = try await back(to: rollback)
            let wasApplied = AppliedCommit.all(of: options.name, in: try store.load()).contains {
                $0.commit == rollback.hex
            }
            if !wasApplied, try await !mirror.history(of: fetched.commit, holds: rollback) {
                throw SyncError(
                    .otherHistory,
                    "commit \(rollback.short) was never applied here, and is not in the history of \(options.follow); name one that is"
                )
            }
            return followed
        }
        guard let quarantine = status.quarantine, quarantine.commit == fetched.commit.hex,
            let commit = ObjectID(hex: quarantine.back)
        else { return Followed(fetched: fetched) }
        return try await back(to: commit)
    }

    /// Joins what earlier fetches and reports left in the mirror, now and then; to the commits that were applied one may go back.
    func tidyMirror() async {
        let commits = AppliedCommit.all(of: options.name, in: store.state).compactMap { ObjectID(hex: $0.commit) }
        await mirror.tidy(keeping: commits)
    }

    /// What is noted in the transaction that applies a plan, after its own changes: the commit, and the one that it stands
    /// in the place of.
    func notes(on plan: Plan, _ info: CommitInfo?, quarantined: ObjectID?, _ state: State, at now: Instant) -> [Change]
    {
        guard !plan.isRefusedWhole else { return [] }
        let key = Key(.sync, "", options.name)
        var changes: [Change] = []
        let last = AppliedCommit.last(of: options.name, in: state)
        let isNew = info.map { last?.commit != $0.id.hex || rollback != nil } ?? false
        if var status = state[key]?.syncStatus {
            let before = status
            // Known from here on, should the process end before the commit has come to anything.
            if options.reportNotes, isNew { status.isNoteOwed = true }
            let quarantine = quarantined.flatMap { commit in
                status.commit.map { SyncStatus.Quarantine(commit: commit.hex, back: $0) }
            }
            if status.quarantine != quarantine {
                status.quarantine = quarantine
                // The report has it, and no mark says that it is behind.
                if reportsSomewhere { status.isReportOwed = true }
            }
            if status != before { changes.append(.setStatus(key, .sync(status))) }
        }
        guard let info, isNew else { return changes }
        var counts: [PlannedChange.Action: Int] = [:]
        for change in plan.changes { counts[change.action, default: 0] += 1 }
        let record = AppliedCommit(
            number: (last?.number ?? 0) + 1,
            commit: info.id.hex,
            subject: info.subject,
            author: info.author.name,
            written: Instant(milliseconds: info.author.milliseconds),
            applied: now,
            changes: counts,
            rolledBack: rollback == nil ? nil : quarantined?.hex
        )
        return changes + [.put(record.object(of: options.name))]
    }

    /// What is noted when a sync has come to rest, or ends before: what the commit came to. It is told once it is well, and
    /// stays so, whatever happens later to what it brought.
    func notes(on result: SyncResult, _ state: State, at now: Instant) -> [Change] {
        guard var last = AppliedCommit.last(of: options.name, in: state), last.commit == result.commit.hex,
            last.result != .inSync
        else { return [] }
        var outcome = result.outcome
        // As planned is not there yet.
        if outcome == .inSync, result.readiness.contains(where: { $0.standing != .ready }) { outcome = .notReady }
        let revisions = Set(last.revisions).union(Self.revisions(madeReadyBy: result, in: state)).sorted()
            .prefix(AppliedCommit.mostRevisions)
        guard last.result != outcome || !last.revisions.elementsEqual(revisions) else { return [] }
        if last.result != outcome { last.settled = now }
        last.result = outcome
        last.revisions = Array(revisions)
        return [.put(last.object(of: options.name))]
    }

    /// The newest Revisions of the objects that the sync's commit changed, as far as they are ready.
    private static func revisions(madeReadyBy result: SyncResult, in state: State) -> [String] {
        result.readiness.compactMap { readiness in
            guard let object = state[readiness.key], object.origin?.commit == result.commit.hex else { return nil }
            let names: (created: String?, ready: String?)
            switch object.status {
            case .service(let status):
                names = (status.latestCreatedRevisionName, status.latestReadyRevisionName)
            case .configuration(let status):
                names = (status.latestCreatedRevisionName, status.latestReadyRevisionName)
            default: return nil
            }
            guard let name = names.ready, name == names.created else { return nil }
            return "\(object.metadata.namespace)/\(name)"
        }
    }
}
