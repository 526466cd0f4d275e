internal import ArgumentParser
internal import GitOps
internal import Resources
internal import Store
internal import YAML

/// `elafros history`: the commits that were applied, the newest first.
struct HistoryCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Shows the commits that were applied: who made them, what they changed, and what came of them.",
        discussion: "The last \(AppliedCommit.most) of each Sync are kept in the state folder; they are in no report."
    )

    @Argument(help: "The Sync. Default: all of them.")
    var name: String?

    @OptionGroup var state: FolderWords

    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print: text, yaml or json.")
    var form = OutputForm.text

    @Flag(help: "No line with the columns' names.")
    var noHeaders = false

    func run(in session: Session) async throws -> ExitCode {
        let reader = try Reader.open(state, in: session)
        let names = reader.state.keys(.sync).map(\.name)
        if let name, !names.contains(name) { throw Failure.noSync(name, among: names) }
        let page = HistoryPage(
            syncs: names.filter { name == nil || $0 == name },
            state: reader.state,
            now: reader.now
        )
        switch form {
        case .text:
            if page.isEmpty {
                session.console.writeError("No commits were applied yet.\n")
            } else {
                session.console.write(page.table.rendered(session.console.paint, showsHeads: !noHeaders))
            }
        case .yaml: session.console.write(page.value.yaml)
        case .json: session.console.line(page.value.prettyJSON)
        }
        try reader.check()
        return .success
    }
}
