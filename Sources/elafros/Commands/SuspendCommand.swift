internal import ArgumentParser
internal import GitOps
internal import Resources
internal import Store
internal import YAML

/// `elafros suspend`: has a Sync do nothing until it is resumed.
struct SuspendCommand: WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspend",
        abstract:
            "Has a Sync do nothing until it is resumed: no commit is applied, no drift healed, no report written.",
        discussion: """
            What is live stays, and rollouts that are on their way go on; waves that wait do not. It outlives restarts.
            """
    )

    @Argument(help: "The Sync.")
    var name: String

    @Option(help: ArgumentHelp("Why, for others to read.", valueName: "text"))
    var reason: String?

    @OptionGroup(title: "State")
    var state: StateWords

    func run(in session: Session) async throws -> ExitCode {
        let change = SuspensionChange(name: name, state: state)
        let isNew = try await change.make(in: session) { status, now in
            guard status.suspension == nil else { return false }
            status.suspension = SyncStatus.Suspension(since: now, reason: reason)
            return true
        }
        session.console.line(isNew ? "\(name) suspended" : "\(name) is suspended already")
        return await change.report(in: session)
    }
}

/// `elafros resume`: has a suspended Sync go on.
struct ResumeCommand: WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Has a suspended Sync go on; under `serve` it runs at once."
    )

    @Argument(help: "The Sync.")
    var name: String

    @OptionGroup(title: "State")
    var state: StateWords

    func run(in session: Session) async throws -> ExitCode {
        let change = SuspensionChange(name: name, state: state)
        let isNew = try await change.make(in: session) { status, _ in
            guard status.suspension != nil else { return false }
            status.suspension = nil
            return true
        }
        if let definition = await session.daemon?.conductor.definition(name), definition.isSuspended {
            throw Failure(
                .refused,
                definition.place,
                "it says suspend: true; change that, and the Sync goes on by itself"
            )
        }
        await session.daemon?.conductor.ring(name, .poll)
        session.console.line(isNew ? "\(name) resumed" : "\(name) was not suspended")
        return .success
    }
}

/// Changes what the state says of a Sync's suspension.
private struct SuspensionChange {
    let name: String
    let state: StateWords

    /// - Parameter change: says whether it changed anything.
    func make(
        in session: Session,
        _ change: @Sendable (inout SyncStatus, Instant) -> Bool
    ) async throws -> Bool {
        let writer = try await Writer.open(state, as: "suspend", in: session)
        let key = Key(.sync, "", name)
        let definition = await session.daemon?.conductor.definition(name)
        guard writer.store.facts.syncs.contains(where: { $0.key == key }) || definition != nil else {
            throw Failure.noSync(name, among: writer.store.facts.syncs.map(\.metadata.name))
        }
        let now = writer.clock.now()
        let spec = writer.store.facts.syncs.first { $0.key == key }?.spec
        let reports = spec?["reportBranch"] != nil || spec?["reportDirectory"] != nil
        return try await writer.store.commit(durably: true) { state in
            var status = state[key]?.syncStatus ?? SyncStatus()
            guard change(&status, now) else { return false }
            // The report has it, and no mark says that it is behind.
            if reports { status.isReportOwed = true }
            // One that has not run yet is remembered all the same.
            let first = state[key] == nil ? definition.map { [Change.put($0.options.sync)] } ?? [] : []
            // Waves go no further while their Sync is suspended, and nothing else would wake them then.
            let waves = state.keys(.wave).filter { $0.namespace == name }.map { Change.setDue($0, now) }
            try state.apply(first + [.setStatus(key, .sync(status))] + waves, at: now)
            return true
        }
    }
}

extension SuspensionChange {
    /// Tells in the report that the Sync is suspended, which is so whatever becomes of that.
    func report(in session: Session) async -> ExitCode {
        do {
            let sync = try await KnownSyncs(state, in: session).one(name)
            let writer = try await Writer.open(state, as: "suspend", in: session)
            var options = sync.options
            options.reportSigning = try sync.signing(in: session)
            let run = writer.sync(
                options,
                gitTimeout: sync.gitTimeout,
                credentials: try sync.credentials(in: session)
            )
            _ = try await writer.mirrors.lanes.through(name) { try await run.reportStanding() }
            return .success
        } catch {
            session.console.writeError(
                "elafros: the report does not say so yet: \(FindingLines.oneLine(Failure(error).sentence))\n"
            )
            return .cannotRun
        }
    }
}

extension Failure {
    /// That there is no Sync of that name.
    static func noSync(_ name: String, among names: [String]) -> Failure {
        let advice =
            didYouMean(name, among: names).map { "did you mean \"\($0)\"?" }
            ?? (names.isEmpty ? "nothing was synced here yet" : "there are \(names.joined(separator: ", "))")
        return Failure(.different, "Sync \(name)", "there is none of that name; \(advice)")
    }
}
