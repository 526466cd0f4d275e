internal import GRDB
internal import Resources

/// A row of the table `keys`: there and back.
enum KeyRow {
    /// In the order that `decoded` reads. By slot, which is the order on the disk.
    static let select = """
        SELECT slot, kind, namespace, name, present, incarnation, controller, refs, due, touched, marks, fromGit
        FROM keys ORDER BY slot
        """
    static let insert = "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

    static func arguments(_ row: IndexRow) -> StatementArguments {
        let entry = row.entry
        let references = row.references.isEmpty ? nil : row.references.map(String.init).joined(separator: " ")
        return [
            row.slot, row.key.kind.code, row.key.namespace, row.key.name, entry.isPresent, entry.incarnation,
            entry.controller == Slot.none ? nil : entry.controller, references,
            entry.due == DueQueue.never ? nil : entry.due, entry.touched, row.marks, entry.hasOrigin,
        ]
    }

    /// The row; nil where it cannot be one of ours.
    static func decoded(_ row: Row) -> IndexRow? {
        guard let kind = Kind(code: row[1]) else { return nil }
        var entry = Entry()
        entry.kind = kind
        entry.isPresent = row[4]
        entry.incarnation = row[5]
        entry.controller = row[6] ?? Slot.none
        entry.due = row[8] ?? DueQueue.never
        entry.touched = row[9]
        entry.hasOrigin = row[11]
        var references: [Slot] = []
        if let text = row[7] as String? {
            for part in text.utf8.split(separator: UInt8(ascii: " ")) {
                guard let slot = Slot(Substring(part)) else { return nil }
                references.append(slot)
            }
        }
        return IndexRow(
            slot: row[0],
            key: Key(kind, row[2], row[3]),
            entry: entry,
            references: references,
            marks: row[10]
        )
    }
}

extension Kind {
    /// The kind's number on the disk. Never changed and never given to another kind.
    var code: Int {
        switch self {
        case .service: 1
        case .configuration: 2
        case .revision: 3
        case .route: 4
        case .build: 5
        case .buildTemplate: 6
        case .workload: 7
        case .split: 8
        case .sync: 9
        case .manifestFile: 10
        }
    }

    init?(code: Int) {
        switch code {
        case 1: self = .service
        case 2: self = .configuration
        case 3: self = .revision
        case 4: self = .route
        case 5: self = .build
        case 6: self = .buildTemplate
        case 7: self = .workload
        case 8: self = .split
        case 9: self = .sync
        case 10: self = .manifestFile
        default: return nil
        }
    }
}
