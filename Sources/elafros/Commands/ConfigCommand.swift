internal import ArgumentParser
internal import GitOps
internal import Store
internal import Resources
internal import YAML

/// `elafros config`: what a file of Sync objects means.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Checks and explains a file of Sync objects.",
        subcommands: [ConfigCheckCommand.self, ConfigSchemaCommand.self]
    )
}

/// `elafros config check`: every error of the file, or what each Sync does.
struct ConfigCheckCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tells every error of the file with its place, or what each Sync will do and when.",
        discussion: "Asks no remote and needs no state. Exit code 3 where anything is wrong."
    )

    @Argument(help: ArgumentHelp("The file.", valueName: "file"))
    var file: String

    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print: text, yaml or json.")
    var form = OutputForm.text

    func run(in session: Session) async throws -> ExitCode {
        let config = try ConfigWords.read(file, in: session)
        let page = ConfigPage(config: config, now: SystemClock().now())
        switch form {
        case .text: session.console.write(page.text(session.console.paint))
        case .yaml: session.console.write(page.value.yaml)
        case .json: session.console.line(page.value.prettyJSON)
        }
        return config.hasErrors ? .invalid : .success
    }
}

/// `elafros config schema`: the file's JSON Schema.
struct ConfigSchemaCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Prints JSON Schema of such a file, for editors."
    )

    func run(in session: Session) async throws -> ExitCode {
        session.console.line(ConfigKind.jsonSchema.prettyJSON)
        return .success
    }
}

/// `elafros init`: a file to begin with.
struct InitCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Prints a commented file of Sync objects to begin with: elafros init --repo URL > elafros.yaml"
    )

    @Option(help: ArgumentHelp("The repository that it follows.", valueName: "url"))
    var repo = "https://example.com/acme/shop.git"

    @Option(help: ArgumentHelp("The Sync's name. Default: from the repository's address."))
    var name: String?

    mutating func validate() throws { if let name { try SourceWords.check(name: name) } }

    func run(in session: Session) async throws -> ExitCode {
        session.console.write(try StarterFile.text(repo: repo, name: name))
        return .success
    }
}
