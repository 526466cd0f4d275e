public import Engine
public import Git
public import Resources
public import Store
internal import YAML

/// One sync, from fetch to report. Read this file first: `run` is the way of a commit, a station a line.
///
/// It decides nothing about manifests or objects itself: each station is a pure function of values, or one call of a port
/// (the mirror, the store, the runtime). Nothing is kept between two syncs but what the store holds, so a run after a crash
/// is like any other.
public struct SyncRun: Sendable {
    let options: SyncOptions
    var store: Store
    let mirror: Mirror
    private let settings: EngineSettings
    private let runtime: any Runtime
    private let builder: (any Builder)?
    let clock: any Clock
    private let sleep: @Sendable (Instant) async throws -> Void
    /// For the simulation alone: another order of reconciling.
    package var reorder: (@Sendable ([Key]) -> [Key])?

    /// How often a sync that waits for rest asks whether the remote stands elsewhere by now, which supersedes it; nil for
    /// never.
    public var lookout: Duration?

    /// What whoever runs the program says of all Syncs, where that is known: a report is not believed about them.
    public var peers: [SyncOptions] = []

    /// Told of each station when it begins.
    private var onStation: (@Sendable (String) -> Void)?

    /// The commit that a person goes back to; nil to apply what is followed. Where the remote stands now is not applied again
    /// from then on, until it stands elsewhere.
    public var rollback: ObjectID?

    /// The one commit that may be applied, as Syncs that come before this one have seen no other; nil for whichever the remote
    /// has.
    public var only: ObjectID?

    /// A sync that has not begun.
    ///
    /// - Parameters:
    ///   - mirror: of the remote that the options name.
    ///   - settings: the reconcilers' settings; the suffix of hosts is set from the options or the Sync.
    ///   - builder: who carries out Builds; they wait where there is none.
    ///   - sleep: returns at that instant of the clock.
    public init(
        _ options: SyncOptions,
        store: Store,
        mirror: Mirror,
        settings: EngineSettings = EngineSettings(),
        runtime: any Runtime,
        builder: (any Builder)? = nil,
        clock: any Clock,
        sleep: @escaping @Sendable (Instant) async throws -> Void
    ) {
        self.options = options
        self.store = store
        self.mirror = mirror
        self.settings = settings
        self.runtime = runtime
        self.builder = builder
        self.clock = clock
        self.sleep = sleep
    }
}

extension SyncRun {
    /// The same sync, which tells of each station when it begins, by its name in the statistics.
    public func telling(_ onStation: @escaping @Sendable (String) -> Void) -> SyncRun {
        var run = self
        run.onStation = onStation
        return run
    }
}

// MARK: - The way of a commit

extension SyncRun {
    /// Carries the followed commit into the state, and the state to rest.
    ///
    /// - Throws: `GitError`, `StoreError`, `SyncError`: the sync could not run, and what was live before still is. Where
    ///   only the report could not be written, the result says so.
    public func run() async throws -> SyncResult {
        do {
            return try await attempt()
        } catch let error as GitError where error.kind == .damaged {
            // Damage of the mirror that came to light when something was read: nothing was applied yet, and the mirror is
            // marked, so that this fetch makes it anew.
            return try await attempt()
        }
    }

    private func attempt() async throws -> SyncResult {
        let before = (git: await mirror.counters, store: store.counters)
        var statistics = SyncStatistics()
        statistics.onStation = onStation

        var beginning: Finding?
        if let report = try await reportToBeginWith(&statistics) {
            beginning = finding(report)
            guard !options.isDryRun else {
                var result = try await rehearsal(from: report).run()
                if let beginning { result.findings.append(beginning) }
                return result
            }
            try await fill(from: report)
        }
        let facts = store.facts
        let sync = facts.syncs.first { $0.metadata.name == options.name }
        try checkIdentity(sync, facts)
        let status = sync?.syncStatus ?? SyncStatus()
        try checkSuspension(status)

        let followed = try await statistics.time("fetch") {
            try await self.followed(fetch(sync, facts), after: status)
        }
        let fetched = followed.fetched
        try checkOnly(followed.quarantined ?? fetched.commit)
        try await checkReportBranch(fetched.branchName, facts)
        var result = SyncResult(options, fetched, runtime: runtime.name)
        result.quarantined = followed.quarantined
        let hasToDecide = followed.quarantined?.hex != status.quarantine?.commit
        if !hasToDecide, isNothingNew(fetched, sync, facts), try !areTroublesOver(of: sync),
            try !waitingWaves(of: sync).contains(where: \.isStuck),
            let heldBack = try heldBackByItself(status)
        {
            try reportOldTroubles(of: sync, heldBack, in: &result)
        } else {
            try await statistics.time("load") { _ = try store.load() }
            try await apply(fetched, after: status, &result, &statistics)
            // What is refused as a whole is no reason to leave a rollout where it stands.
            let isCarriedOn = !result.isRefusedWhole || sync.map(hasSameReports) ?? true
            if !options.isDryRun, isCarriedOn {
                try await carryOn(from: sync, fetched, &result, &statistics)
            }
        }
        if fetched.isNew, status.commit != nil, !options.isDryRun { await tidyMirror() }
        if let beginning { result.findings.append(beginning) }
        statistics.git = await mirror.counters.since(before.git)
        statistics.store = store.counters.since(before.store)
        result.statistics = statistics
        return result
    }

    /// What the remote says of what is followed.
    private func fetch(_ sync: Object?, _ facts: Facts) async throws -> Fetched {
        let status = sync?.syncStatus ?? SyncStatus()
        let known = status.commit.flatMap(ObjectID.init(hex:))
        // Where there is nothing to tell or to decide either, nothing is read out of the mirror, and it need not be opened.
        if rollback == nil, status.quarantine == nil, status.heldBack == 0, status.waves.waiting == 0,
            Troubles(of: sync).keys.isEmpty, let unmoved = await mirror.unmoved(options.follow, known: known),
            isNothingNew(unmoved, sync, facts)
        {
            return unmoved
        }
        return try await mirror.fetch(options.follow, known: known)
    }

    /// Whether the state holds this commit already and nothing in it waits for anything: then nothing more is read.
    private func isNothingNew(_ fetched: Fetched, _ sync: Object?, _ facts: Facts) -> Bool {
        guard let status = sync?.syncStatus, !fetched.isNew, Basis.isOf(options, status.basis) else { return false }
        let isSettled = status.refusal == nil && status.pruneRefused == 0 && facts.edited == 0
        let isCarriedOut = facts.unreported == 0 && facts.wished == 0 && !status.isAnythingOwed
        let now = clock.now()
        // Housekeeping that is still to come is no reason to look, as nobody waits for it.
        let isAtRest =
            facts.nextDue.map { options.wait == .applied && $0 > now } ?? true
            && facts.nextChore.map { $0 > now } ?? true
        let hasSameSpec = sync?.spec == SyncSpec(options, keeping: sync?.spec).value
        let hasSameDuties = hasSameSpec && status.branch == fetched.branchName
        return isSettled && isCarriedOut && isAtRest && hasSameDuties
    }

    /// The records of the Sync's files in which something is held back; nil where some of it waits for what is not in the
    /// files, and may be free by now.
    private func heldBackByItself(_ status: SyncStatus) throws -> [ManifestRecord]? {
        guard status.heldBack > 0 else { return [] }
        let records = try store.objects(marked: .heldBack).map(ManifestRecord.init).filter { $0.sync == options.name }
        return records.contains(where: \.waitsForAnother) ? nil : records
    }

    /// Whether all that was not ready when the Sync last came to rest is ready by now, which is still to be written down.
    private func areTroublesOver(of sync: Object?) throws -> Bool {
        let keys = Troubles(of: sync).keys
        guard !keys.isEmpty else { return false }
        return Readiness.of(keys, in: try store.load()).allSatisfy { $0.standing == .ready }
    }

    /// What is held back or not ready stays worth saying, and stays a failure for scripts, for as long as nobody mends it.
    private func reportOldTroubles(of sync: Object?, _ heldBack: [ManifestRecord], in result: inout SyncResult) throws {
        result.isNothingNew = true
        result.heldBack = heldBack.reduce(0) { $0 + $1.heldBackCount }
        result.findings = heldBack.flatMap(\.findings).filter { $0.severity == .error }
        if let sync, sync.syncStatus.drifted > 0 || sync.syncStatus.orphaned > 0 {
            result.leftovers = Leftovers(of: sync, in: try store.load())
            result.findings += result.leftovers.findings
        }
        result.findings.sort()
        result.waiting = try waitingWaves(of: sync)
        let troubled = Troubles(of: sync).keys
        guard !troubled.isEmpty else { return }
        result.readiness = Readiness.of(troubled, in: try store.load())
    }
}

// MARK: - From the commit to the transaction

extension SyncRun {
    private func apply(
        _ fetched: Fetched,
        after status: SyncStatus,
        _ result: inout SyncResult,
        _ statistics: inout SyncStatistics
    ) async throws {
        let reader = SourceReader(mirror: mirror, options: options)
        result.commitInfo = try await mirror.commitInfo(fetched.commit)
        let tree = try await mirror.tree(of: fetched.commit)
        result.tree = tree
        let change = try await statistics.time("diff") {
            try await reader.changes(
                to: tree,
                after: status,
                options: options,
                in: store.state
            )
        }
        var input = Plan.Input(options: options, commit: fetched.commit.hex, change, runtime: runtime.name)
        input.branch = fetched.branchName
        input.readings = try await statistics.time("read") { try await reader.read(change.toRead) }

        var plan = try await statistics.time("plan") {
            try await Plan.whole(on: { store.state }, &input, reader, at: clock.now)
        }
        if options.isDryRun {
            var copy = store.state
            try copy.apply(plan.writes, at: clock.now())
        } else {
            let (info, quarantined) = (result.commitInfo, result.quarantined)
            plan = try await statistics.time("apply") {
                try await commit(plan, &input, reader) { plan, state, now in
                    notes(on: plan, info, quarantined: quarantined, state, at: now)
                }
            }
        }
        statistics.filesParsed = input.readings.count
        statistics.documents = input.readings.reduce(0) { $0 + $1.documents.count }
        result.take(plan)
        result.isNothingNew = !fetched.isNew && plan.changes.isEmpty && plan.settings.isEmpty
    }

    /// Applies the plan in one durable transaction: objects, sources, inventory and the Sync's status, or nothing.
    ///
    /// Should the state have changed since the plan was made, the plan is made anew within the transaction.
    private func commit(
        _ plan: Plan,
        _ input: inout Plan.Input,
        _ reader: SourceReader,
        notes: @Sendable (Plan, State, Instant) -> [Change]
    ) async throws -> Plan {
        var plan = plan
        while true {
            let (first, current, now) = (plan, input, clock.now())
            plan = try await store.commit(durably: true) { state in
                let plan = state.version == first.version ? first : Plan.make(state, current, at: now)
                if plan.isWhole {
                    try state.apply(plan.writes, at: now)
                    try state.apply(notes(plan, state, now), at: now)
                }
                return plan
            }
            if plan.isWhole { return plan }
            try await input.complete(for: plan, reader, in: store.state)
        }
    }
}

// MARK: - From the transaction to rest

extension SyncRun {
    /// How long a sync that does not come to rest goes on before it reports in between.
    private static let reportInterval = Duration.seconds(10)

    /// Drives the state to rest, finds out how the objects fare, and reports.
    private func carryOn(
        from sync: Object?,
        _ fetched: Fetched,
        _ result: inout SyncResult,
        _ statistics: inout SyncStatistics
    ) async throws {
        let start = clock.now()
        var watched = Set(Troubles(of: sync).keys)
        if reportTarget != nil, options.wait != .applied, options.timeout > Self.reportInterval {
            try await watch(fetched, until: start + Self.reportInterval, &watched, &result, &statistics)
            if !result.isAtRest, !result.isSuperseded {
                try await settle(&watched, &result, &statistics)
                try await report(fetched, &result, &statistics)
            }
        }
        if !result.isAtRest && !result.isSuperseded || statistics.reconciled == 0 {
            try await watch(fetched, until: start + options.timeout, &watched, &result, &statistics)
        }
        try await settle(&watched, &result, &statistics)
        try await report(fetched, &result, &statistics)
        try await annotate(&result, &statistics)
    }

    /// Drives the state, with a look at the remote now and then: what is newer does not wait behind what is stuck.
    private func watch(
        _ fetched: Fetched,
        until deadline: Instant,
        _ watched: inout Set<Key>,
        _ result: inout SyncResult,
        _ statistics: inout SyncStatistics
    ) async throws {
        while true {
            let look = lookout.map { min(deadline, clock.now() + $0) } ?? deadline
            try await drive(until: look, &watched, &result, &statistics)
            // Before the time was over: nothing is left that is worth waiting for.
            guard clock.now() >= look, look < deadline, !result.isAtRest else { return }
            result.isSuperseded = await isElsewhere(fetched)
            if result.isSuperseded { return }
        }
    }

    /// Whether the followed branch stands elsewhere by now. A remote that does not answer is the next sync's to tell of.
    private func isElsewhere(_ fetched: Fetched) async -> Bool {
        guard let branch = fetched.branchName, let head = try? await mirror.head(ofRemoteBranch: branch)
        else { return false }
        // Where it stood when a person went back from there, it may stay.
        let sync = store.facts.syncs.first { $0.metadata.name == options.name }
        return head != fetched.commit && head.hex != sync?.syncStatus.quarantine?.commit
    }

    private func drive(
        until deadline: Instant,
        _ watched: inout Set<Key>,
        _ result: inout SyncResult,
        _ statistics: inout SyncStatistics
    ) async throws {
        let driver = Driver(
            store: store,
            engine: engine,
            runtime: runtime,
            builder: builder,
            clock: clock,
            sleep: sleep
        )
        let (name, known) = (options.name, watched)
        let driven = try await statistics.time("drive") {
            if options.wait == .applied { return try await driver.step() }
            return try await driver.run(until: deadline) { state in
                Readiness.isSettled(known.union(Self.moved(name, in: state)), in: state)
            }
        }
        watched.formUnion(Self.moved(name, in: store.state))
        statistics.reconciled += driven.reconciled
        statistics.carriedOut += driven.carriedOut
        result.isAtRest = driven.isAtRest
    }

    /// The engine with what the Sync says of this state.
    private var engine: Engine {
        var settings = settings
        settings.take(from: store.state[Key(.sync, "", options.name)])
        var engine = Engine(settings)
        engine.reorder = reorder
        return engine
    }

    /// The Sync's objects that changed, or below which something changed, since the last report.
    private static func moved(_ sync: String, in state: State) -> [Key] {
        state.marked(.unreported).filter { state[$0]?.origin?.sync == sync }
    }

    /// Finds out how the objects fare that moved or were not ready before, and makes all that was done durable.
    private func settle(
        _ watched: inout Set<Key>,
        _ result: inout SyncResult,
        _ statistics: inout SyncStatistics
    ) async throws {
        let (isReported, name, now) = (reportTarget != nil, options.name, clock.now())
        // What was released is nobody's trouble any more.
        let keys = watched.filter { store.state[$0]?.origin?.sync == name }.sorted()
        result.waiting = WaitingWave.all(of: name, in: store.state)
        result.readiness = try await statistics.time("settle") {
            let readiness = Readiness.of(keys, in: store.state)
            let troubles = Troubles(readiness.filter { $0.standing != .ready }.map(\.key))
            var standing = result
            standing.readiness = readiness
            let settled = standing
            try await store.commit(durably: true) { state in
                let sync = state[Key(.sync, "", name)]
                if let changed = troubles.written(to: sync) {
                    // They stand in the report, and nothing else may say that it is behind: another Sync reported the objects.
                    let marks = isReported ? [Change.mark(changed.key, .unreported)] : []
                    try state.apply([.put(changed)] + marks, at: now)
                }
                try state.apply(notes(on: settled, state, at: now), at: now)
                try state.apply(owedNote(on: settled, state), at: now)
                // Where nobody reports, nothing is owed to anybody.
                if !isReported { try state.apply(Self.unreportedMarks(of: name, in: state), at: now) }
            }
            return readiness
        }
    }

    private static func unreportedMarks(of sync: String, in state: State) -> [Change] {
        // What is gone may have been any Sync's, and then its file has to go.
        let isSomebodyReporting = state.keys(.sync).contains { key in
            key.name != sync && ["reportBranch", "reportDirectory"].contains { state[key]?.spec[$0] != nil }
        }
        return state.marked(.unreported).compactMap { key in
            let owner = key.kind == .manifestFile ? key.namespace : state[key]?.origin?.sync
            guard owner == sync || owner == nil && !isSomebodyReporting else { return nil }
            return .unmark(key, .unreported, ifVersionAtMost: .max)
        }
    }
}

extension SyncResult {
    fileprivate init(_ options: SyncOptions, _ fetched: Fetched, runtime: String) {
        self.init(options, commit: fetched.commit, runtime: runtime)
        branchName = fetched.branchName
        rewroteHistory = fetched.rewroteHistory
        rebuiltMirror = fetched.rebuiltMirror
    }

    fileprivate mutating func take(_ plan: Plan) {
        changes = plan.changes
        settings = plan.settings
        findings = plan.findings
        heldBack = plan.heldBack
        isRefusedWhole = plan.isRefusedWhole
        pruneRefusal = plan.pruneRefusal
        refusedPrunes = plan.refusedPrunes
        leftovers = plan.leftovers
    }
}
