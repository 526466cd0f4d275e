internal import Git
internal import GitOps
internal import Resources
internal import Store
internal import YAML

/// One run of one Sync, or of all Syncs of a file, that somebody asked for: what `sync` and `reconcile` do and print.
struct SyncRound: Sendable {
    var isDryRun = false
    var adopts = false
    let guards: GuardWords
    /// What is waited for; nil for what the Sync says.
    var wait: SyncOptions.Wait?
    /// How long rest is waited for.
    var timeout = Duration.seconds(300)
    var showsStatistics = false
    /// The commit to go back to.
    var rollback: ObjectID?
    let state: StateWords
    var form = OutputForm.text

    /// How often another runner may get in between before this one gives up.
    private static let mostTries = 5
}

// MARK: - Running

extension SyncRound {
    /// Runs one Sync, and prints what came of it.
    func run(_ sync: SyncDefinition, in session: Session) async throws -> ExitCode {
        let result = try await settled(sync, session)
        let preview = try preview(of: result, session)
        switch form {
        case .text: write(result, preview, session.console)
        case .yaml: session.console.write(data(result, preview).yaml)
        case .json: session.console.line(data(result, preview).prettyJSON)
        }
        if let failure = result.reportFailure { throw failure }
        return ExitCode(rawValue: result.exitCode) ?? .cannotRun
    }

    /// Runs each of them after those that it depends on, and prints what came of all. One that fails holds up none but those
    /// that depend on it.
    func run(_ syncs: [SyncDefinition], in session: Session) async throws -> ExitCode {
        var codes: [String: ExitCode] = [:]
        var values: [Value] = []
        for (index, sync) in syncs.enumerated() {
            if form == .text, index > 0 { session.console.line("") }
            do {
                let unready = sync.dependsOn.filter { codes[$0] != .success }
                guard unready.isEmpty else {
                    let names = unready.joined(separator: ", ")
                    throw Failure(.failed, "", "waits for \(names) to be in sync and ready; mend that first")
                }
                let result = try await settled(sync, session)
                let preview = try preview(of: result, session)
                if form == .text {
                    write(result, preview, session.console)
                } else {
                    values.append(data(result, preview))
                }
                if let failure = result.reportFailure { throw failure }
                codes[sync.name] = ExitCode(rawValue: result.exitCode) ?? .cannotRun
            } catch {
                // What is wrong with the state, and not with one Sync of it, is wrong for all.
                if error is HandOver.DaemonAppeared || error is CancellationError { throw error }
                let failure = Failure(error)
                codes[sync.name] = failure.code
                if form == .text {
                    session.console.writeError("elafros: \(sync.name): \(FindingLines.oneLine(failure.sentence))\n")
                } else {
                    values.append(["name": .string(sync.name), "error": failure.value["error"] ?? .null])
                }
            }
        }
        let list: Value = ["syncs": .list(values)]
        switch form {
        case .text: break
        case .yaml: session.console.write(list.yaml)
        case .json: session.console.line(list.prettyJSON)
        }
        return ExitCode.first(of: codes.values)
    }

    /// The result of a sync whose report nobody else's replaced meanwhile. Where another runner of the same state moved
    /// the report branch, what this one knows is out of date: it takes the other's word and syncs again.
    private func settled(_ sync: SyncDefinition, _ session: Session) async throws -> SyncResult {
        var options = sync.options
        guards.set(in: &options)
        options.isDryRun = isDryRun
        options.adopts = adopts
        if let wait { options.wait = wait }
        options.timeout = timeout
        if sync.isSuspended, !isDryRun { throw SyncError.suspended(sync.name, "at \(sync.place)") }
        for number in 0..<Self.mostTries {
            let result = try await run(sync, options, session, isAgain: number > 0)
            guard case .movedByAnotherRunner? = result.report?.branch else { return result }
            if session.daemon != nil { break }
        }
        let advice = "let only one runner at a time sync this state"
        throw Failure(.cannotRun, "branch \(options.reportBranch ?? "")", "another runner keeps moving it; \(advice)")
    }

    private func run(
        _ sync: SyncDefinition,
        _ options: SyncOptions,
        _ session: Session,
        isAgain: Bool
    ) async throws -> SyncResult {
        let stale = isAgain ? sync.name : nil
        let writer = try await Writer.open(state, as: "sync", discardingForReportOf: stale, in: session)
        var syncing = writer.sync(
            options,
            gitTimeout: guards.gitTimeout?.duration ?? sync.gitTimeout,
            credentials: try sync.credentials(in: session)
        )
        syncing.rollback = rollback
        let run = syncing
        let result = try await writer.mirrors.lanes.through(sync.name) { try await run.run() }
        await session.daemon?.conductor.ended(sync.name)
        return result
    }
}

// MARK: - Printing

extension SyncRound {
    private func preview(of result: SyncResult, _ session: Session) throws -> PreviewLog.Standing? {
        let log = PreviewLog(try session.daemon?.writer.folder ?? state.folder(in: session))
        return log.standing(of: result.tree, sync: result.name)
    }

    private func write(_ result: SyncResult, _ preview: PreviewLog.Standing?, _ console: Console) {
        console.write(SyncSummary(result: result, paint: console.paint, preview: preview).text)
        if showsStatistics { console.write("\n" + StatsPage(statistics: result.statistics).text(console.paint)) }
    }

    private func data(_ result: SyncResult, _ preview: PreviewLog.Standing?) -> Value {
        let data = SyncData(result: result, preview: preview).value
        guard showsStatistics, var map = data.map else { return data }
        map["stats"] = StatsPage(statistics: result.statistics).value
        return .map(map)
    }
}

extension ExitCode {
    /// Of several, the one that tells most: 2, 6, 5, 3, 4 (decisions on exit codes).
    static func first(of codes: some Sequence<ExitCode>) -> ExitCode {
        let order: [ExitCode] = [.cannotRun, .busy, .refused, .invalid, .failed]
        let codes = Set(codes)
        return order.first(where: codes.contains) ?? .success
    }
}
