internal import ArgumentParser
internal import GitOps
internal import YAML

/// `elafros sync`: one commit carried from the repository to live services and a report.
struct SyncCommand: WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Brings the services to what a repository says, once: for cron, timers and CI jobs.",
        discussion: """
            Fetches, applies what differs, waits until nothing moves, writes the report. Nothing new: says so, writes \
            nothing. With --config all Syncs of the file, or the one that --name names, each after those that it depends on. \
            Exit codes: 0 in sync, 2 could not run, 3 some manifests invalid, 4 failed or not ready in time, \
            5 refused by a guard or suspended, 6 busy.
            """
    )

    @OptionGroup var words: SyncWords

    @OptionGroup var file: ConfigWords

    @OptionGroup(title: "Reports")
    var reports: ReportWords

    @OptionGroup(title: "State")
    var state: StateWords

    @OptionGroup(title: "Waiting")
    var waiting: WaitWords

    @Flag(help: "Show what would be done, and write nothing.")
    var dryRun = false

    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print: text, yaml or json.")
    var form = OutputForm.text

    var inputFiles: [String] { file.config.map { [$0] } ?? [] }

    mutating func validate() throws {
        guard let config = file.config else { return }
        try words.refuseBeside(config: config)
        if reports.areNamed {
            throw ValidationError("--config: the file says where reports go; leave those words out.")
        }
    }

    func run(in session: Session) async throws -> ExitCode {
        var round = SyncRound(guards: words.guards, state: state, form: form)
        round.isDryRun = dryRun
        round.adopts = words.source.adopt
        round.wait = waiting.wait
        round.showsStatistics = waiting.stats
        if let timeout = waiting.timeout { round.timeout = timeout.duration }
        guard let config = try file.file(in: session) else {
            let options = try words.options(reports, in: session)
            return try await round.run(
                SyncDefinition(
                    options,
                    interval: SyncDefinition.defaultInterval,
                    gitTimeout: words.guards.gitTimeout?.duration ?? GuardWords.patience
                ),
                in: session
            )
        }
        round.grants = config.grants
        let syncs = config.syncs
        round.peers = syncs.map(\.options)
        guard let name = words.source.name else { return try await round.run(syncs, in: session) }
        guard let sync = syncs.first(where: { $0.name == name }) else {
            let names = syncs.map(\.name).sorted()
            let advice = didYouMean(name, among: names).map { "did you mean \"\($0)\"?" }
            throw Failure(
                .usage,
                "--name \(name)",
                "the file has no such Sync; \(advice ?? "it has \(names.joined(separator: ", "))")"
            )
        }
        return try await round.run(sync, in: session)
    }
}
