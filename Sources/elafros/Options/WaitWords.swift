internal import ArgumentParser
internal import GitOps

/// What a sync waits for, and what it tells of itself.
struct WaitWords: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What to wait for: applied, progressing (rest, or rolling out as planned; the default) or ready.",
            valueName: "state"
        ),
        transform: { word in
            guard let wait = SyncOptions.Wait(rawValue: word) else {
                throw ValidationError("name one of applied, progressing and ready")
            }
            return wait
        }
    )
    var wait: SyncOptions.Wait?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How long to wait for it: 30s, 5m, 1h30m, or seconds. Default: 5m, under serve 10s.",
            valueName: "time"
        )
    )
    var timeout: Span?

    @Flag(help: "Print how long each station took and what was read, reconciled and written.")
    var stats = false
}
