internal import ArgumentParser
internal import GitOps

/// What a sync may do, and how long it may take.
struct GuardWords: ParsableArguments {
    @Flag(help: "All manifests or none: one invalid manifest holds back everything.")
    var atomic = false

    @Flag(help: "Allow a tree without any object of ours to prune all that there is.")
    var allowEmpty = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Refuse to prune more than this part of what there is (at least 5 objects).",
            valueName: "percent"
        )
    )
    var maxPrune = Percent(50)

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How long one exchange with the remote may take.", valueName: "time")
    )
    var gitTimeout = Span(.seconds(60))
}

extension GuardWords {
    /// Sets the guards of a sync run.
    func set(in options: inout SyncOptions) {
        options.isAtomic = atomic
        options.allowsEmpty = allowEmpty
        options.maxPrunePercent = maxPrune.value
    }
}
