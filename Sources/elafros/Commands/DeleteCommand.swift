internal import ArgumentParser
internal import Resources
internal import Store

/// `elafros delete`: live objects away, by hand.
struct DeleteCommand: WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Deletes live objects by hand. What git names comes back with the next sync."
    )

    @Argument(help: "The kind, or KIND/NAME several times.")
    var words: [String]

    @Option(name: .shortAndLong, help: ArgumentHelp("The namespace.", valueName: "ns"))
    var namespace = "default"

    @Option(
        help:
            "What becomes of what the objects own: background deletes it afterwards, foreground first, orphan leaves it."
    )
    var cascade = Cascade.background

    @Flag(help: "An object that is not there is no error.")
    var ignoreNotFound = false

    @OptionGroup(title: "State")
    var state: StateWords

    /// What becomes of the children.
    enum Cascade: String, ExpressibleByArgument, CaseIterable, Sendable {
        case background, foreground, orphan

        var propagation: Change.Propagation {
            switch self {
            case .background: .background
            case .foreground: .foreground
            case .orphan: .orphan
            }
        }
    }

    func run(in session: Session) async throws -> ExitCode {
        let keys = try keys()
        let writer = try await Writer.open(state, as: "delete", in: session)
        let propagation = cascade.propagation
        let edits = try await writer.edit { state in
            try keys.filter { state.contains($0) || !$0.kind.isAPI }.map {
                try HandEdit.delete($0, propagation, in: state)
            }
        }
        for edit in edits { session.console.line("\(edit.key.commandLineName) \(edit.outcome.rawValue)") }
        let deleted = Set(edits.map(\.key))
        guard !ignoreNotFound else { return .success }
        let missing = keys.filter { !deleted.contains($0) }
        for key in missing { session.console.writeError("elafros: \(HandEdit.notFound(key).sentence)\n") }
        return missing.isEmpty ? .success : .different
    }

    /// `service a b`, or `service/a route/b`.
    private func keys() throws -> [Key] {
        if words.allSatisfy({ $0.contains("/") }) {
            return try words.map { word in
                let parts = word.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
                return Key(try KindWords.one(String(parts[0])), namespace, String(parts[1]))
            }
        }
        if let word = words.first(where: { $0.contains("/") }) {
            throw Failure(.usage, word, "write KIND/NAME for each object, or one kind and then the names")
        }
        let kind = try KindWords.one(words[0])
        guard words.count > 1 else { throw Failure(.usage, words[0], "no name; name the objects to delete") }
        return words.dropFirst().map { Key(kind, namespace, $0) }
    }
}
