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
    /// The Credentials that Syncs of repositories may name.
    var grants: [String: CredentialsGrant] = [:]
    /// What is said of all Syncs.
    var peers: [SyncOptions] = []
    /// The commit to go back to.
    var rollback: ObjectID?
    let state: StateWords
    var form = OutputForm.text

    /// How often another runner may get in between before this one gives up.
    private static let mostTries = 5
}

// MARK: - Running

extension SyncRound {
    /// Runs one Sync, then those that its repository defines, and prints what came of it.
    func run(_ sync: SyncDefinition, in session: Session) async throws -> ExitCode {
        let result: SyncResult
        do {
            result = try await settled(sync, session)
        } catch let error as GitError {
            throw Failure(error, of: sync)
        }
        let preview = try preview(of: result, session)
        if form == .text { write(result, preview, session.console) }
        var several = Several(codes: [sync.name: ExitCode(rawValue: result.exitCode) ?? .cannotRun])
        try await runChildren(of: [sync], &several, session)
        var map = data(result, preview).map ?? [:]
        if !several.values.isEmpty { map["children"] = .list(several.values) }
        print(.map(map), session.console)
        if let failure = result.reportFailure { throw failure }
        return several.code
    }

    /// Runs each of them after those that it depends on, then those that their repositories define, and prints what came of
    /// all. One that fails holds up none but those that depend on it.
    func run(_ syncs: [SyncDefinition], in session: Session) async throws -> ExitCode {
        var several = Several()
        for sync in syncs { try await run(sync, &several, session) }
        try await runChildren(of: syncs, &several, session)
        print(["syncs": .list(several.values)], session.console)
        return several.code
    }

    /// What came of several Syncs.
    private struct Several {
        var codes: [String: ExitCode] = [:]
        var values: [Value] = []

        var code: ExitCode { ExitCode.first(of: codes.values) }
    }

    /// Runs one of several: what is wrong with it is told, and the others go on.
    private func run(_ sync: SyncDefinition, _ several: inout Several, _ session: Session) async throws {
        if form == .text, !several.codes.isEmpty { session.console.line("") }
        do {
            let others = sync.dependsOn.isEmpty ? [] : try facts(session)?.syncs ?? []
            let unready = sync.dependsOn.filter { name in
                // One that is not run here counts as it stands.
                let isReady = others.contains { $0.metadata.name == name && $0.isSyncedAndReady }
                return several.codes[name].map { $0 != .success } ?? !isReady
            }
            guard unready.isEmpty else {
                let names = unready.joined(separator: ", ")
                throw Failure(.failed, "", "waits for \(names) to be in sync and ready; mend that first")
            }
            let result = try await settled(sync, session)
            let preview = try preview(of: result, session)
            if form == .text {
                write(result, preview, session.console)
            } else {
                several.values.append(data(result, preview))
            }
            if let failure = result.reportFailure { throw failure }
            several.codes[sync.name] = ExitCode(rawValue: result.exitCode) ?? .cannotRun
        } catch {
            // What is wrong with the state, and not with one Sync of it, is wrong for all.
            if error is HandOver.DaemonAppeared || error is CancellationError { throw error }
            tell(Failure(error, of: sync), of: sync.name, &several, session)
        }
    }

    private func tell(_ failure: Failure, of name: String, _ several: inout Several, _ session: Session) {
        several.codes[name] = failure.code
        if form == .text {
            session.console.writeError("elafros: \(name): \(FindingLines.oneLine(failure.sentence))\n")
        } else {
            several.values.append(["name": .string(name), "error": failure.value["error"] ?? .null])
        }
    }

    private func facts(_ session: Session) throws -> Facts? {
        try session.daemon?.store.facts ?? Store.readFacts(state.folder(in: session))
    }

    /// Runs the Syncs that the repositories of those define, and of what these define in turn.
    private func runChildren(of syncs: [SyncDefinition], _ several: inout Several, _ session: Session) async throws {
        while true {
            let followed = FollowedSyncs(syncs, grants: grants, in: try facts(session)?.syncs ?? [])
            for (name, message) in followed.refusals where several.codes[name] == nil {
                tell(Failure(.invalid, "", message), of: name, &several, session)
            }
            var open = followed.all.filter { several.codes[$0.name] == nil && $0.child != nil }
            // Those that the daemon follows run by themselves.
            let names = Set(await session.daemon?.conductor.definitions.map(\.name) ?? [])
            open.removeAll { names.contains($0.name) }
            // Those first that wait for none of the others.
            let waiting = Set(open.map(\.name))
            guard let next = open.first(where: { waiting.isDisjoint(with: $0.dependsOn) }) ?? open.first else { return }
            var round = self
            round.peers = followed.all.map(\.options)
            try await round.run(next, &several, session)
        }
    }

    /// The result of a sync whose report nobody else's replaced meanwhile. Where another runner of the same state moved
    /// the report branch, what this one knows is out of date: it takes the other's word and syncs again.
    private func settled(_ sync: SyncDefinition, _ session: Session) async throws -> SyncResult {
        var options = sync.options
        guards.set(in: &options)
        options.isDryRun = isDryRun
        options.adopts = adopts
        options.reportSigning = try sync.signing(in: session)
        if let wait { options.wait = wait }
        options.timeout = timeout
        if sync.isSuspended, !isDryRun, rollback == nil { throw SyncError.suspended(sync.name, "at \(sync.place)") }
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
        let followed = await session.daemon?.conductor.definitions ?? []
        syncing.peers = peers + followed.map(\.options)
        let prepared = syncing
        let result = try await ProgressLine.during("\(sync.name): waiting for its turn", on: session.console) { line in
            let run = prepared.telling { line?.say("\(sync.name): \(Self.words(for: $0))") }
            return try await writer.mirrors.lanes.through(sync.name) { try await run.run() }
        }
        await session.daemon?.conductor.ended(sync.name, result)
        return result
    }
}

// MARK: - Printing

extension SyncRound {
    /// What a sync is at, for people who wait for it.
    private static func words(for station: String) -> String {
        switch station {
        case "fetch": "fetching"
        case "rebuild": "reading the report"
        case "load", "diff", "plan", "settle": "comparing"
        case "read": "reading manifests"
        case "apply": "applying"
        case "drive": "waiting until nothing moves"
        case "report", "note": "writing the report"
        default: station
        }
    }

    private func preview(of result: SyncResult, _ session: Session) throws -> PreviewLog.Standing? {
        let log = PreviewLog(try session.daemon?.writer.folder ?? state.folder(in: session))
        return log.standing(of: result.tree, sync: result.name)
    }

    /// Prints data, where that was asked for.
    private func print(_ value: Value, _ console: Console) {
        switch form {
        case .text: break
        case .yaml: console.write(value.yaml)
        case .json: console.line(value.prettyJSON)
        }
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
