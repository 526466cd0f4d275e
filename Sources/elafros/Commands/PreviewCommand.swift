internal import ArgumentParser
internal import Engine
internal import Git
internal import GitOps
internal import Resources
internal import Store
internal import YAML

/// `elafros preview`: what merging something will do, before it is merged.
struct PreviewCommand: HandedCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Shows what a merge will do: changes, new revisions, each step of the rollout, and what goes wrong.",
        discussion: """
            Merges in memory, makes the plan that the next sync would make, and runs the engine on a copy of the live state \
            until nothing moves. Nothing live is touched. The live state is that of --from-report, else of the state \
            folder, if it holds a Sync of this remote, else what the base alone would make; options that the Sync has are \
            its own. Exit codes: 0 shown, 2 it could not run, 3 the merge brings findings that --fail-on names; what is \
            wrong on the base already does not count.
            """
    )

    @Option(
        help: ArgumentHelp("The repository: a path, file://, http(s)://, ssh:// or user@host:path.", valueName: "url")
    )
    var repo: String

    @OptionGroup var words: PreviewWords

    @Option(help: ArgumentHelp("The Sync that will carry it out. Default: the one that follows the base."))
    var name: String?

    @Option(
        help: ArgumentHelp("Take the live state from the report in this branch of the repository.", valueName: "branch")
    )
    var fromReport: BranchName?

    @OptionGroup(title: "State")
    var place: FolderWords

    @OptionGroup(title: "Where no Sync says it")
    var asked: AskedWords

    @OptionGroup(title: "Guards")
    var guards: GuardWords

    @OptionGroup(title: "Limits of one file")
    var limits: LimitWords

    @Option(
        help: ArgumentHelp("Exit with 3 where the merge brings such findings or worse.", valueName: "error|warning")
    )
    var failOn: FailOnWord?

    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print: text, markdown or json.")
    var output = PreviewForm.text

    /// Errors of `-o json` are data as well.
    var form: OutputForm { output == .json ? .json : .text }

    mutating func validate() throws {
        if let name { try SourceWords.check(name: name) }
        if let namespace = asked.namespace { try SourceWords.check(namespace: namespace) }
        if words.head.head == .workTree, words.merged != nil {
            throw ValidationError("--merged: nobody has merged what is on the disk; leave it out with --head WORKDIR.")
        }
    }

    func run(in session: Session) async throws -> ExitCode {
        let remote = try SourceWords.remote(repo, in: session)
        let live = try live(of: remote, in: session)
        let now = session.daemon?.clock.now() ?? SystemClock().now()
        let preview = try await PassingFolder.with("elafros-preview", in: session) { folder in
            let mirror = Mirror(
                passing: "\(folder)/mirror.git",
                remote: remote,
                credentials: .fromEnvironment(session.environment),
                timeout: guards.gitTimeout?.duration ?? GuardWords.patience,
                borrowingFrom: live.lender
            )
            let run = PreviewRun(
                request(of: remote),
                of: live.state,
                mirror: mirror,
                runtime: session.daemon?.writer.runtime.name,
                now: now
            )
            return try await ProgressLine.during("foretelling the merge", on: session.console) { _ in
                try await run.run()
            }
        }
        try note(preview, at: now, in: session)
        show(preview, session.console)
        return preview.newFindings.contains(where: isFailure) ? .invalid : .success
    }

    /// Leaves a line for `sync` to find; who may only read the folder leaves none.
    private func note(_ preview: Preview, at now: Instant, in session: Session) throws {
        let log = PreviewLog(try session.daemon?.writer.folder ?? place.folder(in: session))
        do {
            try log.add(preview.subject, at: now)
        } catch {
            session.console.writeError("elafros: \(error.sentence); sync will not know of this preview\n")
        }
    }

    private func isFailure(_ finding: PreviewFinding) -> Bool {
        switch (failOn, finding.finding.severity) {
        case (.warning, .warning), (.warning, .error), (.error, .error): true
        default: false
        }
    }

    private func show(_ preview: Preview, _ console: Console) {
        switch output {
        case .text: console.write(PreviewText(preview: preview, paint: console.paint).text)
        case .markdown: console.write(PreviewMarkdown(preview: preview).text)
        case .json: console.line(PreviewData(preview: preview).value.prettyJSON)
        }
    }
}

extension PreviewCommand {
    private func request(of remote: RemoteURL) -> PreviewRequest {
        var options = SyncOptions(remote: remote, path: asked.path ?? "", name: name)
        options.defaultNamespace = asked.namespace ?? options.defaultNamespace
        options.domain = asked.domain
        options.limits = limits.limits
        guards.set(in: &options)
        var request = PreviewRequest(options, isNamed: name != nil, head: words.head.head)
        request.asked = asked.asked
        request.base = words.base?.follow
        request.merged = words.merged?.follow
        request.at = words.at?.instant
        request.readyAfter = words.readyAfter?.duration
        request.builds = words.buildOutcome
        return request
    }

    /// Where the live state is, and a mirror of the remote that is there already.
    private func live(of remote: RemoteURL, in session: Session) throws -> (state: LiveState, lender: String?) {
        let folder = try place.folder(in: session)
        func lender(_ state: State) -> String? {
            let sync = state.keys(.sync).first { state[$0]?.spec["url"]?.string == remote.withoutCredentials }
            return sync.map { "\(folder.mirrors)/\($0.name).git" }
        }
        if let daemon = session.daemon {
            let state = daemon.store.state
            let live = fromReport.map { LiveState.report(branch: $0.text) } ?? .state(state, isDriven: true)
            return (live, lender(state))
        }
        if let fromReport { return (.report(branch: fromReport.text), nil) }
        let reader = try Reader.open(place, in: session)
        return (.state(reader.state, isDriven: false), lender(reader.state))
    }
}

/// How a preview is printed.
enum PreviewForm: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text, markdown, json
}

/// What a Sync that does not exist yet would say, and what has to be so where it exists.
struct AskedWords: ParsableArguments {
    @Option(help: ArgumentHelp("Only the manifests in this folder of the repository.", valueName: "dir"))
    var path: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The namespace of manifests that name none. Default: default.", valueName: "ns")
    )
    var namespace: String?

    @Option(help: ArgumentHelp("The suffix of the services' hosts. Default: mydomain.com.", valueName: "suffix"))
    var domain: String?
}

extension AskedWords {
    /// The same for a request.
    var asked: PreviewRequest.Asked {
        var asked = PreviewRequest.Asked()
        (asked.path, asked.namespace, asked.domain) = (path, namespace, domain)
        return asked
    }
}
