internal import GRDB

/// The tables, and how each form of them becomes the next.
enum SQLiteSchema {
    /// The form that this version writes; the file says its own in `user_version`.
    static var form: Int { migrations.count }

    /// What leads from form n to form n + 1, at index n. An entry, once released, is never changed: a new form is a new
    /// entry at the end.
    private static var migrations: [(Database, _ newID: String) throws -> Void] {
        [
            { db, newID in
                // The index and the objects stand apart, so that reading the index reads no object's pages.
                try db.execute(
                    sql: """
                        CREATE TABLE facts (
                            id INTEGER PRIMARY KEY CHECK (id = 1), stateID TEXT NOT NULL, version INTEGER NOT NULL,
                            instant INTEGER NOT NULL, nextDue INTEGER, unreported INTEGER NOT NULL,
                            edited INTEGER NOT NULL, wished INTEGER NOT NULL);
                        CREATE TABLE keys (
                            slot INTEGER PRIMARY KEY, kind INTEGER NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
                            present INTEGER NOT NULL, incarnation INTEGER NOT NULL, controller INTEGER, refs TEXT,
                            due INTEGER, touched INTEGER NOT NULL, marks INTEGER NOT NULL, fromGit INTEGER NOT NULL);
                        CREATE INDEX syncs ON keys (kind) WHERE kind = 9;
                        CREATE TABLE objects (
                            slot INTEGER PRIMARY KEY, uid TEXT NOT NULL, generation INTEGER NOT NULL,
                            version INTEGER NOT NULL, created INTEGER NOT NULL, metadata TEXT, spec TEXT NOT NULL,
                            status TEXT, origin TEXT);
                        """
                )
                try db.execute(sql: "INSERT INTO facts VALUES (1, ?, 0, 0, NULL, 0, 0, 0)", arguments: [newID])
            },
            { db, _ in
                // What is held back is told at each poll, so it is found without a look at what is not. A record too many
                // under the mark says nothing.
                try db.execute(
                    sql: """
                        UPDATE keys SET marks = marks | 16 WHERE kind = 10 AND present = 1 AND slot IN (
                            SELECT slot FROM objects WHERE spec LIKE '%HeldBack%' OR spec LIKE '%"error"%');
                        CREATE INDEX heldBack ON keys (slot) WHERE marks & 16 != 0;
                        """
                )
            },
            // Housekeeping apart from work, and what happened.
            { db, _ in
                try db.execute(
                    sql: """
                        ALTER TABLE facts ADD COLUMN nextChore INTEGER;
                        CREATE TABLE occurrences (
                            number INTEGER PRIMARY KEY, kind INTEGER NOT NULL, namespace TEXT NOT NULL,
                            name TEXT NOT NULL, warning INTEGER NOT NULL, reason TEXT NOT NULL, message TEXT NOT NULL,
                            first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL);
                        CREATE UNIQUE INDEX repeated ON occurrences (name, namespace, kind, reason, message);
                        """
                )
            },
            // Kind 11, the commits that were applied: a program that does not know it must not take such a file for damaged.
            { _, _ in },
            // Kind 12, the waves of a sync: likewise.
            { _, _ in },
        ]
    }

    /// Whether a row of `keys` has a mark, in the words of the index that finds those with it.
    static func isMarked(_ mark: Mark) -> String { "marks & \(1 << mark.rawValue) != 0" }

    /// Brings a database, or an empty file, to the present form; in one transaction, so that a crash leaves the old one.
    static func migrate(_ db: Database, newID: String) throws {
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard found < form else { return }
        try db.inTransaction(.immediate) {
            for migration in migrations[found...] { try migration(db, newID) }
            try db.execute(sql: "PRAGMA user_version = \(form)")
            return .commit
        }
    }
}
