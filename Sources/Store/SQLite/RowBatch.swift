internal import Dispatch
internal import GRDB
internal import GRDBSQLite
internal import YAML

/// Rows on their way to SQLite: their values one after another, and all texts in one buffer.
///
/// GRDB's own arguments box each value and copy each text twice, which on 100,000 rows costs more than SQLite itself does.
struct RowBatch: Sendable {
    private enum Cell {
        case null
        case integer(Int64)
        /// A text, by where it ends in the buffer; it begins where the text before it ends.
        case text(end: Int)
    }

    private var cells: [Cell] = []
    private var buffer: [UInt8] = []

    /// The bytes of all texts.
    var bytes: Int { buffer.count }

    mutating func appendNull() { cells.append(.null) }

    mutating func append(_ integer: (some BinaryInteger)?) {
        cells.append(integer.map { .integer(Int64($0)) } ?? .null)
    }

    mutating func append(_ flag: Bool) { append(flag ? 1 : 0) }

    mutating func append(_ text: String) {
        buffer.append(contentsOf: text.utf8)
        cells.append(.text(end: buffer.count))
    }

    /// A tree, as compact JSON.
    mutating func append(json value: Value?) {
        guard let value else { return appendNull() }
        value.appendJSON(to: &buffer)
        cells.append(.text(end: buffer.count))
    }
}

extension RowBatch {
    /// Runs a statement once for each row.
    ///
    /// - Parameter statement: one with as many parameters as a row has values.
    func run(_ statement: Statement, in connection: SQLiteConnection?) throws(DatabaseError) {
        let handle = statement.sqliteStatement
        let columns = Int(sqlite3_bind_parameter_count(handle))
        var begin = 0
        for row in stride(from: 0, to: cells.count, by: columns) {
            let code = buffer.withUnsafeBytes { bytes in
                for column in 0..<columns {
                    bind(cells[row + column], to: handle, at: CInt(column + 1), bytes, &begin)
                }
                // The texts lie in the buffer, which SQLite reads no longer than this call.
                return sqlite3_step(handle)
            }
            sqlite3_reset(handle)
            guard code == SQLITE_DONE else {
                throw DatabaseError(
                    resultCode: ResultCode(rawValue: code),
                    message: sqlite3_errmsg(connection).map { String(cString: $0) }
                )
            }
        }
        sqlite3_clear_bindings(handle)
    }

    private func bind(
        _ cell: Cell,
        to handle: SQLiteStatement,
        at index: CInt,
        _ bytes: UnsafeRawBufferPointer,
        _ begin: inout Int
    ) {
        switch cell {
        case .null: sqlite3_bind_null(handle, index)
        case .integer(let integer): sqlite3_bind_int64(handle, index, integer)
        case .text(let end):
            // An empty buffer has no address, and SQLite takes no address for NULL.
            let start = bytes.baseAddress.map { $0 + begin } ?? UnsafeRawPointer(bitPattern: 1)
            let text = start?.assumingMemoryBound(to: CChar.self)
            sqlite3_bind_text(handle, index, text, CInt(end - begin), nil)
            begin = end
        }
    }
}

extension RowBatch {
    /// How many rows are encoded at once: enough for the change of threads to cost nothing, and few enough that what waits
    /// takes no memory worth mentioning.
    private static let chunk = 1_024

    /// Makes rows of items and runs a statement for each, on two cores: while some are written, the next are made.
    ///
    /// - Returns: the bytes of all texts.
    static func write<Item: Sendable>(
        _ items: [Item],
        with statement: Statement,
        in db: Database,
        makeRow: @escaping @Sendable (Item, inout RowBatch) -> Void
    ) throws(DatabaseError) -> Int {
        func made(from start: Int) -> RowBatch {
            var batch = RowBatch()
            for item in items[start..<min(start + chunk, items.count)] { makeRow(item, &batch) }
            return batch
        }
        // Asked for here, on the queue that GRDB wants to see; SQLite itself minds no thread.
        let connection = db.sqliteConnection
        var bytes = 0
        var next = made(from: 0)
        for start in stride(from: 0, to: items.count, by: chunk) {
            let current = next
            let following = start + chunk
            bytes += current.bytes
            if following >= items.count {
                try current.run(statement, in: connection)
            } else {
                var failure: DatabaseError?
                sideBySide {
                    do throws(DatabaseError) {
                        try current.run(statement, in: connection)
                    } catch {
                        failure = error
                    }
                } and: {
                    next = made(from: following)
                }
                if let failure { throw failure }
            }
        }
        return bytes
    }

    /// Does two things on two cores, and returns when both are done. They must not touch the same variable.
    private static func sideBySide(_ first: @escaping () -> Void, and second: @escaping () -> Void) {
        // Each is called once, and both have ended when this returns: nothing is shared for longer than it was before.
        nonisolated(unsafe) let both = (first, second)
        DispatchQueue.concurrentPerform(iterations: 2) { side in
            if side == 0 { both.0() } else { both.1() }
        }
    }
}
