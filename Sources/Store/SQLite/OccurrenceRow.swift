internal import GRDB
internal import Resources

/// A row of the table `occurrences`: there and back. The table finds what happened before alike, and is bounded.
enum OccurrenceRow {
    /// In the order in which they happened last.
    static let select = """
        SELECT kind, namespace, name, warning, reason, message, first, last, count FROM occurrences ORDER BY number
        """
    /// The same again counts up, and is the newest.
    private static let insert = """
        INSERT INTO occurrences (kind, namespace, name, warning, reason, message, first, last, count)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (name, namespace, kind, reason, message) DO UPDATE SET
            number = (SELECT max(number) + 1 FROM occurrences), last = excluded.last, count = count + excluded.count
        """

    /// Writes what happened, and forgets what happened long before.
    static func write(_ occurrences: [Occurrence], in db: Database) throws {
        guard !occurrences.isEmpty else { return }
        let statement = try db.cachedStatement(sql: insert)
        for occurrence in occurrences {
            let key = occurrence.key
            try statement.execute(arguments: [
                key.kind.code, key.namespace, key.name, occurrence.isWarning, occurrence.reason, occurrence.message,
                occurrence.first.milliseconds, occurrence.last.milliseconds, occurrence.count,
            ])
        }
        let forget = try db.cachedStatement(
            sql: "DELETE FROM occurrences WHERE number <= (SELECT max(number) FROM occurrences) - ?"
        )
        try forget.execute(arguments: [OccurrenceLog.most])
    }

    /// The occurrence; nil where the row cannot be one of ours.
    static func decoded(_ row: Row) -> Occurrence? {
        guard let code: Int = row.integer(0), let kind = Kind(code: code), let namespace = row.text(1),
            let name = row.text(2), let warning: Int = row.integer(3), let reason = row.text(4),
            let message = row.text(5), let first: Int64 = row.integer(6), let last: Int64 = row.integer(7),
            let count: Int = row.integer(8)
        else { return nil }
        return Occurrence(
            Key(kind, namespace, name),
            isWarning: warning != 0,
            reason,
            message,
            first: Instant(milliseconds: first),
            last: Instant(milliseconds: last),
            count: count
        )
    }
}
