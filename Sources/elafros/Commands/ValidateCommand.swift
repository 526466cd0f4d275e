internal import ArgumentParser
internal import GitOps
internal import YAML

/// `elafros validate`: every error of every manifest, before anything is pushed.
struct ValidateCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Checks manifests: every error with file:line:column. Needs no state; fits a pre-commit hook.",
        discussion: """
            In a folder the files that `sync` would read are checked: *.yaml, *.yml and *.json outside folders whose name \
            begins with a dot, but for those that its .elafrosignore names. Exit code 3 where anything is invalid.
            """
    )

    @Argument(help: ArgumentHelp("Folders and files; - is standard input.", valueName: "path"))
    var paths: [String]

    @Option(name: .shortAndLong, help: ArgumentHelp("The namespace of manifests that name none.", valueName: "ns"))
    var namespace = "default"

    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print: text, yaml or json.")
    var form = OutputForm.text

    @OptionGroup(title: "Limits of one file")
    var limits: LimitWords

    @Flag(name: .shortAndLong, help: "Errors alone: no warnings, notes and summary.")
    var quiet = false

    func run(in session: Session) async throws -> ExitCode {
        var validation = Validation(defaultNamespace: namespace, limits: limits.limits)
        for path in paths {
            if path == "-" {
                validation.check("<stdin>", try session.input())
            } else {
                try ManifestFolder.read(session.absolute(path), shownAs: path, maxBytes: limits.maxFileSize) {
                    name,
                    content in
                    switch content {
                    case .bytes(let bytes): validation.check(name, bytes)
                    case .finding(let finding): validation.findings.append(Finding(path: name, finding))
                    }
                }
            }
        }
        validation.finish()
        let shown = validation.findings.filter { !quiet || $0.severity == .error }
        switch form {
        case .text: show(shown, of: validation, session.console)
        case .yaml: session.console.write(validation.value(shown).yaml)
        case .json: session.console.line(validation.value(shown).prettyJSON)
        }
        return validation.hasErrors ? .invalid : .success
    }

    private func show(_ findings: [Finding], of validation: Validation, _ console: Console) {
        let lines = FindingLines(paint: console.paint)
        for finding in findings { console.line(lines.line(finding)) }
        if !quiet { console.line(validation.summary(console.paint)) }
    }
}
