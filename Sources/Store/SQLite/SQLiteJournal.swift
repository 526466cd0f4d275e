internal import GRDB
internal import Glibc
internal import Resources
internal import Synchronization

/// The journal in SQLite: write-ahead log, one transaction a flush, on the disk before it is acknowledged.
final class SQLiteJournal: Journal {
    private let queue: DatabaseQueue
    private let path: String
    /// Whether no form was written yet: a writer has made the file, and is about to fill it.
    var isUnmade: Bool { form == 0 }
    /// The form of the file; for reading alone it may be an older one.
    private let form: Int
    private let counts = Mutex(Counters())

    var counters: Counters { counts.withLock { $0 } }

    /// Opens a database for writing, and makes it where there is none.
    ///
    /// - Parameter newID: the identity of a state that is made.
    init(path: String, newID: String) throws(StoreError) {
        self.path = path
        var configuration = Self.configuration
        // The folder's lock keeps other writers away; this is for SQLite's own short locks against readers.
        configuration.busyMode = .timeout(5)
        // Manifests may hold secrets, so the file is made for its owner's eyes; SQLite gives those beside it the same rights.
        // What cannot be made or opened, SQLite says better.
        let file = Glibc.open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        if file >= 0 { Glibc.close(file) }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.inDatabase { db in
                try Self.checkForm(db, at: path)
                // The mode is kept in the file, so this changes something once. GRDB's own setting for it writes to the
                // file at each opening, and lowers `synchronous` to NORMAL afterwards.
                try db.execute(sql: "PRAGMA journal_mode = WAL")
                // NORMAL would lose acknowledged transactions with the power. Set after the mode, which resets nothing,
                // and tested, since it is easily lost.
                try db.execute(sql: "PRAGMA synchronous = FULL")
                try SQLiteSchema.migrate(db, newID: newID)
            }
            form = SQLiteSchema.form
        } catch {
            throw StoreError(database: error, doing: "open \(path)")
        }
    }

    /// Opens a database for reading alone, as it stands at this moment, whatever a writer does meanwhile.
    init(readingAt path: String) throws(StoreError) {
        self.path = path
        var configuration = Self.configuration
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        // One transaction stays open for as long as the journal lives.
        configuration.allowsUnsafeTransactions = true
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            form = try queue.inDatabase { db in
                try db.beginTransaction(.deferred)
                // The snapshot is taken by the first read.
                return try Self.checkForm(db, at: path)
            }
        } catch {
            throw StoreError(database: error, doing: "open \(path)")
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        configuration.observesSuspensionNotifications = false
        return configuration
    }

    /// The form of the file; throws where it is one that this version does not know.
    @discardableResult
    private static func checkForm(_ db: Database, at path: String) throws -> Int {
        let form = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard form > SQLiteSchema.form else { return form }
        throw StoreError(
            .newerVersion,
            doing: "open \(path)",
            reason: "it is from a newer version of elafros; use that version or another --state"
        )
    }

    /// Closes the database; what was written is written.
    func close() {
        // Fails only while a statement runs, and none does outside of our calls; the file is whole either way.
        try? queue.close()
    }

    private func run<Result>(_ doing: String, _ body: (Database) throws -> Result) throws(StoreError) -> Result {
        do { return try queue.inDatabase(body) } catch { throw StoreError(database: error, doing: "\(doing) \(path)") }
    }
}

// MARK: - Looking after it

extension SQLiteJournal {
    /// Writes all that is in this snapshot into a new file.
    func copy(to file: String) throws(StoreError) {
        // Not within the transaction that holds the snapshot; VACUUM INTO takes one of its own.
        try run("copy") { db in
            try db.commit()
            try db.execute(sql: "VACUUM INTO ?", arguments: [file])
        }
    }

    /// What SQLite finds wrong with the file, a line each.
    func damages() throws(StoreError) -> [String] {
        try run("check") { db in
            try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
        }
    }
}

// MARK: - Reading

extension SQLiteJournal {
    func readFacts() throws(StoreError) -> Facts {
        try run("read") { db in
            let row = try Row.fetchOne(
                db,
                sql: "SELECT stateID, version, instant, nextDue, unreported, edited, wished, "
                    + (form < 3 ? "NULL FROM facts" : "nextChore FROM facts")
            )
            guard let row, var facts = Self.facts(row) else { throw StoreError(damaged: "it has no facts", path) }
            let sql = ObjectRow.select + " WHERE keys.kind = \(Kind.sync.code) AND keys.present = 1 ORDER BY keys.name"
            let rows = try Row.fetchCursor(db, sql: sql)
            while let row = try rows.next() { facts.syncs.append(try read(row).object) }
            return facts
        }
    }

    /// The facts but for the Syncs; nil where the row cannot be one of ours.
    private static func facts(_ row: Row) -> Facts? {
        guard let stateID = row.text(0), let version: Int = row.integer(1), let instant: Int64 = row.integer(2),
            let nextDue: Int64 = row.isNull(3) ? DueQueue.never : row.integer(3),
            let unreported: Int = row.integer(4), let edited: Int = row.integer(5), let wished: Int = row.integer(6),
            let nextChore: Int64 = row.isNull(7) ? DueQueue.never : row.integer(7)
        else { return nil }
        var facts = Facts(stateID: stateID)
        facts.version = version
        facts.lastInstant = Instant(milliseconds: instant)
        facts.nextDue = nextDue == DueQueue.never ? nil : Instant(milliseconds: nextDue)
        facts.nextChore = nextChore == DueQueue.never ? nil : Instant(milliseconds: nextChore)
        facts.unreported = unreported
        facts.edited = edited
        facts.wished = wished
        return facts
    }

    func readIndex() throws(StoreError) -> [IndexRow] {
        let rows = try run("read") { db in
            var found: [IndexRow] = []
            let rows = try Row.fetchCursor(db, sql: KeyRow.select)
            while let row = try rows.next() {
                guard let decoded = KeyRow.decoded(row) else { throw StoreError(damaged: "a key is unreadable", path) }
                found.append(decoded)
            }
            guard IndexRow.areWhole(found) else { throw StoreError(damaged: "a key is unreadable", path) }
            return found
        }
        counts.withLock { $0.indexRowsRead += rows.count }
        return rows
    }

    func readObject(_ slot: Slot) throws(StoreError) -> Object {
        try run("read") { db in
            let statement = try db.cachedStatement(sql: ObjectRow.select + " WHERE objects.slot = ?")
            guard let row = try Row.fetchOne(statement, arguments: [slot]) else {
                throw StoreError(damaged: "an object is missing", path)
            }
            return try read(row).object
        }
    }

    func readObjects(marked mark: Mark) throws(StoreError) -> [Object] {
        try run("read") { db in
            var found: [Object] = []
            let sql = ObjectRow.select + " WHERE keys.present = 1 AND \(SQLiteSchema.isMarked(mark))"
            let rows = try Row.fetchCursor(db, sql: sql)
            while let row = try rows.next() { found.append(try read(row).object) }
            return found
        }
    }

    func readObjects(_ body: (Slot, Object) -> Void) throws(StoreError) {
        try run("read") { db in
            let rows = try Row.fetchCursor(db, sql: ObjectRow.select)
            while let row = try rows.next() {
                let (slot, object) = try read(row)
                body(slot, object)
            }
        }
    }

    func readOccurrences() throws(StoreError) -> [Occurrence] {
        guard form >= 2 else { return [] }
        return try run("read") { db in
            var found: [Occurrence] = []
            let rows = try Row.fetchCursor(db, sql: OccurrenceRow.select)
            while let row = try rows.next() {
                guard let decoded = OccurrenceRow.decoded(row) else {
                    throw StoreError(damaged: "what happened is unreadable", path)
                }
                found.append(decoded)
            }
            return found
        }
    }

    private func read(_ row: Row) throws -> (slot: Slot, object: Object) {
        guard let decoded = ObjectRow.decoded(row) else { throw StoreError(damaged: "an object is unreadable", path) }
        counts.withLock { $0.objectsRead += 1 }
        return decoded
    }
}

// MARK: - Writing

extension SQLiteJournal {
    func write(_ batch: JournalBatch) throws(StoreError) {
        var bytes = 0
        try run("write") { db in
            try db.inTransaction(.immediate) {
                let putKey = try db.cachedStatement(sql: KeyRow.insert)
                _ = try RowBatch.write(batch.rows, with: putKey, in: db) { KeyRow.append($0, to: &$1) }
                let put = try db.cachedStatement(sql: ObjectRow.insert)
                let present = batch.objects.compactMap { slot, object in object.map { (slot: slot, object: $0) } }
                bytes = try RowBatch.write(present, with: put, in: db) {
                    ObjectRow.append($0.object, at: $0.slot, to: &$1)
                }
                let remove = try db.cachedStatement(sql: "DELETE FROM objects WHERE slot = ?")
                for (slot, object) in batch.objects where object == nil { try remove.execute(arguments: [slot]) }
                try OccurrenceRow.write(batch.occurrences, in: db)
                try Self.write(batch.facts, db)
                return .commit
            }
        }
        counts.withLock { counts in
            counts.transactions += 1
            counts.objectsWritten += batch.objects.count
            counts.indexRowsWritten += batch.rows.count
            counts.bytesWritten += bytes
        }
    }

    private static func write(_ facts: Facts, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                UPDATE facts SET stateID = ?, version = ?, instant = ?, nextDue = ?, unreported = ?, edited = ?, wished = ?,
                    nextChore = ?
                """
        )
        try statement.execute(arguments: [
            facts.stateID, facts.version, facts.lastInstant.milliseconds, facts.nextDue?.milliseconds,
            facts.unreported, facts.edited, facts.wished, facts.nextChore?.milliseconds,
        ])
    }

    /// Answers a pragma, or sets one: for tests, which ask whether settings hold, and make the disk full or damaged.
    func pragma(_ text: String) throws(StoreError) -> Int? {
        try run("read") { db in try Int.fetchOne(db, sql: "PRAGMA " + text) }
    }
}
