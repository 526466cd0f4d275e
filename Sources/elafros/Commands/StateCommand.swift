internal import ArgumentParser
internal import Git
internal import GitOps
internal import Resources
internal import Store

/// `elafros state`: what concerns the state folder itself.
struct StateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state",
        abstract: "Looks after the state folder.",
        subcommands: [StateBackupCommand.self, StateCheckCommand.self, StateRebuildCommand.self]
    )
}

/// `elafros state rebuild`: an empty state folder filled from a report.
struct StateRebuildCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Fills an empty state folder from a report.",
        discussion: """
            What came from git comes back as it was: objects, generations, Revisions, traffic and inventory; not what was \
            applied by hand.
            """
    )

    @Flag(help: "From a report: the only source that there is.")
    var fromReport = false

    @Option(help: ArgumentHelp("The repository that holds the report branch.", valueName: "url"))
    var repo: String?

    @Option(help: ArgumentHelp("The branch that holds the report.", valueName: "branch"))
    var reportBranch: BranchName?

    @Option(help: ArgumentHelp("The folder that holds the report.", valueName: "dir"))
    var reportDir: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How long one exchange with the remote may take.", valueName: "time")
    )
    var gitTimeout = Span(.seconds(60))

    @OptionGroup(title: "Signatures")
    var signing: SigningWords

    @OptionGroup(title: "State")
    var state: StateWords

    mutating func validate() throws {
        guard fromReport else { throw ValidationError("Missing --from-report: say what to rebuild the state from.") }
        switch (repo, reportBranch, reportDir) {
        case (_?, _?, nil), (nil, nil, _?): break
        default: throw ValidationError("Name either --repo and --report-branch, or --report-dir.")
        }
        if reportDir != nil, signing.areNamed {
            throw ValidationError("--report-dir: nobody signs a folder; leave the words about signatures out.")
        }
    }

    func run(in session: Session) async throws -> ExitCode {
        let folder = try state.folder(in: session)
        guard !folder.holdsState else {
            let advice = "name an empty --state, or move this one away"
            throw Failure(.cannotRun, folder.path, "a state is there already, and would be overwritten; \(advice)")
        }
        try folder.create()
        let holder = FolderLock.Holder.thisProcess("state rebuild", since: SystemClock().now())
        let lock = try await folder.lock(as: holder, timeout: state.lockTimeout.duration)
        let report = try await read(folder, session)
        let store = try Store.open(folder, lock: lock, newID: report.stateID)
        let now = SystemClock().now()
        try await store.commit(durably: true) { state in
            _ = try state.apply(report.changes(at: now), at: now)
        }
        if let reportBranch, let finding = report.finding(branch: reportBranch.text, try signing.signing(in: session)) {
            session.console.writeError(FindingLines(paint: session.console.errorPaint).line(finding) + "\n")
        }
        let source = report.sourceCommit.map { " as of \($0.prefix(7))" } ?? ""
        session.console.line(
            "rebuilt \(counted(report.objects.count, "object")) of \(counted(report.syncs.count, "Sync"))\(source)"
        )
        return .success
    }

    private func read(_ folder: StateFolder, _ session: Session) async throws -> RestoredReport {
        guard let repo, let reportBranch else {
            return try ReportReader.read(directory: session.absolute(reportDir ?? ""))
        }
        let source = try RemoteURL(repo)
        let isRelative = source.kind == .path && !repo.hasPrefix("file://")
        let remote = isRelative ? try RemoteURL(session.absolute(repo)) : source
        let mirror = Mirror(
            folder: "\(folder.mirrors)/\(SyncOptions.defaultName(remote, path: "")).git",
            remote: remote,
            credentials: .fromEnvironment(session.environment),
            timeout: gitTimeout.duration
        )
        let keys = try signing.signing(in: session)
        if signing.reportVerify, keys.expected == nil {
            throw Failure(.usage, "--report-verify", "nobody is believed yet; name --report-signers or a --report-key")
        }
        return try await ReportReader.read(
            branch: reportBranch.text,
            of: mirror,
            signedAs: signing.reportVerify ? keys : nil
        )
    }
}
