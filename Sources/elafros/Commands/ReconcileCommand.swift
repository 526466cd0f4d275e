internal import ArgumentParser
internal import GitOps
internal import Resources
internal import Store

/// `elafros reconcile`: has a Sync run now.
struct ReconcileCommand: WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Has a Sync run now, whatever its interval, schedule and windows say.",
        discussion: """
            Under `serve` the daemon runs it, and with --wait this command waits for that and prints what came of it, as \
            `sync` does. Without a daemon it is `sync` with the words that the Sync was last given.
            """
    )

    @Argument(help: "The Sync. Default: all of them.")
    var name: String?

    @Flag(help: "Wait for it, and print what came of it.")
    var wait = false

    @OptionGroup var words: RoundWords

    var state: StateWords { words.state }
    var form: OutputForm { words.form }
    var inputFiles: [String] { words.file.config.map { [$0] } ?? [] }

    func run(in session: Session) async throws -> ExitCode {
        let isSimple = !wait && words.file.config == nil && !words.guards.areNamed
        if let daemon = session.daemon, isSimple {
            guard let name else {
                await daemon.conductor.ringAll(.request)
                session.console.line("all Syncs run now")
                return .success
            }
            let key = Key(.sync, "", name)
            if let suspension = daemon.store.state[key]?.syncStatus.suspension {
                throw SyncError.suspended(name, suspension.text)
            }
            if await daemon.conductor.ring(name, .request) {
                session.console.line("\(name) runs now")
                return .success
            }
        }
        let syncs = try await words.syncs(in: session).some(name)
        if name != nil, let sync = syncs.first { return try await words.round.run(sync, in: session) }
        return try await words.round.run(syncs, in: session)
    }
}
