internal import APIServer
internal import Git
internal import GitOps
internal import Logging
internal import Resources
internal import Store
internal import YAML

/// Follows one Sync for as long as the daemon does: waits until it is due, and runs it where nothing stands in the way.
///
/// When it is due, ``Cadence`` says; what a run does, `SyncRun` does. This only goes round.
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
    private var cadence: Cadence { definition.cadence }

    /// What one turn leaves for the next.
    private struct Memory {
        var progress: Cadence.Progress
        /// The commit of the last run, where nothing was left to do after it.
        var settled: ObjectID?
        /// The last line that was logged.
        var line = ""
        /// Why it does not run, as it was last told.
        var obstacle: Obstacle?
        /// What it waits for instead of its cadence.
        var hold: Hold?
        /// For which commit each dependency was asked to run: once is enough.
        var asked: [String: ObjectID] = [:]
    }

    /// What a Sync waits for that may not run.
    private enum Hold {
        /// Somebody who says that things have changed.
        case ring
        /// A moment.
        case until(Instant)
    }

    /// Why a Sync that is due does not run.
    private enum Obstacle: Hashable {
        /// Somebody wants nothing done.
        case suspended(String)
        /// Its windows are closed.
        case closed(until: Instant?)
        /// Others are not in sync and ready.
        case waiting(for: [String])
    }

    /// Goes round until it is cancelled, or the daemon is to end.
    func run() async {
        let now = daemon.clock.now()
        var memory = Memory(progress: Cadence.Progress(scheduled: status.scheduled ?? now))
        do {
            while true {
                let reason = try await due(memory)
                try await turn(reason, &memory)
            }
        } catch {
            // Told to end: what was done is kept.
        }
    }

    /// Waits until it is due, and says why it is.
    private func due(_ memory: Memory) async throws -> Cadence.Reason {
        let point = Double.random(in: 0...1)
        while true {
            let now = daemon.clock.now()
            let next: (at: Instant, reason: Cadence.Reason)? =
                switch memory.hold {
                case .ring: nil
                case .until(let instant): (instant, .poll)
                case nil: cadence.next(after: memory.progress, now: now, point: point)
                }
            if let next, next.at <= now { return next.reason }
            if let reason = try await bell.wait(next.map { $0.at - now }) { return reason }
        }
    }

    private var status: SyncStatus {
        daemon.store.state[Key(.sync, "", name)]?.syncStatus ?? SyncStatus()
    }
}

// MARK: - One turn

extension SyncLoop {
    private func turn(_ reason: Cadence.Reason, _ memory: inout Memory) async throws {
        let start = daemon.clock.now()
        if reason == .schedule { memory.progress.scheduled = start }
        memory.hold = nil
        do {
            if let obstacle = try await obstacle(reason, since: start, &memory) {
                try await tell(obstacle, &memory)
                memory.progress.asked = daemon.clock.now()
                switch obstacle {
                case .suspended, .closed(nil): memory.hold = .ring
                case .closed(let opening?): memory.hold = .until(opening)
                case .waiting: break
                }
                return
            }
            try await tell(nil, &memory)
            let isSuperseded = try await sync(reason, since: start, &memory)
            memory.progress.failures = 0
            // From one question to the next, however long the sync itself took; what is newer already does not wait.
            memory.progress.asked = start
            if isSuperseded { await bell.ring(.poll) }
        } catch let error as CancellationError {
            throw error
        } catch {
            memory.progress.failures += 1
            memory.progress.asked = daemon.clock.now()
            memory.line = ""
            memory.settled = nil
            let wait = cadence.backoff.wait(after: memory.progress.failures)
            logger.error("\(name): \(Failure(error).sentence); next try in \(wait.pause)")
        }
        if reason == .schedule { try await note { $0.scheduled = start } }
    }

    /// - Returns: whether the remote stands elsewhere already.
    private func sync(_ reason: Cadence.Reason, since start: Instant, _ memory: inout Memory) async throws -> Bool {
        if reason == .poll, try await hasNothingToDo(since: start, memory) { return false }
        var options = definition.options
        options.timeout = cadence.patience(options.timeout, now: start)
        let credentials = try definition.credentials(in: session)
        var run = daemon.writer.sync(options, gitTimeout: definition.gitTimeout, credentials: credentials)
        run.lookout = cadence.interval ?? SyncLoop.lookout
        let syncing = run
        let result = try await counted {
            try await daemon.writer.mirrors.lanes.through(name) {
                let result = try await syncing.run()
                await daemon.writer.mirrors.rest(name)
                return result
            }
        }
        memory.settled = result.outcome == .inSync && result.isAtRest && !result.isSuperseded ? result.commit : nil
        tell(result, &memory)
        await daemon.conductor.ended(name)
        if let failure = result.reportFailure { throw failure }
        return result.isSuperseded
    }

    /// How often a sync that waits for rest looks at the remote, where there is no interval.
    private static let lookout = Duration.seconds(30)

    /// Whether the remote stands where the last run left nothing to do, and nothing has come up since: then nothing is read.
    private func hasNothingToDo(since start: Instant, _ memory: Memory) async throws -> Bool {
        guard let settled = memory.settled, daemon.store.state.isQuiet else { return false }
        var statistics = SyncStatistics()
        let isSame = try await statistics.time("fetch") { try await tip(since: start) == settled }
        statistics.git.exchanges = 1
        if isSame { daemon.metrics.synced(name, .inSync, took: statistics.stations[0].time, end: daemon.clock.now()) }
        if isSame, showsStatistics { logger.info("\(name): \(StatsPage(statistics: statistics).line)") }
        return isSame
    }

    /// Where the remote stands. An answer that another Sync asked for counts for most of an interval: so within one, a remote
    /// is asked once.
    private func tip(since start: Instant) async throws -> ObjectID {
        try await tip(asOf: start + (.zero - (cadence.interval ?? .zero) * 0.8))
    }

    private func tip(asOf instant: Instant) async throws -> ObjectID {
        let board = await board(try definition.credentials(in: session))
        return try await board.tip(of: definition.options.follow, asOf: instant)
    }
}

// MARK: - What stands in the way

extension SyncLoop {
    private func obstacle(
        _ reason: Cadence.Reason,
        since start: Instant,
        _ memory: inout Memory
    ) async throws -> Obstacle? {
        if definition.isSuspended { return .suspended("suspend: true at \(definition.place)") }
        if let suspension = status.suspension { return .suspended(suspension.text) }
        // A person decides for himself when.
        if reason != .request, !cadence.windows.isOpen(at: start) {
            return .closed(until: cadence.windows.nextOpening(atOrAfter: start))
        }
        let unready = try await unreadyDependencies(since: start, &memory)
        return unready.isEmpty ? nil : .waiting(for: unready)
    }

    /// Those of its dependencies that are not in sync and ready, or have not seen yet what this one is about to apply.
    private func unreadyDependencies(since start: Instant, _ memory: inout Memory) async throws -> [String] {
        guard !definition.dependsOn.isEmpty else { return [] }
        let state = daemon.store.state
        var unready: [String] = []
        for name in definition.dependsOn {
            guard let sync = state[Key(.sync, "", name)], sync.isSyncedAndReady else {
                unready.append(name)
                continue
            }
            guard let other = await daemon.conductor.definition(name),
                other.options.remote == definition.options.remote, other.options.follow == definition.options.follow
            else { continue }
            let status = sync.syncStatus
            // What it was rolled back from, it has seen.
            func hasSeen(_ tip: ObjectID) -> Bool { [status.commit, status.quarantine?.commit].contains(tip.hex) }
            // It may have seen more than an answer that another Sync asked for.
            if hasSeen(try await tip(since: start)) { continue }
            let tip = try await tip(asOf: start)
            if hasSeen(tip) { continue }
            unready.append(name)
            guard memory.asked[name] != tip else { continue }
            memory.asked[name] = tip
            await daemon.conductor.ring(name, .dependency)
        }
        return unready
    }

    /// Says why it does not run, once; and keeps what others want to read.
    private func tell(_ obstacle: Obstacle?, _ memory: inout Memory) async throws {
        guard obstacle != memory.obstacle else { return }
        memory.obstacle = obstacle
        memory.settled = nil
        let words: String?
        switch obstacle {
        case .suspended(let why): words = "suspended, \(why)"
        case .closed(let opening?): words = "waits for its window, which opens at \(opening)"
        case .closed(nil): words = "waits for a window, and none opens within a year; check spec.windows"
        case .waiting(let names): words = "waits for \(names.joined(separator: ", ")) to be in sync and ready"
        case nil: words = nil
        }
        if let words { logger.info("\(name): \(words)") }
        let isKept = if case .suspended = obstacle { false } else { true }
        try await note { $0.waiting = isKept ? words : nil }
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
        for finding in result.findings.filter({ $0.severity == .error }).prefix(SyncSummary.longest) {
            logger.warning("\(lines.line(finding))", metadata: finding.key.map { ["object": .string("\($0)")] })
        }
        if let refusal = result.pruneRefusal { logger.warning("\(refusal.message)") }
    }
}
