internal import ArgumentParser
internal import Store

/// Which state folder.
struct FolderWords: ParsableArguments {
    @Option(
        name: .customLong("state"),
        help: ArgumentHelp(
            "The state folder. Default: $STATE_DIRECTORY, else $XDG_STATE_HOME/elafros, else ~/.local/state/elafros.",
            valueName: "dir"
        )
    )
    var path: String?
}

/// Which state folder, and how long to wait for whoever holds it.
struct StateWords: ParsableArguments {
    @OptionGroup(title: "State")
    var place: FolderWords

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How long to wait for another process that holds the state folder.", valueName: "time")
    )
    var lockTimeout = Span(.seconds(10))
}

extension FolderWords {
    /// The folder, a relative path taken from the session's folder.
    func folder(in session: Session) throws -> StateFolder {
        if path == "" { throw Failure(.usage, "--state", "empty; name a folder") }
        return try StateFolder.resolve(given: path.map(session.absolute), environment: session.environment)
    }
}

extension StateWords {
    /// The folder, a relative path taken from the session's folder.
    func folder(in session: Session) throws -> StateFolder { try place.folder(in: session) }
}
