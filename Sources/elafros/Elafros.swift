internal import ArgumentParser
internal import Glibc
internal import YAML

/// The root of the command line; alone it prints the help.
struct Elafros: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "elafros",
        abstract: "Reconciles serverless services with a git repository.",
        discussion: """
            Push Service YAML to a repository; elafros brings the services to what it says and writes back what happened.

              elafros sync  --repo URL --report-branch elafros-status
              elafros serve --repo URL --report-branch elafros-status
              elafros init > elafros.yaml; elafros serve --config elafros.yaml
            """,
        version: Version.text,
        groupedSubcommands: [
            CommandGroup(
                name: "Git to services:",
                subcommands: [
                    SyncCommand.self, ServeCommand.self, DiffCommand.self, PreviewCommand.self,
                    ValidateCommand.self,
                ]
            ),
            CommandGroup(
                name: "Syncs:",
                subcommands: [
                    ReconcileCommand.self, SuspendCommand.self, ResumeCommand.self, ForgetCommand.self,
                    HistoryCommand.self,
                    RollbackCommand.self, ConfigCommand.self, InitCommand.self,
                ]
            ),
            CommandGroup(
                name: "What is live:",
                subcommands: [
                    StatusCommand.self, GetCommand.self, EventsCommand.self, WaitCommand.self, WatchCommand.self,
                ]
            ),
            CommandGroup(
                name: "By hand:",
                subcommands: [ApplyCommand.self, PatchCommand.self, DeleteCommand.self, StateCommand.self]
            ),
        ]
    )
}

/// A command of the program: words in, text out, an exit code at the end.
protocol Command: ParsableCommand, Sendable {
    /// How its results, and so its errors, are printed.
    var form: OutputForm { get }

    /// Does the work. What it throws is printed in one place.
    func run(in session: Session) async throws -> ExitCode
}

extension Command {
    var form: OutputForm { .text }
}

/// A command that is handed over where a daemon holds the folder, whose state is the newest.
protocol HandedCommand: Command {
    /// The state folder.
    var place: FolderWords { get }
    /// The files and folders whose content the command needs, beside standard input.
    var inputFiles: [String] { get }
}

extension HandedCommand {
    var inputFiles: [String] { [] }
}

/// A command that writes the state.
protocol WritingCommand: HandedCommand {
    /// The state folder, and how long it is waited for.
    var state: StateWords { get }
}

extension WritingCommand {
    var place: FolderWords { state.place }
}

/// The version of the program.
enum Version {
    static let number = "0.1.0"
    static let text = "elafros \(number)"
}

/// From words to an exit code.
enum Program {
    /// Runs what the session's words say and prints what it throws.
    static func run(_ session: Session) async -> Int32 {
        // Asked by every script that looks for the program: answered before the parser has looked over all commands.
        if session.words == ["--version"] {
            session.console.line(Version.text)
            return ExitCode.success.rawValue
        }
        let parsed: any ParsableCommand
        do {
            parsed = try Elafros.parseAsRoot(session.words)
            guard let command = parsed as? any Command else {
                // The root, or a group of commands, alone: its help.
                var parsed = parsed
                try parsed.run()
                return ExitCode.success.rawValue
            }
            let code = await run(command, session)
            // A script that keeps the output must learn that a part of it is missing.
            if code == .success, let failure = session.console.failure, !(command is ServeCommand) {
                print(failure, as: command.form, session.console)
                return failure.code.rawValue
            }
            return code.rawValue
        } catch {
            let code = Elafros.exitCode(for: error).rawValue
            let message = unknownCommand(session.words) ?? Elafros.fullMessage(for: error)
            if code == 0 {
                session.console.line(message)
            } else {
                session.console.writeError(message + "\n")
            }
            return code
        }
    }

    /// What is said where the first word is no command; nil where it is one, or an option.
    private static func unknownCommand(_ words: [String]) -> String? {
        let names = Elafros.configuration.subcommands.compactMap { command in command.configuration.commandName }
        guard let word = words.first, !word.hasPrefix("-"), word != "help", !names.contains(word) else { return nil }
        let advice =
            didYouMean(word, among: names).map { "did you mean \"\($0)\"?" }
            ?? "the commands are \(names.joined(separator: ", "))"
        return "elafros: there is no command \"\(word)\"; \(advice)"
    }

    private static func run(_ command: any Command, _ session: Session) async -> ExitCode {
        do {
            guard let handed = command as? any HandedCommand else {
                guard session.daemon == nil else { throw Failure(.usage, "", "the daemon runs no such command") }
                return try await command.run(in: session)
            }
            if let code = try await handOver(handed, session) { return code }
            do {
                return try await command.run(in: session)
            } catch is HandOver.DaemonAppeared {
                if let code = try await handOver(handed, session) { return code }
                return try await command.run(in: session)
            }
        } catch {
            let failure = Failure(error)
            print(failure, as: command.form, session.console)
            return failure.code
        }
    }

    /// Has the daemon of the state folder run the command; nil where there is none, or this is the daemon.
    private static func handOver(_ command: any HandedCommand, _ session: Session) async throws -> ExitCode? {
        guard session.daemon == nil else { return nil }
        return try await HandOver.run(at: command.place.folder(in: session), session, files: command.inputFiles)
    }

    private static func print(_ failure: Failure, as form: OutputForm, _ console: Console) {
        switch form {
        case .text: console.writeError("elafros: \(FindingLines.oneLine(failure.sentence))\n")
        case .json: console.writeError(failure.value.prettyJSON + "\n")
        case .yaml: console.writeError(failure.value.yaml)
        }
    }
}

@main
enum Main {
    static func main() async {
        occupyStandardDescriptors()
        guard let session = Session.process() else {
            Console.process([:]).writeError(
                "elafros: a word of the command line is not UTF-8; name it in another way\n"
            )
            exit(ExitCode.usage.rawValue)
        }
        exit(await Program.run(session))
    }

    /// Opens what of standard input, output and error was closed, the wrong way round: else the next file that is opened,
    /// as the lock or a pack, would take its number, and be written to as if it were a terminal.
    private static func occupyStandardDescriptors() {
        for (descriptor, flags) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
        where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is this one, as those below it are taken.
            _ = open("/dev/null", flags)
        }
    }
}
