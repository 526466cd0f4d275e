/// One node of a parsed file: a scalar, a list or a map, with its place.
///
/// A handle into the file's shared, unchanging tree: cheap to copy, safe to send. Aliases are followed wherever a node is
/// handed out, so a node under an alias has the place of what the alias stands for.
public struct Node: Sendable {
    /// The shapes of a node.
    public enum Kind: Sendable, Hashable {
        /// Text, a number, a truth value or nothing.
        case scalar
        /// A list.
        case sequence
        /// A map.
        case mapping
    }

    let arena: Arena
    let index: Int

    /// Makes a handle for a record, following an alias.
    init(_ arena: Arena, _ index: Int) {
        self.arena = arena
        self.index = arena.resolved(index)
    }

    /// Where the node begins, or nil where it was made from a `Value`.
    public var position: Position? { record.position }

    /// The shape.
    public var kind: Kind {
        switch record.kind {
        case .scalar, .alias: .scalar
        case .sequence: .sequence
        case .mapping: .mapping
        }
    }

    private var record: Arena.Record { arena.records[index] }
}

// MARK: Scalars

extension Node {
    /// A scalar's text as the file spells it, quotes and escapes resolved; empty for a list or map.
    ///
    /// Where a schema wants a string, this is it, also for `1234` or `True`.
    public var text: String { arena.string(index) }

    /// Whether this scalar was written without quotes and not as a block.
    public var isPlain: Bool { record.isPlain }

    /// The full tag, such as `tag:yaml.org,2002:str` for `!!str`, or nil where none is written.
    public var tag: String? {
        switch record.tag {
        case .none: nil
        case .nonSpecific: "!"
        case .other: arena.otherTags[UInt32(index)]
        case let known: "tag:yaml.org,2002:\(known)"
        }
    }

    /// What a scalar means by YAML 1.2's core schema; `.null` for a list or map.
    ///
    /// Quoted and block scalars are strings. A tag of the core schema wins over the text's own look.
    public func scalarValue() -> Value {
        guard record.kind == .scalar else { return .null }
        return arena.withText(index) { CoreScalar.value(of: $0, record) }
    }
}

// MARK: Lists and maps

extension Node {
    /// How many items or entries there are, merged ones included; 0 for a scalar.
    public var count: Int {
        switch record.kind {
        case .scalar, .alias: 0
        case .sequence: Int(record.second)
        case .mapping: record.hasMergeKey ? arena.merged[Int(record.second)].count : Int(record.second)
        }
    }

    /// The items of a list, in order; empty for other nodes.
    public var items: Items { Items(self) }

    /// The entries of a map, in order; empty for other nodes.
    ///
    /// Merge keys are resolved: the map's own entries come first, then those of each merged map that are new.
    public var entries: Entries { Entries(self) }

    /// The node under a key, or nil where there is none or this is not a map. Linear in the number of entries.
    public subscript(key: String) -> Node? {
        for entry in entries.links where arena.hasText(key, arena.resolved(Int(entry.key))) {
            return Node(arena, Int(entry.value))
        }
        return nil
    }

    /// The node and all that it contains as a value.
    public var value: Value { arena.value(index) }

    /// The items of a list.
    public struct Items: Sequence, Sendable {
        private let node: Node

        fileprivate init(_ node: Node) { self.node = node }

        /// Walks the list once.
        public func makeIterator() -> Iterator { Iterator(node) }

        /// Walks a list once.
        public struct Iterator: IteratorProtocol {
            private let arena: Arena
            private var child: Int
            private let end: Int

            fileprivate init(_ node: Node) {
                arena = node.arena
                child = node.index + 1
                end = node.record.kind == .sequence ? Int(node.record.first) : 0
            }

            /// The next item.
            public mutating func next() -> Node? {
                guard child < end else { return nil }
                defer { child = arena.next(after: child) }
                return Node(arena, child)
            }
        }
    }

    /// A key with its own place, and the value under it.
    public typealias Entry = (key: String, keyNode: Node, value: Node)

    /// The entries of a map.
    public struct Entries: Sequence, Sendable {
        fileprivate let links: Links

        fileprivate init(_ node: Node) { links = Links(node: node) }

        /// Walks the map once.
        public func makeIterator() -> Iterator { Iterator(links.makeIterator()) }

        /// Walks a map once.
        public struct Iterator: IteratorProtocol {
            private var links: Links.Iterator

            fileprivate init(_ links: Links.Iterator) { self.links = links }

            /// The next entry.
            public mutating func next() -> Entry? {
                guard let link = links.next() else { return nil }
                let key = Node(links.arena, Int(link.key))
                return (key.text, key, Node(links.arena, Int(link.value)))
            }
        }
    }

    /// The entries of a map by index.
    fileprivate struct Links: Sequence, Sendable {
        let node: Node

        func makeIterator() -> Iterator { Iterator(node) }

        struct Iterator: IteratorProtocol {
            let arena: Arena
            private let isMerged: Bool
            private var child: Int
            private let end: Int

            init(_ node: Node) {
                arena = node.arena
                let record = node.record
                isMerged = record.hasMergeKey
                if isMerged {
                    let range = arena.merged[Int(record.second)]
                    (child, end) = (Int(range.lowerBound), Int(range.upperBound))
                } else {
                    child = node.index + 1
                    end = record.kind == .mapping ? Int(record.first) : 0
                }
            }

            mutating func next() -> Arena.Link? {
                guard child < end else { return nil }
                if isMerged {
                    defer { child += 1 }
                    return arena.mergedEntries[child]
                }
                let key = child
                let value = arena.next(after: key)
                child = arena.next(after: value)
                return Arena.Link(key: UInt32(key), value: UInt32(value))
            }
        }
    }
}

// MARK: From values

extension Node {
    /// A tree with the content of a value and no positions, for code that reads nodes.
    public static func make(from value: Value) -> Node {
        var writer = NodeWriter()
        writer.append(value)
        return Node(Arena(records: writer.records, text: writer.text), 0)
    }

    /// Lays a value out as records.
    private struct NodeWriter {
        var records: [Arena.Record] = []
        var text: [UInt8] = []

        mutating func append(_ value: Value) {
            switch value {
            case .null: appendScalar("null", isPlain: true)
            case .bool(let bool): appendScalar(bool ? "true" : "false", isPlain: true)
            case .int(let int): appendScalar(String(int), isPlain: true)
            case .double(let double): appendScalar(CoreScalar.text(of: double), isPlain: true)
            case .string(let string): appendScalar(string, isPlain: false)
            case .list(let list):
                appendCollection(.sequence, count: list.count) { writer in
                    for item in list { writer.append(item) }
                }
            case .map(let map):
                appendCollection(.mapping, count: map.count) { writer in
                    for entry in map.entries {
                        writer.appendScalar(entry.key, isPlain: false)
                        writer.append(entry.value)
                    }
                }
            }
        }

        private mutating func appendCollection(_ kind: Arena.Kind, count: Int, _ children: (inout NodeWriter) -> Void) {
            let index = records.count
            records.append(Arena.Record(kind: kind, second: UInt32(count)))
            children(&self)
            records[index].first = UInt32(records.count)
        }

        private mutating func appendScalar(_ string: String, isPlain: Bool) {
            let start = UInt32(text.count)
            text.append(contentsOf: string.utf8)
            let length = UInt32(text.count) - start
            records.append(Arena.Record(kind: .scalar, isPlain: isPlain, first: start, second: length))
        }
    }
}

/// One document of a file.
public struct Document: Sendable {
    /// The outermost node.
    public let root: Node
    /// Whether the parser found an error inside it: such a document says where it is, but must not be applied.
    public let hasErrors: Bool

    init(root: Node, hasErrors: Bool) {
        self.root = root
        self.hasErrors = hasErrors
    }

    /// Creates a document with the content of a value and no positions, for code that reads documents.
    public init(value: Value) {
        self.init(root: .make(from: value), hasErrors: false)
    }
}
