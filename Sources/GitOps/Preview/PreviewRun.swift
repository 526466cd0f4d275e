public import Engine
public import Git
public import Resources
internal import Store
internal import YAML

/// One preview, from the two commits to what the merge of them will do. `run` is the way, a station a line.
///
/// The live state is a value, and everything is done to copies of it: nothing is written but the mirror.
public struct PreviewRun: Sendable {
    private let request: PreviewRequest
    private let live: LiveState
    private let mirror: Mirror
    private let settings: EngineSettings
    private let runtime: String?
    private let now: Instant
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
        let base = try await mirror.fetch(request.base ?? fork.options.follow, known: nil)
        let (headName, head) = try await head()
        let merge = try await merge(head, into: base.commit)
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
            head: isWorkTree ? nil : head,
            tree: merge.tree,
            at: at
        )
        var preview = Preview(subject, fork.assumptions(request.readyAfter))
        preview.findings = PreviewFinding.about(merge, base: base.branchName ?? base.commit.short)
        if let tree = merge.tree {
            let live = fork.state
            let pending = try await plan(try await mirror.tree(of: base.commit), base, on: fork, at: at)
            let whole = try await plan(tree, base, on: fork, at: at)
            try preview.take(whole, after: pending, on: live, at: at)
            let events = try fork.state.apply(whole.writes, at: at)
            let outcome = try fork.run.run(&fork.state, from: at, after: events)
            preview.take(outcome, fork, touched: whole.changes.map(\.key), before: live)
        }
        preview.findings.sort()
        return preview
    }

    private var isWorkTree: Bool { request.head == .workTree }

    private func head() async throws -> (name: String, commit: ObjectID) {
        switch request.head {
        case .workTree: return ("the work tree", try await mirror.commitWorkTree())
        case .remote(let follow):
            let name = if case .branch(let name) = follow { name } else { "\(follow)" }
            return (name, try await mirror.fetch(follow, known: nil).commit)
        }
    }

    /// The merged tree, ours or somebody else's.
    private func merge(_ head: ObjectID, into base: ObjectID) async throws -> Merge {
        if let merged = request.merged {
            let commit = try await mirror.fetch(merged, known: nil).commit
            return Merge(made: try await mirror.tree(of: commit))
        }
        let merge = try await mirror.merge(head, into: base)
        guard merge.ancestor != nil else {
            throw PreviewError(
                "\(head.short) and \(base.short) have no commit in common, and git merges no such histories; check the head, "
                    + "and fetch all of the history where the repository is a shallow clone"
            )
        }
        return merge
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

    /// Carries a state on that somebody carries out all the time, until the merge.
    private func advance(_ fork: inout Fork, to at: Instant) throws(StoreError) {
        guard case .state(_, isDriven: true) = live else { return }
        _ = try fork.run.run(&fork.state, from: fork.state.instant, until: at)
    }

    /// The plan that a sync of that tree would make.
    private func plan(_ tree: ObjectID, _ base: Fetched, on fork: Fork, at: Instant) async throws -> Plan {
        let reader = SourceReader(mirror: mirror, options: fork.options)
        let state = fork.state
        let change = try await reader.changes(to: tree, after: fork.status, options: fork.options, in: state)
        var input = Plan.Input(
            options: fork.options,
            commit: base.commit.hex,
            change,
            runtime: fork.run.runtime.name
        )
        input.branch = base.branchName
        input.readings = try await reader.read(change.toRead)
        return try await Plan.whole(on: { state }, &input, reader, at: { at })
    }
}

// MARK: - The copy of the live state

/// A copy of the live state, and what runs on it.
private struct Fork: Sendable {
    var state: State
    let ground: Preview.Ground
    let options: SyncOptions
    var run: RunToRest
    /// The commit that a report names as its source, in hex.
    var reportedCommit: String?

    /// How far the Sync has come.
    var status: SyncStatus { state[Key(.sync, "", options.name)]?.syncStatus ?? SyncStatus() }

    func assumptions(_ readyAfter: Duration?) -> Preview.Assumptions {
        Preview.Assumptions(runtime: run.runtime.name, readyAfter: readyAfter ?? .zero)
    }
}

extension PreviewRun {
    /// A copy of the live state, with the Sync that the merge reaches.
    private func fork() async throws -> Fork {
        var state: State
        var ground: Preview.Ground
        var reported: String?
        switch live {
        case .state(let live, _): (state, ground) = (live, .state)
        case .report(let branch):
            let report = try await ReportReader.read(branch: branch, of: mirror)
            state = State(id: report.stateID)
            try report.fill(&state, at: request.at ?? now)
            (ground, reported) = (.report(branch: branch), report.sourceCommit)
        }
        let sync = try await sync(in: state)
        if let failure = state.readFailure { throw failure }
        if sync == nil, case .report(let branch) = ground {
            let names = state.keys(.sync).map(\.name).joined(separator: ", ")
            throw PreviewError(
                "the report in branch \(branch) is of no Sync that follows this; it is of \(names); pass one as --name"
            )
        }
        if sync == nil { (state, ground) = (State(id: ""), .base) }
        let options = try sync.map { try request.options.taking(from: $0) } ?? request.options
        var fork = Fork(state: state, ground: ground, options: options, run: runToRest(on: state, sync, options))
        fork.reportedCommit = reported
        return fork
    }

    /// The Sync that will carry the merge out: the one of that name, or the one that follows the repository and the branch.
    private func sync(in state: State) async throws -> Object? {
        var found: [Object] = []
        for key in state.keys(.sync) {
            guard let sync = state[key], let url = sync.spec["url"]?.string, await mirror.isOf(url) else { continue }
            if request.isNamed ? key.name == request.options.name : follows(sync) { found.append(sync) }
        }
        guard found.count > 1 else { return found.first }
        let names = found.map(\.metadata.name).joined(separator: ", ")
        throw PreviewError("several Syncs follow this branch: \(names); pass one of them as --name")
    }

    /// Whether a Sync follows the branch that is merged into, as far as one can tell.
    private func follows(_ sync: Object) -> Bool {
        guard case .branch(let base)? = request.base, let branch = sync.syncStatus.branch ?? sync.spec["branch"]?.string
        else { return true }
        return branch == base
    }

    /// The engine with what the Syncs of the state say, and the outside world as it is assumed.
    private func runToRest(on state: State, _ sync: Object?, _ options: SyncOptions) -> RunToRest {
        var settings = settings
        for key in state.keys(.sync) { settings.take(from: state[key]) }
        let spec = SyncSpec(options, keeping: sync?.spec).value
        settings.take(from: Object(kind: .sync, metadata: Metadata(name: options.name, namespace: ""), spec: spec))
        var runtime = SimulatedRuntime(.ready(after: request.readyAfter ?? .zero))
        runtime.oracle = oracle
        runtime.name = self.runtime ?? sync?.syncStatus.runtime ?? Self.newestRuntime(in: state) ?? "none"
        return RunToRest(engine: Engine(settings), runtime: runtime)
    }

    /// Who carried out the workload that was made last: a report does not say who will carry out the next.
    private static func newestRuntime(in state: State) -> String? {
        let told = state.keys(.workload).compactMap { state[$0] }.filter { !$0.workloadStatus.runtime.isEmpty }
        return told.max { a, b in
            (a.metadata.creationTimestamp, a.key) < (b.metadata.creationTimestamp, b.key)
        }?.workloadStatus.runtime
    }

    /// Makes an empty state what the base alone makes, an hour before the merge.
    private func fill(_ fork: inout Fork, with base: Fetched) async throws {
        let start = Instant(milliseconds: (request.at ?? now).milliseconds - 3_600_000)
        let plan = try await plan(try await mirror.tree(of: base.commit), base, on: fork, at: start)
        try fork.state.apply(plan.writes, at: start)
        _ = try fork.run.run(&fork.state, from: start)
    }
}

// MARK: - What comes of it

extension Preview {
    /// Takes over what the plan says, told apart by where it comes from.
    fileprivate mutating func take(_ whole: Plan, after base: Plan, on live: State, at: Instant) throws(StoreError) {
        findings += PreviewFinding.about(whole, base: base)
        guard !base.changes.isEmpty else {
            changes = whole.changes
            return
        }
        var (before, after) = (live, live)
        try before.apply(base.writes, at: at)
        try after.apply(whole.writes, at: at)
        let reached = Set(whole.changes.map(\.key))
        // What the merge takes back of it does not happen.
        drift = base.changes.filter { $0.isHeal && reached.contains($0.key) }
        pending = base.changes.filter { !$0.isHeal && reached.contains($0.key) }
        let known = Dictionary(base.changes.map { ($0.key, $0) }) { first, _ in first }
        changes = whole.changes.compactMap { change in
            guard let earlier = known[change.key] else { return change }
            return change.beyond(earlier, before: before[change.key], after: after[change.key])
        }
    }

    /// Takes over what the engine made of it.
    fileprivate mutating func take(
        _ outcome: RunToRest.Outcome,
        _ fork: Fork,
        touched: [Key],
        before live: State
    ) {
        let state = fork.state
        timeline = outcome.timeline
        isAtRest = outcome.isAtRest
        duration = outcome.end - subject.at
        end = state
        if !isAtRest { findings.append(.neverRests(after: duration)) }
        revisions = timeline.entries.filter { $0.key.kind == .revision && $0.what == .created }.map { entry in
            NewRevision(
                key: entry.key,
                image: state[entry.key].map { RevisionSpec($0.spec).image },
                offset: entry.offset
            )
        }
        let troubled = Troubles(of: state[Key(.sync, "", subject.sync)]).keys
        let moved = state.marked(.unreported).filter { state[$0]?.origin != nil }
        readiness = Readiness.of(Set(touched + troubled + moved).sorted(), in: state)
        findings += readiness.compactMap { PreviewFinding.about($0, in: state, before: live) }
    }
}

extension PlannedChange {
    /// What a merge changes of an object that the base alone changes already; nil where it adds nothing.
    fileprivate func beyond(_ earlier: PlannedChange, before: Object?, after: Object?) -> PlannedChange? {
        let isLetGo = action == .released && earlier.action != .released
        let rest = PlannedChange(
            key: key,
            action: before == nil ? .created : after == nil ? .pruned : isLetGo ? .released : .changed,
            source: source,
            before: before,
            after: after
        )
        let isSomething = isLetGo || (before == nil) != (after == nil) || !rest.fields.isEmpty
        return isSomething ? rest : nil
    }
}
