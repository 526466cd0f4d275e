internal import Glibc
internal import Store

/// Follows a state folder from outside, whoever writes it: without its lock, and without a daemon.
///
/// A folder that is not there yet is waited for, and one that is replaced is followed. Events of the kernel lead to a look
/// at the facts, which costs about as much as opening a file; only where these are of another version is there a
/// snapshot. What happens in quick succession may be seen as one change.
final class StateWatch {
    private let folder: StateFolder
    private let events: FolderEvents
    private var seen: Sight?

    /// What tells one look from another.
    private struct Sight: Equatable {
        /// The file, as a state that is rebuilt from a report keeps its identity and counts anew.
        let device: UInt
        let file: UInt
        let stateID: String
        let version: Int
    }

    /// Begins to listen; the folder need not be there.
    init(_ folder: StateFolder) {
        self.folder = folder
        events = FolderEvents(folder)
    }

    /// What `read` makes of the state: at once of the one that is there when it is called for the first time, afterwards of
    /// the next one that differs from the last.
    ///
    /// The snapshot is open for as long as `read` runs, and not while waiting: SQLite keeps all that is written meanwhile
    /// in its log. So nothing that was not read yet may leave `read`; and as a snapshot that turns out to be unreadable is
    /// taken again, `read` should do nothing but read.
    ///
    /// - Throws: what `read` throws; `StoreError` where the folder cannot be read, at first or for good; `CancellationError`.
    func next<Result>(_ read: (Reader) throws -> Result) async throws -> Result {
        while true {
            if seen != nil { try await events.wait() }
            do {
                guard let (sight, reader) = try look() else { continue }
                let result = try read(reader)
                try reader.check()
                seen = sight
                return result
            } catch let error as StoreError where seen != nil && events.looksAgain && error.kind != .newerVersion {
                // Somebody is about to put another database in its place: some looks later it is whole, or never.
            }
        }
    }

    /// The state, where it is another one than last time.
    private func look() throws -> (Sight, Reader)? {
        var status = stat()
        let isThere = stat(folder.database, &status) == 0
        let facts = isThere ? try Store.readFacts(folder) : nil
        func sight(_ id: String?, _ version: Int?) -> Sight {
            Sight(
                device: UInt(isThere ? status.st_dev : 0),
                file: UInt(isThere ? status.st_ino : 0),
                stateID: id ?? "",
                version: version ?? 0
            )
        }
        guard sight(facts?.stateID, facts?.version) != seen else { return nil }
        let reader = try Reader(folder)
        return (sight(reader.state.id, reader.state.version), reader)
    }
}
