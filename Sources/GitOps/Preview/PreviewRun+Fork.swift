internal import Engine
internal import Git
internal import Resources
internal import Store
internal import YAML

/// A copy of the live state, and what runs on it.
struct Fork: Sendable {
    var state: State
    let ground: Preview.Ground
    let options: SyncOptions
    var run: RunToRest
    /// The commit that a report names as its source, in hex.
    var reportedCommit: String?

    /// How far the Sync has come.
    var status: SyncStatus { state[Key(.sync, "", options.name)]?.syncStatus ?? SyncStatus() }
}

extension PreviewRun {
    /// A copy of the live state, with the Sync that the merge reaches.
    func fork() async throws -> Fork {
        var state: State
        var ground: Preview.Ground
        var reported: String?
        switch live {
        case .state(let live, _): (state, ground) = (live, .state)
        case .report(let branch):
            let report = try await ReportReader.read(branch: branch, of: mirror)
            state = State(id: report.stateID)
            if let at = request.at, let newest = report.newest, at < newest {
                throw PreviewError(
                    "\(at) is before what the report tells of, at \(newest); name a later instant as --at"
                )
            }
            try report.fill(&state, at: request.at ?? now)
            (ground, reported) = (.report(branch: branch), report.sourceCommit)
        }
        let sync = try await sync(in: state)
        if let failure = state.readFailure { throw failure }
        if sync == nil { (state, ground) = (State(id: ""), .base) }
        let options = try sync.map(options(of:)) ?? request.options
        var fork = Fork(state: state, ground: ground, options: options, run: runToRest(on: state, sync, options))
        fork.reportedCommit = reported
        return fork
    }

    /// The Sync that will carry the merge out: the one of that name, or the one that follows the repository and the branch;
    /// nil where none is of this repository.
    private func sync(in state: State) async throws -> Object? {
        var candidates: [Object] = []
        for key in state.keys(.sync) {
            guard let sync = state[key], let url = sync.spec["url"]?.string, await mirror.isOf(url) else { continue }
            candidates.append(sync)
        }
        let head = try await headIfAsked(candidates)
        let found = candidates.filter { sync in
            (!request.isNamed || sync.metadata.name == request.options.name) && follows(sync, head)
        }
        func names(_ syncs: [Object]) -> String { syncs.map(\.metadata.name).joined(separator: ", ") }
        guard found.count < 2 else {
            throw PreviewError("several Syncs follow this branch: \(names(found)); pass one of them as --name")
        }
        guard found.isEmpty else { return found[0] }
        if !candidates.isEmpty {
            let all = candidates.map { sync in
                branch(of: sync).map { "\(sync.metadata.name) (branch \($0))" } ?? sync.metadata.name
            }
            let what = request.isNamed ? "Sync \(request.options.name)" : "Sync"
            let base = request.base.map { " that follows \($0)" } ?? ""
            throw PreviewError(
                "this repository has no \(what)\(base), so that nobody would carry the merge out; it has "
                    + "\(all.joined(separator: ", ")); check --name and --base"
            )
        }
        if request.isNamed, let other = state[Key(.sync, "", request.options.name)]?.spec["url"]?.string {
            throw PreviewError("Sync \(request.options.name) follows \(other); check --repo and --name")
        }
        if case .report(let branch) = live {
            let others = names(state.keys(.sync).compactMap { state[$0] })
            throw PreviewError(
                "the report in branch \(branch) is of other repositories' Syncs: \(others); check --repo"
            )
        }
        return nil
    }

    /// The remote's own branch, where a Sync follows that whatever it is called, and a branch was asked for.
    private func headIfAsked(_ syncs: [Object]) async throws -> String? {
        guard request.base != nil, syncs.contains(where: { $0.spec["branch"] == nil }) else { return nil }
        return try await mirror.fetch(.head, known: nil).branchName
    }

    /// Whether a Sync follows the branch that is merged into, as far as one can tell.
    private func follows(_ sync: Object, _ head: String?) -> Bool {
        guard case .branch(let base)? = request.base else { return true }
        if let branch = sync.spec["branch"]?.string { return branch == base }
        return sync.syncStatus.branch.map { $0 == base } ?? true || head == base
    }

    private func branch(of sync: Object) -> String? { sync.spec["branch"]?.string ?? sync.syncStatus.branch }

    /// The options with which a Sync that is there will run. What was asked for and is not so is no preview of it.
    private func options(of sync: Object) throws -> SyncOptions {
        let options = try request.options.taking(from: sync)
        let asked = request.asked
        let differences = [
            ("--path", asked.path.map(SyncOptions.normalized), options.path),
            ("--namespace", asked.namespace, options.defaultNamespace),
            ("--domain", asked.domain, options.domain ?? settings.domainSuffix),
        ].filter { $0.1 != nil && $0.1 != $0.2 }
        guard differences.isEmpty else {
            let said = differences.map { "\($0.0) \"\($0.2)\"" }.joined(separator: ", ")
            throw PreviewError("Sync \(options.name) has \(said); leave the option out, or pass another Sync as --name")
        }
        return options
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
        return RunToRest(
            engine: Engine(settings),
            runtime: runtime,
            builder: request.builds.map { SimulatedBuilder($0) }
        )
    }

    /// Who carried out the workload that was made last: a report does not say who will carry out the next.
    private static func newestRuntime(in state: State) -> String? {
        let told = state.keys(.workload).compactMap { state[$0] }.filter { !$0.workloadStatus.runtime.isEmpty }
        return told.max { a, b in
            (a.metadata.creationTimestamp, a.key) < (b.metadata.creationTimestamp, b.key)
        }?.workloadStatus.runtime
    }

    /// Makes an empty state what the base alone makes, an hour before the merge: what runs there is ready since long.
    func fill(_ fork: inout Fork, with base: Fetched) async throws {
        let start = Instant(milliseconds: (request.at ?? now).milliseconds - 3_600_000)
        let tree = try await mirror.tree(of: base.commit)
        fork.state = try await course(of: tree, base, on: fork, at: start).state
        let builder = request.builds.map { _ in SimulatedBuilder(.succeeds(after: .zero)) }
        var run = RunToRest(engine: fork.run.engine, runtime: fork.run.runtime, builder: builder)
        run.runtime.usual = .ready(after: .zero)
        _ = try run.run(&fork.state, from: start)
    }

    /// Carries a state on that somebody carries out all the time, until the merge.
    func advance(_ fork: inout Fork, to at: Instant) throws(StoreError) {
        guard case .state(_, isDriven: true) = live else { return }
        _ = try fork.run.run(&fork.state, from: fork.state.instant, until: at)
    }
}
