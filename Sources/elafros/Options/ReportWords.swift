internal import ArgumentParser
internal import Git
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

    @OptionGroup var signing: SigningWords
}

extension ReportWords {
    /// Whether any of them is named, which beside a file is one too many.
    var areNamed: Bool {
        reportDir != nil || reportBranch != nil || reportNotes || reportKeep != nil || signing.areNamed
    }

    mutating func validate() throws {
        if signing.areNamed, reportBranch == nil, !reportNotes {
            throw ValidationError("--report-key: nothing is committed that could be signed; name a --report-branch.")
        }
        guard let reportKeep else { return }
        if reportKeep < 1 {
            throw ValidationError("--report-keep: \(reportKeep) is no number of commits; name 1 or more.")
        }
        if reportBranch == nil { throw ValidationError("--report-keep: there is no branch; name a --report-branch.") }
    }

    /// Sets where a sync run reports.
    ///
    /// - Throws: where a key cannot be read, or is none that is taken.
    func set(in options: inout SyncOptions, _ session: Session) throws {
        options.reportDirectory = reportDir.map(session.absolute)
        options.reportBranch = reportBranch?.text
        options.reportNotes = reportNotes
        options.reportKeep = reportKeep
        options.reportSigning = try signing.signing(in: session)
        options.verifiesReport = signing.reportVerify
        if options.verifiesReport, options.reportSigning.key == nil {
            throw Failure(
                .usage,
                "--report-verify",
                "nothing signs the report, so that it could never be verified; name a --report-key"
            )
        }
    }
}
