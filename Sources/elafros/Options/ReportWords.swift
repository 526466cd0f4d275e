internal import ArgumentParser

/// Where reports go.
struct ReportWords: ParsableArguments {
    @Option(help: ArgumentHelp("Write the report into this folder.", valueName: "dir"))
    var reportDir: String?

    @Option(help: ArgumentHelp("Commit the report to this branch of the repository and push it.", valueName: "branch"))
    var reportBranch: BranchName?
}
