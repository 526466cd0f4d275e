internal import ArgumentParser
internal import Store

/// `elafros state backup`: the state copied into a file.
struct StateBackupCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copies the state as it stands now into a file, whoever is writing meanwhile.",
        discussion: """
            To go back to it: stop the daemon, empty the state folder, put the file there as state.sqlite. The mirrors are \
            fetched again.
            """
    )

    @Argument(help: ArgumentHelp("The file; it must not be there yet.", valueName: "file"))
    var file: String

    @OptionGroup var state: FolderWords

    func run(in session: Session) async throws -> ExitCode {
        try state.folder(in: session).backup(to: session.absolute(file))
        session.console.line("\(file) written")
        return .success
    }
}

/// `elafros state check`: whether the state is whole.
struct StateCheckCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Reads all of the state, and tells what is damaged.",
        discussion: "Exit code 2 where anything is."
    )

    @OptionGroup var state: FolderWords

    func run(in session: Session) async throws -> ExitCode {
        let folder = try state.folder(in: session)
        let (damages, objects) = try folder.check()
        for damage in damages { session.console.line(FindingLines.oneLine(damage)) }
        guard damages.isEmpty else {
            throw Failure(
                .cannotRun,
                folder.path,
                "the state is damaged; move the folder away, and begin with a backup, or with `state rebuild --from-report`"
            )
        }
        session.console.line("\(counted(objects, "object")), nothing damaged")
        return .success
    }
}
