internal import ArgumentParser
internal import Resources
internal import YAML

/// `elafros patch`: some fields of a live object, by hand.
struct PatchCommand: WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "patch",
        abstract: "Changes fields of a live object by hand. What git names is healed by the next sync."
    )

    @Argument(help: "The kind, or KIND/NAME.")
    var kind: String

    @Argument(help: "The object's name.")
    var name: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The patch, as JSON or YAML; @file reads it from a file.", valueName: "patch")
    )
    var patch: String

    @Option(help: "How the patch is meant: strategic, merge (RFC 7386) or json (RFC 6902).")
    var type = PatchType.strategic

    @Option(name: .shortAndLong, help: ArgumentHelp("The namespace.", valueName: "ns"))
    var namespace = "default"

    @OptionGroup(title: "State")
    var state: StateWords

    var inputFiles: [String] { file.map { [$0] } ?? [] }

    /// The file that holds the patch, where it is in one.
    private var file: String? { patch.hasPrefix("@") ? String(patch.dropFirst()) : nil }

    func run(in session: Session) async throws -> ExitCode {
        let key = try key()
        let patch = try read(session)
        let writer = try await Writer.open(state, as: "patch", in: session)
        let edits = try await writer.edit { [try HandEdit.patch(key, patch, type, in: $0)] }
        for edit in edits {
            let remark = edit.outcome == .unchanged ? "patched (no change)" : edit.outcome.rawValue
            session.console.line("\(edit.key.commandLineName) \(remark)")
        }
        return .success
    }

    /// `service a`, or `service/a`.
    private func key() throws -> Key {
        let parts = kind.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (parts.count, name) {
        case (1, let name?): return Key(try KindWords.one(kind), namespace, name)
        case (2, nil): return Key(try KindWords.one(parts[0]), namespace, parts[1])
        case (1, nil): throw Failure(.usage, kind, "no name; name the object to patch")
        default: throw Failure(.usage, kind, "two names; write KIND NAME or KIND/NAME")
        }
    }

    private func read(_ session: Session) throws -> Value {
        let place = file ?? "--patch"
        let parsed = YAMLParser().parse(try bytes(session))
        if let error = parsed.diagnostics.first(where: { $0.severity == .error }) {
            throw Failure(.invalid, place, error.position.map { "\($0): \(error.message)" } ?? error.message)
        }
        guard let document = parsed.documents.first, parsed.documents.count == 1 else {
            throw Failure(.invalid, place, "one patch is needed; it holds \(parsed.documents.count) documents")
        }
        return document.root.value
    }

    private func bytes(_ session: Session) throws -> [UInt8] {
        guard let file else { return Array(patch.utf8) }
        let files = try session.files(file)
        guard files.count == 1, files[0].word == files[0].name else {
            throw Failure(.invalid, file, "a folder; name the file that holds the patch")
        }
        switch files[0].content {
        case .bytes(let bytes): return bytes
        case .finding(let finding): throw Failure(.invalid, file, finding.message)
        }
    }
}

extension PatchType: ExpressibleByArgument {}
