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
            nothing. Exit codes: 0 in sync, 2 could not run, 3 some manifests invalid, 4 failed or not ready in time, \
            5 refused by a guard, 6 busy.
            """
    )

    @OptionGroup var words: SyncWords

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

    func run(in session: Session) async throws -> ExitCode {
        var options = try words.options(reports, in: session)
        options.isDryRun = dryRun
        options.wait = waiting.wait
        options.timeout = waiting.timeout?.duration ?? Self.patience
        let result = try await settled(options, session)
        show(result, try preview(of: result, session), session.console)
        if let failure = result.reportFailure { throw failure }
        return ExitCode(rawValue: result.exitCode) ?? .cannotRun
    }

    /// How long one sync waits where nothing is said.
    private static let patience = Duration.seconds(300)

    /// How often another runner may get in between before this one gives up.
    private static let mostTries = 5

    /// The result of a sync whose report nobody else's replaced meanwhile. Where another runner of the same state moved
    /// the report branch, what this one knows is out of date: it takes the other's word and syncs again.
    private func settled(_ options: SyncOptions, _ session: Session) async throws -> SyncResult {
        for number in 0..<Self.mostTries {
            let result = try await run(options, session, isAgain: number > 0)
            guard case .movedByAnotherRunner? = result.report?.branch else { return result }
            if session.daemon != nil { break }
        }
        let advice = "let only one runner at a time sync this state"
        throw Failure(.cannotRun, "branch \(options.reportBranch ?? "")", "another runner keeps moving it; \(advice)")
    }

    private func run(_ options: SyncOptions, _ session: Session, isAgain: Bool) async throws -> SyncResult {
        let gitTimeout = words.guards.gitTimeout.duration
        let stale = isAgain ? options.name : nil
        let writer = try await Writer.open(state, as: "sync", discardingForReportOf: stale, in: session)
        let run = writer.sync(options, gitTimeout: gitTimeout, in: session)
        return try await writer.mirrors.lanes.through(options.name) { try await run.run() }
    }

    private func preview(of result: SyncResult, _ session: Session) throws -> PreviewLog.Standing? {
        let log = PreviewLog(try session.daemon?.writer.folder ?? state.folder(in: session))
        return log.standing(of: result.tree, sync: result.name)
    }

    private func show(_ result: SyncResult, _ preview: PreviewLog.Standing?, _ console: Console) {
        switch form {
        case .text:
            console.write(SyncSummary(result: result, paint: console.paint, preview: preview).text)
            if waiting.stats { console.write("\n" + StatsPage(statistics: result.statistics).text(console.paint)) }
        case .yaml: console.write(data(result, preview).yaml)
        case .json: console.line(data(result, preview).prettyJSON)
        }
    }

    private func data(_ result: SyncResult, _ preview: PreviewLog.Standing?) -> Value {
        let data = SyncData(result: result, preview: preview).value
        guard waiting.stats, var map = data.map else { return data }
        map["stats"] = StatsPage(statistics: result.statistics).value
        return .map(map)
    }
}
