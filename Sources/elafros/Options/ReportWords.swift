internal import ArgumentParser
internal import GitOps

/// Where reports go.
struct ReportWords: ParsableArguments {
    @Option(help: ArgumentHelp("Write the report into this folder.", valueName: "dir"))
    var reportDir: String?

    @Option(help: ArgumentHelp("Commit the report to this branch of the repository and push it.", valueName: "branch"))
    var reportBranch: BranchName?

    @Flag(help: "Tell in a git note on each commit what it came to: git notes --ref=elafros show.")
    var reportNotes = false

    @Option(
        help: ArgumentHelp(
            "Keep at least so many commits of the report branch; with twice as many, the older ones go. Default: all.",
            valueName: "commits"
        )
    )
    var reportKeep: Int?
}

extension ReportWords {
    /// Whether any of them is named, which beside a file is one too many.
    var areNamed: Bool { reportDir != nil || reportBranch != nil || reportNotes || reportKeep != nil }

    mutating func validate() throws {
        guard let reportKeep else { return }
        if reportKeep < 1 {
            throw ValidationError("--report-keep: \(reportKeep) is no number of commits; name 1 or more.")
        }
        if reportBranch == nil { throw ValidationError("--report-keep: there is no branch; name a --report-branch.") }
    }

    /// Sets where a sync run reports.
    func set(in options: inout SyncOptions, _ session: Session) {
        options.reportDirectory = reportDir.map(session.absolute)
        options.reportBranch = reportBranch?.text
        options.reportNotes = reportNotes
        options.reportKeep = reportKeep
    }
}
