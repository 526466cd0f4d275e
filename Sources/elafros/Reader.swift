internal import Resources
internal import Store

/// What a command that only reads works on: one snapshot, taken without the lock, whoever else may be writing.
struct Reader: Sendable {
    /// The snapshot; empty where no state was made yet.
    let state: State
    /// The moment that ages are counted from.
    let now: Instant
    /// When the state was last written; nil where none was made yet.
    let lastWrite: Instant?

    /// Takes the snapshot of the folder that the words name.
    static func open(_ words: FolderWords, in session: Session) throws -> Reader {
        if let daemon = session.daemon {
            return Reader(state: daemon.store.state, now: daemon.clock.now(), lastWrite: daemon.store.facts.lastInstant)
        }
        return try Reader(folder(words, in: session))
    }

    private init(state: State, now: Instant, lastWrite: Instant?) {
        (self.state, self.now, self.lastWrite) = (state, now, lastWrite)
    }

    /// Takes the snapshot of a folder.
    init(_ folder: StateFolder) throws {
        lastWrite = try Store.readFacts(folder)?.lastInstant
        state = try Store.read(folder)
        now = SystemClock().now()
    }

    /// The folder that the words name, for whoever only reads.
    static func folder(_ words: FolderWords, in session: Session) throws -> StateFolder {
        let folder = try words.folder(in: session)
        guard Files.kind(of: folder.path) != .file else {
            throw Failure(.cannotRun, folder.path, "a file, not a state folder; check --state")
        }
        // Where a person names a folder and none is there, it is most likely another one that was meant.
        if words.path != nil, !folder.holdsState {
            session.console.writeError("elafros: \(folder.path): no state was made there yet; check --state\n")
        }
        return folder
    }

    /// Throws where an object could not be read: a snapshot says nothing at once, and leaves out what it cannot read.
    func check() throws {
        if let failure = state.readFailure { throw failure }
    }
}
