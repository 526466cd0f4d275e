/// The nodes of one file, in reading order, as fixed-size records over one buffer of text.
///
/// Twice as fast to build as a tree of enums, and small: no node is an object and no text is a `String` until somebody
/// asks. Built once, then never changed, so that it can be shared between threads.
final class Arena: Sendable {
    /// What a record is.
    enum Kind: UInt8 {
        case scalar
        case sequence
        case mapping
        case alias
    }

    /// The tags that mean something here.
    enum Tag: UInt8 {
        /// No tag: a plain scalar is resolved by the core schema, a quoted one is a string.
        case none
        /// The tag `!`, by which a plain scalar is a string.
        case nonSpecific
        case str
        case int
        case float
        case bool
        case null
        case map
        case seq
        case merge
        /// Any other; its text is in `otherTags`.
        case other
    }

    /// One node.
    struct Record {
        let kind: Kind
        var tag: Tag = .none
        /// Whether this scalar was written without quotes and not as a block.
        var isPlain = false
        /// Whether this mapping has a merge key, its entries then being a range of `mergedEntries`.
        var hasMergeKey = false
        /// From 1; 0 where the node was made from a `Value` and has no place.
        var line: UInt32 = 0
        var column: UInt32 = 0
        /// Scalar: where its text begins. Sequence and mapping: the record after its last descendant. Alias: its target.
        var first: UInt32 = 0
        /// Scalar: the bytes of its text. Sequence: its items. Mapping: its entries, or the index in `merged`.
        var second: UInt32 = 0
    }

    /// A key and a value of a mapping with a merge key, by index.
    struct Link {
        let key: UInt32
        let value: UInt32
    }

    let records: [Record]
    let text: [UInt8]
    /// The tags outside `Tag`, by record.
    let otherTags: [UInt32: String]
    /// The entries of mappings with a merge key, one mapping after another.
    let mergedEntries: [Link]
    /// Where in `mergedEntries` each of those mappings has its own.
    let merged: [Range<UInt32>]

    init(
        records: [Record],
        text: [UInt8],
        otherTags: [UInt32: String] = [:],
        mergedEntries: [Link] = [],
        merged: [Range<UInt32>] = []
    ) {
        self.records = records
        self.text = text
        self.otherTags = otherTags
        self.mergedEntries = mergedEntries
        self.merged = merged
    }
}

extension Arena {
    /// The node meant by a record: itself, or the target of an alias.
    func resolved(_ index: Int) -> Int {
        let record = records[index]
        // The target of an alias is never an alias, as an alias cannot carry an anchor.
        return record.kind == .alias ? Int(record.first) : index
    }

    /// The record after a node and all that it contains.
    func next(after index: Int) -> Int {
        let record = records[index]
        return record.kind == .sequence || record.kind == .mapping ? Int(record.first) : index + 1
    }

    /// A scalar's text; empty for other nodes.
    func string(_ index: Int) -> String {
        let record = records[index]
        guard record.kind == .scalar else { return "" }
        return text.withUnsafeBufferPointer { String(decoding: $0[record.textRange], as: UTF8.self) }
    }

    /// Calls `body` with a scalar's text.
    func withText<Result>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        text.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[records[index].textRange])) }
    }
}

extension Arena.Record {
    /// The place of a scalar's text.
    var textRange: Range<Int> { Int(first)..<Int(first) + Int(second) }

    /// Where the node begins, or nil where it was made from a `Value`.
    var position: Position? { line == 0 ? nil : Position(line: Int(line), column: Int(column)) }
}

extension Arena {
    /// The node and all that it contains as a `Value`.
    func value(_ index: Int) -> Value {
        records.withUnsafeBufferPointer { records in
            text.withUnsafeBufferPointer { text in
                ValueReader(arena: self, records: records, text: text).value(index)
            }
        }
    }

    /// Turns nodes into values without checking bounds and counting references at each step.
    private struct ValueReader {
        unowned(unsafe) let arena: Arena
        let records: UnsafeBufferPointer<Record>
        let text: UnsafeBufferPointer<UInt8>

        func value(_ index: Int) -> Value {
            let record = records[index]
            switch record.kind {
            case .scalar: return CoreScalar.value(of: bytes(record), record)
            case .alias: return value(Int(record.first))
            case .sequence: return .list(list(index, record))
            case .mapping: return .map(Map(unchecked: record.hasMergeKey ? merged(record) : entries(index, record)))
            }
        }

        private func list(_ index: Int, _ record: Record) -> [Value] {
            var items: [Value] = []
            items.reserveCapacity(Int(record.second))
            var child = index + 1
            while child < record.first {
                items.append(value(child))
                child = next(child)
            }
            return items
        }

        private func entries(_ index: Int, _ record: Record) -> [Map.Entry] {
            var entries: [Map.Entry] = []
            entries.reserveCapacity(Int(record.second))
            var child = index + 1
            while child < record.first {
                let key = child
                child = next(child)
                entries.append(Map.Entry(key: self.key(key), value: value(child)))
                child = next(child)
            }
            return entries
        }

        private func merged(_ record: Record) -> [Map.Entry] {
            let range = arena.merged[Int(record.second)]
            return range.map { index in
                let link = arena.mergedEntries[Int(index)]
                return Map.Entry(key: key(Int(link.key)), value: value(Int(link.value)))
            }
        }

        private func key(_ index: Int) -> String {
            let record = records[index]
            switch record.kind {
            case .scalar: return String(decoding: bytes(record), as: UTF8.self)
            case .alias: return key(Int(record.first))
            case .sequence, .mapping: return ""
            }
        }

        private func next(_ index: Int) -> Int {
            let record = records[index]
            return record.kind == .sequence || record.kind == .mapping ? Int(record.first) : index + 1
        }

        private func bytes(_ record: Record) -> UnsafeBufferPointer<UInt8> {
            UnsafeBufferPointer(rebasing: text[record.textRange])
        }
    }
}

extension Arena {
    /// Whether a node is a scalar with this text, byte for byte.
    func hasText(_ string: String, _ index: Int) -> Bool {
        let record = records[index]
        guard record.kind == .scalar, record.second == string.utf8.count else { return false }
        return withText(index) { text in string.withBytes { text.elementsEqual($0) } }
    }
}
