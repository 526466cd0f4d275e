internal import ArgumentParser
internal import GitOps

/// All words that say what to sync and how: shared by `sync`, `serve` and `diff`.
struct SyncWords: ParsableArguments {
    @OptionGroup(title: "What is followed")
    var source: SourceWords

    @OptionGroup(title: "Guards")
    var guards: GuardWords

    @OptionGroup(title: "Limits of one file")
    var limits: LimitWords
}

extension SyncWords {
    /// The options of a sync run.
    func options(_ reports: ReportWords, in session: Session) throws -> SyncOptions {
        var options = SyncOptions(
            remote: try source.remote(in: session),
            follow: source.follow,
            path: source.path ?? "",
            name: source.name
        )
        options.defaultNamespace = source.namespace
        options.domain = source.domain
        options.inProgress = source.inProgress?.status
        options.keptRevisions = source.keepRevisions?.kept
        options.adopts = source.adopt
        options.limits = limits.limits
        guards.set(in: &options)
        try reports.set(in: &options, session)
        return options
    }

    /// Refuses words beside a file that says the same.
    ///
    /// - Throws: `ValidationError` naming the first of them.
    func refuseBeside(config: String) throws {
        let named: [(String, Bool)] = [
            ("--repo", source.repo != nil), ("--branch", source.branch != nil), ("--tag", source.tag != nil),
            ("--commit", source.commit != nil), ("--path", source.path != nil),
            ("--namespace", source.namespace != SourceWords.defaultNamespace), ("--domain", source.domain != nil),
            ("--in-progress", source.inProgress != nil), ("--keep-revisions", source.keepRevisions != nil),
        ]
        guard let word = named.first(where: \.1)?.0 else { return }
        throw ValidationError("\(word) and --config exclude each other; write it into \(config).")
    }
}
