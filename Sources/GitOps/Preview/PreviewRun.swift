public import Engine
public import Git
public import Resources
internal import Store
internal import YAML

/// One preview, from the two commits to what the merge of them will do. `run` is the way, a station a line.
///
/// The live state is a value, and everything is done to copies of it: nothing is written but the mirror.
public struct PreviewRun: Sendable {
    let request: PreviewRequest
    let live: LiveState
    let mirror: Mirror
    let settings: EngineSettings
    let runtime: String?
    let now: Instant
    /// For the simulation alone: an outside world that is known.
    package var oracle: (@Sendable (Object, Instant) -> (at: Instant, status: WorkloadStatus)?)?

    /// A preview that has not begun.
    ///
    /// - Parameters:
    ///   - mirror: of the remote that the request's options name; new trees are written into it.
    ///   - settings: the reconcilers' settings; what the state's Syncs say is taken over.
    ///   - runtime: who will carry workloads out; nil for who did so at the last sync.
    ///   - now: the instant of the merge where the request names none.
    public init(
        _ request: PreviewRequest,
        of live: LiveState,
        mirror: Mirror,
        settings: EngineSettings = EngineSettings(),
        runtime: String? = nil,
        now: Instant
    ) {
        self.request = request
        self.live = live
        self.mirror = mirror
        self.settings = settings
        self.runtime = runtime
        self.now = now
    }
}

// MARK: - The way of a preview

extension PreviewRun {
    /// Works it out.
    ///
    /// - Throws: `GitError`, `StoreError`, `ReportError`, `PreviewError`: there is nothing to show. What is wrong with the
    ///   manifests or the merge is no error of the preview, but what it is for: it stands in the findings.
    public func run() async throws -> Preview {
        var fork = try await fork()
        let base = try await base(of: fork)
        let (headName, head) = try await head()
        let merge = try await merge(head, into: base)
        if fork.ground == .base { try await fill(&fork, with: base) }
        let at = try instant(after: fork.state)
        try advance(&fork, to: at)

        let subject = Preview.Subject(
            sync: fork.options.name,
            remote: fork.options.remote.withoutCredentials,
            ground: fork.ground,
            stateID: fork.ground == .base ? "" : fork.state.id,
            liveCommit: fork.ground == .base ? nil : fork.status.commit ?? fork.reportedCommit,
            baseBranch: base.branchName,
            base: base.commit,
            headName: headName,
            head: request.head == .workTree ? nil : head,
            tree: merge.tree,
            at: at
        )
        let assumptions = Preview.Assumptions(
            runtime: fork.run.runtime.name,
            readyAfter: request.readyAfter ?? .zero,
            builds: request.builds
        )
        var preview = Preview(subject, assumptions)
        preview.findings = merge.findings + PreviewFinding.about(fork.status.suspension, of: subject.sync)
        if let tree = merge.tree {
            let alone = try await course(of: try await mirror.tree(of: base.commit), base, on: fork, at: at)
            let merged = try await course(of: tree, base, on: fork, at: at)
            preview.takePlan(of: merged, besides: alone)
            try preview.takeRest(merged.rest(fork.run), besides: { try alone.rest(fork.run) })
        }
        preview.findings.sort()
        return preview
    }

    /// What is merged into: what was asked for, else what the Sync follows. One that follows no branch by name will follow the
    /// one that it did, also where another is checked out at the moment to be looked at.
    private func base(of fork: Fork) async throws -> Fetched {
        if let base = request.base { return try await mirror.fetch(base, known: nil) }
        guard fork.options.follow == .head, let branch = fork.status.branch else {
            return try await mirror.fetch(fork.options.follow, known: nil)
        }
        do {
            return try await mirror.fetch(.branch(branch), known: nil)
        } catch  where error.kind == .notFound {
            return try await mirror.fetch(.head, known: nil)
        }
    }

    private func head() async throws -> (name: String, commit: ObjectID) {
        switch request.head {
        case .workTree: return ("the work tree", try await mirror.commitWorkTree())
        case .remote(let follow):
            let name = if case .branch(let name) = follow { name } else { "\(follow)" }
            return (name, try await mirror.fetch(follow, known: nil).commit)
        }
    }

    /// The merged tree, ours or somebody else's, and what there is to say of it.
    private func merge(_ head: ObjectID, into base: Fetched) async throws -> (
        tree: ObjectID?, findings: [PreviewFinding]
    ) {
        var findings: [PreviewFinding] = []
        if let merged = request.merged {
            let commit = try await mirror.fetch(merged, known: nil).commit
            let hasBase = try await mirror.history(of: commit, holds: base.commit)
            if hasBase, try await mirror.history(of: commit, holds: head) {
                return (try await mirror.tree(of: commit), [])
            }
            let missing = hasBase ? "the head" : base.branchName ?? base.commit.short
            findings.append(.stale(merged, commit, without: missing))
        }
        let merge = try await mirror.merge(head, into: base.commit)
        guard merge.ancestor != nil else {
            throw PreviewError(
                "\(head.short) and \(base.commit.short) have no commit in common, and git merges no such histories; check the "
                    + "head, and fetch all of the history where the repository is a shallow clone"
            )
        }
        findings += PreviewFinding.about(merge, base: base.branchName ?? base.commit.short)
        return (merge.tree, findings)
    }

    /// The instant of the merge's transaction.
    private func instant(after state: State) throws(PreviewError) -> Instant {
        guard let at = request.at else { return max(now, state.instant) }
        guard at >= state.instant else {
            throw PreviewError(
                "\(at) is before the state's last change, at \(state.instant); name a later instant as --at"
            )
        }
        return at
    }

    /// What a sync of that tree would do.
    func course(of tree: ObjectID, _ base: Fetched, on fork: Fork, at: Instant) async throws -> PreviewCourse {
        let reader = SourceReader(mirror: mirror, options: fork.options)
        let state = fork.state
        let change = try await reader.changes(to: tree, after: fork.status, options: fork.options, in: state)
        var input = Plan.Input(options: fork.options, commit: base.commit.hex, change, runtime: fork.run.runtime.name)
        input.branch = base.branchName
        input.readings = try await reader.read(change.toRead)
        let plan = try await Plan.whole(on: { state }, &input, reader, at: { at })
        let records = input.readings.map { ManifestRecord.key(sync: fork.options.name, path: $0.path.text) }
        return try PreviewCourse(plan, of: records, by: fork.options.name, on: state, at: at)
    }
}
