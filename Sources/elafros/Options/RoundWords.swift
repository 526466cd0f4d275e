internal import ArgumentParser
internal import GitOps

/// Which Syncs a run by hand is about, and how far it may go: shared by `reconcile` and `rollback`.
struct RoundWords: ParsableArguments {
    @OptionGroup var file: ConfigWords

    @OptionGroup(title: "Guards")
    var guards: GuardWords

    @OptionGroup(title: "State")
    var state: StateWords

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How long to wait for rest. Default: 5m.", valueName: "time")
    )
    var timeout: Span?

    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print: text, yaml or json.")
    var form = OutputForm.text
}

extension RoundWords {
    /// A run with those words.
    var round: SyncRound {
        var round = SyncRound(guards: guards, state: state, form: form)
        if let timeout { round.timeout = timeout.duration }
        return round
    }

    /// The Syncs that it can be about.
    func syncs(in session: Session) async throws -> KnownSyncs { try await KnownSyncs(state, file, in: session) }
}
