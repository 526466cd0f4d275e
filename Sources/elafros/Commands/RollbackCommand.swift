internal import ArgumentParser
internal import Git
internal import GitOps
internal import Resources
internal import Store
internal import YAML

/// `elafros rollback`: applies an older commit now, and leaves the newer one alone.
struct RollbackCommand: WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Applies an older commit now, and puts the one that is live in quarantine.",
        discussion: """
            The commit in quarantine is not applied again; the next one that is pushed is, and `--to` with the commit itself ends \
            the quarantine. With --push the branch gets a commit that makes the Sync's folder again what it was, so that git \
            says what is live. Exit codes as those of `sync`.
            """
    )

    @Argument(help: "The Sync. Default: the only one that there is.")
    var name: String?

    @Option(
        help: ArgumentHelp(
            "The commit to go back to, whole or as `elafros history` shows it. Default: the last one that came to be ready.",
            valueName: "commit"
        )
    )
    var to: String?

    @Flag(help: "Commit the same to the followed branch, and push it.")
    var push = false

    @OptionGroup var words: RoundWords

    var state: StateWords { words.state }
    var form: OutputForm { words.form }
    var inputFiles: [String] { words.file.config.map { [$0] } ?? [] }

    func run(in session: Session) async throws -> ExitCode {
        let syncs = try await words.syncs(in: session)
        let sync = try syncs.one(name)
        let snapshot = try session.daemon?.store.state ?? Store.read(state.folder(in: session))
        let commit = try target(sync.name, in: snapshot)
        var round = words.round
        round.rollback = commit
        let code = try await round.run(sync, in: session)
        guard push else { return code }
        try await pushRevert(of: sync, to: commit, in: session)
        return code
    }

    /// The commit to go back to.
    private func target(_ sync: String, in state: State) throws -> ObjectID {
        let known = AppliedCommit.all(of: sync, in: state)
        guard let to else {
            guard let back = AppliedCommit.wayBack(of: sync, in: state), let id = ObjectID(hex: back.commit) else {
                throw Failure(.different, "Sync \(sync)", "no older commit was applied here; name one with --to")
            }
            return id
        }
        if let id = ObjectID(hex: to) { return id }
        let matches = Set(known.map(\.commit).filter { $0.hasPrefix(to.lowercased()) })
        guard matches.count == 1, let id = matches.first.flatMap(ObjectID.init(hex:)) else {
            let what = matches.isEmpty ? "no commit that was applied begins so" : "several commits begin so"
            throw Failure(.usage, "--to \(to)", "\(what); name it whole, or as `elafros history \(sync)` shows it")
        }
        return id
    }

    private func pushRevert(of sync: SyncDefinition, to commit: ObjectID, in session: Session) async throws {
        let writer = try await Writer.open(state, as: "rollback", in: session)
        let status = writer.store.facts.syncs.first { $0.metadata.name == sync.name }?.syncStatus
        guard let branch = status?.branch, let quarantine = status?.quarantine,
            let tip = ObjectID(hex: quarantine.commit)
        else {
            throw Failure(.cannotRun, "--push", "Sync \(sync.name) follows no branch to which a commit could be pushed")
        }
        let mirror = writer.mirrors.mirror(
            sync.options,
            timeout: words.guards.gitTimeout?.duration ?? sync.gitTimeout,
            credentials: try sync.credentials(in: session)
        )
        let place = sync.options.path.isEmpty ? "the tree" : "the folder \(sync.options.path)"
        let published = try await writer.mirrors.lanes.through(sync.name) {
            try await mirror.publishRevert(
                branch: branch,
                path: sync.options.path,
                from: tip,
                to: commit,
                message:
                    "Roll back to \(commit.short)\n\nMakes \(place) again what it was at \(commit.hex), undoing what came since "
                    + "then, up to \(tip.hex).\n",
                author: .elafros(at: writer.clock.now())
            )
        }
        switch published {
        case .pushed(let id, _): session.console.line("pushed \(id.short) to \(branch), which undoes \(tip.short)")
        case .unchanged: session.console.line("\(branch) says that already")
        case .moved:
            throw Failure(
                .cannotRun,
                "branch \(branch)",
                "somebody has just pushed to it, and that is applied next; look at it, and roll back again"
            )
        }
    }
}
