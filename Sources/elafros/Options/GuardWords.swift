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
            "Refuse to prune more than this part of what there is (at least 5 objects). Default: 50%.",
            valueName: "percent"
        )
    )
    var maxPrune: Percent?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How long one exchange with the remote may take. Default: 1m.", valueName: "time")
    )
    var gitTimeout: Span?
}

extension GuardWords {
    /// How long one exchange with a remote may take where nothing else is said.
    static let patience = Duration.seconds(60)

    /// Whether any of them is named.
    var areNamed: Bool { atomic || allowEmpty || maxPrune != nil || gitTimeout != nil }

    /// Sets the guards of a sync run, as far as they are named.
    func set(in options: inout SyncOptions) {
        if atomic { options.isAtomic = true }
        if allowEmpty { options.allowsEmpty = true }
        if let maxPrune { options.maxPrunePercent = maxPrune.value }
    }
}
