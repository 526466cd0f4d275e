internal import ArgumentParser
internal import Resources
internal import Store
internal import YAML

/// `elafros events`: what happened, the newest last.
struct EventsCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Shows what happened to services and to what was made for them, the newest last.",
        discussion: """
            The last 2,000 are kept in the state folder, the same again counted; they are in no report.
            """
    )

    @Argument(help: "A service, or any other object. Default: all of them.")
    var name: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Only this namespace.", valueName: "ns"))
    var namespace: String?

    @OptionGroup var state: FolderWords

    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print: text, yaml or json.")
    var form = OutputForm.text

    @Flag(help: "No line with the columns' names.")
    var noHeaders = false

    func run(in session: Session) async throws -> ExitCode {
        let reader = try Reader.open(state, in: session)
        let list = EventList(of: name, in: namespace, reader.state, now: reader.now)
        try reader.check()
        if let name, list.occurrences.isEmpty, !isKnown(name, reader.state) {
            throw Failure(.different, "", "\"\(name)\" not found")
        }
        switch form {
        case .text:
            if list.occurrences.isEmpty {
                session.console.writeError("No events found.\n")
            } else {
                let table = list.table(showsNamespace: namespace == nil)
                session.console.write(table.rendered(session.console.paint, showsHeads: !noHeaders))
            }
        case .yaml: session.console.write(list.value.yaml)
        case .json: session.console.line(list.value.prettyJSON)
        }
        return .success
    }

    /// Whether some object has that name.
    private func isKnown(_ name: String, _ state: State) -> Bool {
        Kind.allCases.filter(\.isAPI).contains { kind in
            state.keys(kind).contains { $0.name == name && (namespace == nil || $0.namespace == namespace) }
        }
    }
}
