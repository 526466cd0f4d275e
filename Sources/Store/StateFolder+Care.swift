internal import Glibc
internal import Resources

extension StateFolder {
    /// Copies the state as it stands at this moment into a new file, whoever may be writing: a `state.sqlite` to begin another
    /// folder with.
    ///
    /// - Throws: `.alreadyExists` where there is a file already, `.notFound` where there is no state.
    public func backup(to file: String) throws(StoreError) {
        guard access(file, F_OK) != 0 else {
            throw StoreError(.alreadyExists, doing: "write \(file)", reason: "it is there already; name another file")
        }
        // Made for its owner's eyes before anything is in it, as specs may hold secrets.
        let made = open(file, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard made >= 0 else { throw StoreError(errno: errno, doing: "write \(file)") }
        close(made)
        do throws(StoreError) {
            try journal().copy(to: file)
        } catch {
            unlink(file)
            throw error
        }
    }

    /// What is wrong with the state, a line each: with the file, and with the objects in it, all of which are read.
    ///
    /// - Returns: the lines, and how many objects there are.
    public func check() throws(StoreError) -> (damages: [String], objects: Int) {
        var damages = try journal().damages()
        let state = try Store.read(self)
        var count = 0
        for kind in Kind.allCases {
            for key in state.keys(kind) {
                count += 1
                if state[key] == nil, let failure = state.readFailure {
                    damages.append("\(failure)")
                    return (damages, count)
                }
            }
        }
        return (damages, count)
    }

    private func journal() throws(StoreError) -> SQLiteJournal {
        guard holdsState else {
            throw StoreError(.notFound, doing: "open \(database)", reason: "no state was made there yet; check --state")
        }
        return try SQLiteJournal(readingAt: database)
    }
}
