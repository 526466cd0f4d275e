internal import APIServer
internal import Git
internal import GitOps
internal import Logging
internal import Resources
internal import Store
internal import YAML

/// Follows one Sync for as long as the daemon does.
///
/// What is to be done, and when, ``SyncAgenda`` says; what a run does, `SyncRun` does. This only carries it out.
struct SyncLoop: Sendable {
    let definition: SyncDefinition
    let daemon: Daemon
    let bell: Bell
    /// What is asked of the remote, with those secrets.
    let board: @Sendable (Credentials) async -> RemoteBoard
    let session: Session
    /// Whether each poll tells what it read and did, also one that brought nothing new.
    let showsStatistics: Bool
    let logger: Logger

    private var name: String { definition.name }

    /// What one turn leaves for the next.
    private struct Memory {
        var agenda: SyncAgenda
        /// The last line that was logged.
        var line = ""
        /// What was changed by hand and left so at the last run.
        var left: [Key] = []
        /// How long the last question to the remote took.
        var asking = Duration.zero
        /// Whether it has looked for a report to begin with.
        var hasBegun = false
    }

    /// Goes round until it is cancelled, or the daemon is to end.
    func run() async {
        let agenda = SyncAgenda(definition.cadence, scheduled: status.scheduled, now: daemon.clock.now())
        var memory = Memory(agenda: agenda)
        do {
            while true { try await step(&memory) }
        } catch {
            // Told to end: what was done is kept.
        }
    }

    private var status: SyncStatus {
        daemon.store.state[Key(.sync, "", name)]?.syncStatus ?? SyncStatus()
    }
}

// MARK: - One step

extension SyncLoop {
    /// Does what comes next. Throws only where it is told to end: what fails is tried again later.
    private func step(_ memory: inout Memory) async throws(CancellationError) {
        do {
            let facts = await facts()
            let now = daemon.clock.now()
            let step = memory.agenda.next(at: now, point: Double.random(in: 0...1), facts)
            if !step.isWaiting, !memory.hasBegun {
                // What it begins with may say that something else comes next.
                try await begin(&memory)
            } else {
                try await carryOut(step, at: now, &memory)
            }
        } catch let error as CancellationError {
            throw error
        } catch let error as SyncError where error.kind == .overtaken {
            memory.agenda.overtaken()
        } catch {
            fail(error, &memory)
        }
    }

    private func facts() async -> SyncAgenda.Facts {
        var others: [SyncDefinition] = []
        for name in definition.dependsOn {
            if let other = await daemon.conductor.definition(name) { others.append(other) }
        }
        return SyncAgenda.Facts(definition, beside: others, in: daemon.store.state)
    }

    private func carryOut(_ step: SyncAgenda.Step, at now: Instant, _ memory: inout Memory) async throws {
        switch step {
        case .wait(let instant):
            let delay = instant.map { min($0 - now, SyncAgenda.longestWait) }
            if let reason = try await bell.wait(delay) { memory.agenda.ring(reason) }
        case .ask(let instant):
            let start = ContinuousClock.now
            let board = await board(try definition.credentials(in: session))
            let tip = try await board.tip(of: definition.options.follow, asOf: instant)
            memory.asking = .now - start
            memory.agenda.answered(tip, asOf: instant)
        case .want(let name):
            await daemon.conductor.ring(name, .wanted)
        case .tell(let obstacle):
            try await tell(obstacle)
            memory.agenda.told(obstacle)
        case .pass:
            pass(memory)
        case .run(let run):
            // What it waited for under another definition, or in another process, is in nobody's way.
            if status.waiting != nil { try await note { $0.waiting = nil } }
            let result = try await sync(run)
            tell(result, &memory)
            await daemon.conductor.ended(name, result)
            if let failure = result.reportFailure { throw failure }
            memory.agenda.ended(result, at: daemon.clock.now())
        case .keep(let scheduled):
            try await note { $0.scheduled = scheduled }
            memory.agenda.kept(scheduled)
        }
    }

    private func fail(_ error: any Error, _ memory: inout Memory) {
        memory.line = ""
        let wait = memory.agenda.failed(at: daemon.clock.now())
        logger.error("\(name): \(Failure(error, of: definition).sentence); next try in \(wait.pause)")
    }

    /// Begins with the report where the state knows nothing of the Sync, as on an empty disk: before anything can stand in
    /// its way, since whether it is suspended only the report tells, and what was live answers again while it waits.
    private func begin(_ memory: inout Memory) async throws {
        guard !memory.hasBegun else { return }
        if !status.hasBegun, definition.options.reportBranch != nil {
            let run = try await syncRun(definition.options)
            let finding = try await daemon.writer.mirrors.lanes.through(name) { try await run.begin() }
            if let finding {
                let level: Logger.Level = finding.severity == .note ? .info : .warning
                logger.log(level: level, "\(name): \(FindingLines.oneLine(finding.rendered))")
            }
        }
        memory.hasBegun = true
    }

    private func syncRun(_ options: SyncOptions) async throws -> SyncRun {
        var options = options
        options.reportSigning = try definition.signing(in: session)
        var run = daemon.writer.sync(
            options,
            gitTimeout: definition.gitTimeout,
            credentials: try definition.credentials(in: session)
        )
        // Of use where it may begin with a report alone.
        if !status.hasBegun { run.peers = await daemon.conductor.definitions.map(\.options) }
        return run
    }

    private func sync(_ run: SyncAgenda.Run) async throws -> SyncResult {
        var options = definition.options
        options.timeout = definition.cadence.patience(options.timeout, now: run.start)
        var syncing = try await syncRun(options)
        (syncing.lookout, syncing.only) = (run.lookout, run.only)
        let sync = syncing
        return try await counted {
            try await daemon.writer.mirrors.lanes.through(name) {
                let result = try await sync.run()
                await daemon.writer.mirrors.rest(name)
                return result
            }
        }
    }

    /// Counts a poll that read nothing, as the remote stands where the last run left nothing to do.
    private func pass(_ memory: Memory) {
        daemon.metrics.synced(name, .inSync, took: memory.asking, end: daemon.clock.now())
        guard showsStatistics else { return }
        var statistics = SyncStatistics()
        statistics.stations = [(name: "fetch", time: memory.asking)]
        statistics.git.exchanges = 1
        logger.info("\(name): \(StatsPage(statistics: statistics).line)")
    }

    /// Says why it does not run, and keeps what others want to read.
    private func tell(_ obstacle: SyncAgenda.Obstacle?) async throws {
        if let obstacle { logger.info("\(name): \(obstacle.words)") }
        let isKept = if case .suspended = obstacle { false } else { true }
        try await note { $0.waiting = isKept ? obstacle?.words : nil }
    }

    /// Changes what the state says of the Sync, where anything changes.
    private func note(_ change: @Sendable (inout SyncStatus) -> Void) async throws {
        let (key, clock) = (Key(.sync, "", name), daemon.clock)
        var status = status
        let before = status
        change(&status)
        guard status != before else { return }
        let options = definition.options
        try await daemon.store.commit(durably: true) { state in
            var status = state[key]?.syncStatus ?? SyncStatus()
            change(&status)
            // One that has not run yet is shown all the same.
            let first = state[key] == nil ? [Change.put(options.sync)] : []
            try state.apply(first + [.setStatus(key, .sync(status))], at: clock.now())
        }
    }
}

extension SyncAgenda.Step {
    fileprivate var isWaiting: Bool { if case .wait = self { true } else { false } }
}

// MARK: - What is counted

extension SyncLoop {
    /// Counts a run, whatever comes of it.
    private func counted(_ run: () async throws -> SyncResult) async throws -> SyncResult {
        let (metrics, remote, begun) = (
            daemon.metrics, definition.options.remote.withoutCredentials, ContinuousClock.now
        )
        do {
            let result = try await run()
            metrics.synced(name, ServeMetrics.SyncOutcome(result.outcome), took: .now - begun, end: daemon.clock.now())
            if let fetch = result.statistics.stations.first(where: { $0.name == "fetch" }) {
                metrics.asked(remote, for: .fetch, .success, took: fetch.time)
            }
            if let push = result.statistics.stations.last(where: { $0.name == "report" }),
                definition.options.reportBranch != nil
            {
                metrics.asked(remote, for: .push, result.reportFailure == nil ? .success : .failure, took: push.time)
            }
            return result
        } catch let error as SyncError where error.kind == .overtaken {
            // It looks again at once, and that counts.
            throw error
        } catch {
            metrics.synced(name, .failed, took: .now - begun, end: daemon.clock.now())
            if error is GitError { metrics.asked(remote, for: .fetch, .failure, took: .now - begun) }
            throw error
        }
    }
}

extension ServeMetrics.SyncOutcome {
    fileprivate init(_ outcome: SyncOutcome) {
        self =
            switch outcome {
            case .inSync: .inSync
            case .couldNotRun: .failed
            case .invalid: .invalid
            case .notReady: .notReady
            case .refused: .refused
            }
    }
}

// MARK: - What is told

extension SyncLoop {
    private func tell(_ result: SyncResult, _ memory: inout Memory) {
        let preview = PreviewLog(daemon.writer.folder).standing(of: result.tree, sync: result.name)
        let summary = SyncSummary(result: result, paint: session.console.errorPaint, preview: preview)
        if showsStatistics { logger.info("\(name): \(StatsPage(statistics: result.statistics).line)") }
        tell(result.leftovers, &memory)
        // A poll that brings nothing new says nothing, but for the first.
        guard summary.line != memory.line, !result.isNothingNew || memory.line.isEmpty && result.reportFailure == nil
        else { return }
        memory.line = summary.line
        if case .movedByAnotherRunner? = result.report?.branch {
            logger.warning("\(name): another runner of this state moved the report branch; stop one of the two")
        }
        var logger = logger
        logger[metadataKey: "commit"] = .string(result.commit.hex)
        logger.log(level: result.exitCode == 0 ? .info : .warning, "\(summary.line)")
        let lines = FindingLines(paint: session.console.errorPaint)
        // What concerns no single file is about the remote, or the whole Sync.
        let told = result.findings.filter { $0.severity == .error || $0.severity == .warning && $0.path.isEmpty }
        for finding in told.prefix(SyncSummary.longest) {
            logger.warning("\(lines.line(finding))", metadata: finding.key.map { ["object": .string("\($0)")] })
        }
        if let refusal = result.pruneRefusal { logger.warning("\(refusal.message)") }
    }

    /// Tells what stays different from git, whenever it is something else than before.
    private func tell(_ leftovers: Leftovers, _ memory: inout Memory) {
        let changed = leftovers.drift.map(\.key)
        guard changed != memory.left else { return }
        memory.left = changed
        guard !changed.isEmpty else { return logger.info("\(name): nothing is changed by hand any more") }
        let names = changed.prefix(3).map(\.description).joined(separator: ", ")
        let more = changed.count > 3 ? " and \(changed.count - 3) more" : ""
        logger.warning("\(name): changed by hand and left so: \(names)\(more)")
    }
}
