internal import ArgumentParser
internal import Git
internal import GitOps
internal import YAML

/// `elafros diff`: what a sync would change.
struct DiffCommand: WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Shows what a sync would change, per object, as a unified diff.",
        discussion: "Exit codes: 0 no difference, 1 differences, 2 it could not run or manifests are invalid."
    )

    @OptionGroup var words: SyncWords

    @OptionGroup(title: "Reports")
    var reports: ReportWords

    @OptionGroup(title: "State")
    var state: StateWords

    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print: text, yaml or json.")
    var form = OutputForm.text

    func run(in session: Session) async throws -> ExitCode {
        var options = try words.options(reports, in: session)
        options.isDryRun = true
        let writer = try await Writer.open(state, as: "diff", in: session)
        let run = writer.sync(
            options,
            gitTimeout: words.guards.gitTimeout?.duration ?? GuardWords.patience,
            credentials: .fromEnvironment(session.environment)
        )
        let result = try await writer.mirrors.lanes.through(options.name) { try await run.run() }
        show(result, session.console)
        if result.heldBack > 0 || result.isRefusedWhole { return .cannotRun }
        // What a guard keeps, or the Sync leaves, differs from git all the same.
        let isSame = result.changes.isEmpty && result.settings.isEmpty && result.refusedPrunes.isEmpty
        return isSame && result.leftovers.isEmpty ? .success : .different
    }

    private func show(_ result: SyncResult, _ console: Console) {
        switch form {
        case .text:
            for setting in result.settings { console.line(ChangeLines(paint: console.paint).line(setting)) }
            let diff = PlanDiff(changes: result.changes, refused: result.refusedPrunes, leftovers: result.leftovers)
            console.write(diff.text(console.paint))
            let lines = FindingLines(paint: console.errorPaint)
            for finding in result.findings where finding.severity == .error {
                console.writeError(lines.line(finding) + "\n")
            }
            if let refusal = result.pruneRefusal { console.writeError(refusal.message + "\n") }
        case .yaml: console.write(SyncData(result: result).value.yaml)
        case .json: console.line(SyncData(result: result).value.prettyJSON)
        }
    }
}
