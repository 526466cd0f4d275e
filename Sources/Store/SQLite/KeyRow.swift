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

    /// Adds the values of a row.
    static func append(_ row: IndexRow, to batch: inout RowBatch) {
        let entry = row.entry
        batch.append(row.slot)
        batch.append(row.key.kind.code)
        batch.append(row.key.namespace)
        batch.append(row.key.name)
        batch.append(entry.isPresent)
        batch.append(entry.incarnation)
        batch.append(entry.controller == Slot.none ? nil : entry.controller)
        if row.references.isEmpty {
            batch.appendNull()
        } else {
            batch.append(row.references.map(String.init).joined(separator: " "))
        }
        // Negative for housekeeping.
        batch.append(entry.due == DueQueue.never ? nil : entry.isChore ? -entry.due : entry.due)
        batch.append(entry.touched)
        batch.append(row.marks)
        batch.append(entry.hasOrigin)
    }

    /// The row; nil where it cannot be one of ours.
    static func decoded(_ row: Row) -> IndexRow? {
        guard let slot: Slot = row.integer(0), slot >= 0, let code: Int = row.integer(1), let kind = Kind(code: code),
            let namespace = row.text(2), let name = row.text(3), let present: Int = row.integer(4),
            let incarnation: Int32 = row.integer(5),
            let controller: Slot = row.isNull(6) ? Slot.none : row.integer(6),
            let due: Int64 = row.isNull(8) ? DueQueue.never : row.integer(8), let touched: Int = row.integer(9),
            let marks: UInt8 = row.integer(10), let fromGit: Int = row.integer(11)
        else { return nil }
        var entry = Entry()
        entry.kind = kind
        entry.isPresent = present != 0
        entry.incarnation = incarnation
        entry.controller = controller
        entry.due = due >= 0 ? due : due == .min ? DueQueue.never : -due
        entry.isChore = due < 0 && due != .min
        entry.touched = touched
        entry.hasOrigin = fromGit != 0
        var references = SlotList.none
        if let text = row.text(7) {
            for part in text.utf8.split(separator: UInt8(ascii: " ")) {
                guard let slot = Slot(Substring(part)) else { return nil }
                references.append(slot)
            }
        }
        let key = Key(kind, namespace, name)
        return IndexRow(slot: slot, key: key, entry: entry, references: references, marks: marks)
    }
}

extension IndexRow {
    /// Whether rows, by ascending slot, refer to none but each other: a number that damage made up would have tables of
    /// any size made for it.
    static func areWhole(_ rows: [IndexRow]) -> Bool {
        // Keys that were only asked about leave gaps, of which a process makes far fewer than this.
        guard Int(rows.last?.slot ?? 0) < rows.count * 64 + 1_000_000 else { return false }
        var slots = SlotSet()
        for row in rows { slots.insert(row.slot) }
        func isThere(_ slot: Slot) -> Bool { slot >= 0 && slots.contains(slot) }
        return rows.allSatisfy { row in
            (row.entry.controller == Slot.none || isThere(row.entry.controller)) && row.references.allSatisfy(isThere)
        }
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
        case .appliedCommit: 11
        case .wave: 12
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
        case 11: self = .appliedCommit
        case 12: self = .wave
        default: return nil
        }
    }
}
