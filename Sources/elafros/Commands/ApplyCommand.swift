internal import ArgumentParser
internal import GitOps
internal import Resources
internal import Store
internal import YAML

/// `elafros apply`: manifests laid over live objects by hand.
struct ApplyCommand: WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Creates or changes live objects by hand. What git names is healed by the next sync."
    )

    @Option(
        name: [.short, .customLong("filename")],
        help: ArgumentHelp("A file or folder of manifests; - is standard input.", valueName: "file")
    )
    var files: [String]

    @Option(name: .shortAndLong, help: ArgumentHelp("The namespace of manifests that name none.", valueName: "ns"))
    var namespace = "default"

    @OptionGroup(title: "State")
    var state: StateWords

    var inputFiles: [String] { files.filter { $0 != "-" } }

    func run(in session: Session) async throws -> ExitCode {
        let (wishes, findings) = try read(session)
        let lines = FindingLines(paint: session.console.errorPaint)
        for finding in findings where finding.severity != .note {
            session.console.writeError(lines.line(finding) + "\n")
        }
        let isInvalid = findings.contains { $0.severity == .error }
        guard !wishes.isEmpty else {
            if isInvalid { return .invalid }
            // Why each document was passed over, which nobody wants to read of a folder that holds some of ours.
            let notes = findings.filter { $0.severity == .note }
            for note in notes { session.console.writeError(lines.line(note) + "\n") }
            throw Failure(
                .invalid,
                files.joined(separator: ", "),
                notes.isEmpty
                    ? "there is nothing in it; name a manifest, or a folder with *.yaml, *.yml or *.json files"
                    : "no objects of ours in it"
            )
        }
        let writer = try await Writer.open(state, as: "apply", in: session)
        let edits = try await writer.edit { state in
            // One after the other: a later document may speak of the same object.
            var copy = state
            return try wishes.map { wish in
                let edit = try HandEdit.apply(wish.desired, at: wish.version, to: copy)
                try copy.apply(edit.changes, at: writer.clock.now())
                return edit
            }
        }
        for edit in edits { session.console.line("\(edit.key.commandLineName) \(edit.outcome.rawValue)") }
        return isInvalid ? .invalid : .success
    }

    /// What one document asks for.
    private struct Wish: Sendable {
        let desired: Desired
        /// The resourceVersion that it was made for, where it names one, as what `get -o yaml` prints does.
        let version: String?
    }

    private func read(_ session: Session) throws -> ([Wish], [Finding]) {
        var wishes: [Wish] = []
        var findings: [Finding] = []
        let reader = ManifestReader(defaultNamespace: namespace)
        func take(_ name: String, _ bytes: [UInt8]) {
            let file = YAMLParser().parse(bytes)
            findings += file.diagnostics.map { Finding(path: name, $0) }
            for node in file.documents.filter({ !$0.hasErrors }).flatMap({ Self.objects(in: $0.root) }) {
                switch reader.read(node) {
                case .desired(let desired, let warnings):
                    let version = node["metadata"]?["resourceVersion"]
                    wishes.append(Wish(desired: desired, version: version?.kind == .scalar ? version?.text : nil))
                    findings += warnings.map { Finding(path: name, $0) }
                case .configuration(let node):
                    let message =
                        "no live object, but one that says what is followed; it belongs in the file of --config, or in a "
                        + "followed repository"
                    findings.append(Finding(path: name, Diagnostic(.error, at: node.position, message)))
                case .skipped(let note): findings.append(Finding(path: name, note))
                case .invalid(let errors, _): findings += errors.map { Finding(path: name, $0) }
                }
            }
        }
        for path in files {
            if path == "-" {
                take("<stdin>", try session.input())
            } else {
                for file in try session.files(path) {
                    switch file.content {
                    case .bytes(let bytes): take(file.name, bytes)
                    case .finding(let finding): findings.append(Finding(path: file.name, finding))
                    }
                }
            }
        }
        return (wishes, findings)
    }

    /// The document, or the items of a `List` of v1.
    private static func objects(in node: Node) -> [Node] {
        guard node["apiVersion"]?.text == "v1", node["kind"]?.text == "List", let items = node["items"],
            items.kind == .sequence
        else { return [node] }
        return items.items.flatMap { objects(in: $0) }
    }
}
