internal import Engine
internal import Git
internal import Resources
internal import Store
internal import YAML

/// Whether a sync may run at all: what would go round in a circle, or take what is another's.
extension SyncRun {
    /// Refuses what could go round in a circle: a report into a branch that is followed, by this Sync or another.
    func checkReportBranch(_ followed: String?, _ facts: Facts) async throws {
        let branch = options.reportBranch
        if let branch, branch == followed { throw Self.reportsIntoSource(branch) }
        for other in facts.syncs where other.metadata.name != options.name {
            let (name, status) = (other.metadata.name, other.syncStatus)
            let isFollowed = branch != nil && branch == status.branch ?? other.spec["branch"]?.string
            // What it never pushed to holds no report of its.
            let hasPushed = status.reportCommit != nil
            let isReport = followed != nil && hasPushed && other.spec["reportBranch"]?.string == followed
            guard isFollowed || isReport, let url = other.spec["url"]?.string, await mirror.isOf(url) else { continue }
            throw SyncError(
                .reportsIntoSource,
                isFollowed
                    ? "the report branch \(branch ?? "") is followed by Sync \(name); choose another --report-branch"
                    : "the branch \(followed ?? "") holds the report of Sync \(name); follow another --branch"
            )
        }
    }

    private static func reportsIntoSource(_ branch: String) -> SyncError {
        SyncError(
            .reportsIntoSource,
            "the report branch \(branch) is the branch that is followed; choose another --report-branch"
        )
    }

    /// Refuses to do anything while somebody wants nothing done; to look at what would be done harms nobody, and who goes back
    /// to a commit says what is to be done.
    func checkSuspension(_ status: SyncStatus) throws(SyncError) {
        guard let suspension = status.suspension, !options.isDryRun, rollback == nil else { return }
        throw SyncError.suspended(options.name, suspension.text)
    }

    /// Refuses to apply what those that come before have not seen.
    func checkOnly(_ tip: ObjectID) throws(SyncError) {
        guard let only, only != tip else { return }
        throw SyncError(
            .overtaken,
            "the remote has moved from \(only.short) to \(tip.short) meanwhile, which what this depends on has not seen"
        )
    }

    /// Refuses a name, a branch or a setting that contradicts what the state says already.
    func checkIdentity(_ sync: Object?, _ facts: Facts) throws(SyncError) {
        if let url = sync?.spec["url"]?.string, url != options.remote.withoutCredentials, !options.adopts {
            throw SyncError(
                .otherRemote,
                "Sync \(options.name) follows \(url), not \(options.remote); choose another --name, or pass --adopt to "
                    + "have it follow this repository from now on"
            )
        }
        if sync?.spec["fromFile"]?.bool == true, !options.isOfFile, !options.adopts {
            throw SyncError(
                .defined,
                "Sync \(options.name) stands in a file, whose limits are not to be passed by; name that as --config, choose another "
                    + "--name, or pass --adopt to have the command line say from now on what it follows"
            )
        }
        if let branch = options.reportBranch, options.follow == .branch(branch) {
            throw Self.reportsIntoSource(branch)
        }
        // An object is reconciled by whichever Sync happens to run, so all of a state share what these say.
        let mine = SyncSpec(options, keeping: nil).value
        for other in facts.syncs where other.metadata.name != options.name {
            for (field, name, option, kind) in Self.sharedSettings {
                guard let wished = mine[field], let theirs = other.spec[field], theirs != wished else { continue }
                throw SyncError(
                    kind,
                    "Sync \(other.metadata.name) of this state has \(name) \(theirs.string ?? theirs.json), and a state has "
                        + "one; leave \(option) out, or choose another --state"
                )
            }
        }
    }

    /// What all Syncs of a state say alike, if they say it: the field of their spec, its name, and the option that sets it.
    static let sharedSettings: [(field: String, name: String, option: String, kind: SyncError.Kind)] = [
        ("domain", "the domain", "--domain", .otherDomain),
        ("inProgress", "--in-progress", "--in-progress", .otherSetting),
        ("keepRevisions", "--keep-revisions", "--keep-revisions", .otherSetting),
    ]
}
