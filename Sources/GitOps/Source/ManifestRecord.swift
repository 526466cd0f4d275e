internal import Git
public import Resources
public import Store
public import YAML

/// What one manifest file last gave, and what became of each of its documents.
///
/// The records of a Sync are its inventory. They are objects of kind `manifestFile`, so that they are written in the same
/// transaction as what they speak of; and as each refers to the keys that its documents name, "who else names this
/// object?" is one look into the state's index.
public struct ManifestRecord: Hashable, Sendable {
    /// The Sync whose file it is.
    public var sync: String
    /// The path in the repository; where git's bytes are no text, in the escaped form of `GitPath.text`.
    public var path: String
    /// The blob, in hex; for a submodule the commit that it names.
    public var blob: String
    /// The documents, in the order of the file.
    public var documents: [Document]
    /// What was found about the file as a whole.
    public var messages: [Diagnostic]

    /// One document, or an object that the file gave before it became unreadable.
    public struct Document: Hashable, Sendable {
        /// Where it begins.
        public var position: Position?
        /// The object that it names; nil where it names none, or none of ours.
        public var key: Key?
        /// What became of it.
        public var outcome: Outcome
        /// What was found about it.
        public var messages: [Diagnostic]

        /// A document as it was read or stored.
        public init(position: Position?, key: Key?, outcome: Outcome, messages: [Diagnostic] = []) {
            self.position = position
            self.key = key
            self.outcome = outcome
            self.messages = messages
        }
    }

    /// What became of a document.
    public enum Outcome: Hashable, Sendable {
        /// It stands in the state.
        case applied
        /// It is none of ours, or asks for nothing.
        case skipped
        /// It does not count until something is mended; the live object stays at its last good state.
        case heldBack(Reason)
    }

    /// Why a document does not count.
    public enum Reason: String, Hashable, Sendable {
        /// It breaks the rules of its kind.
        case invalid = "Invalid"
        /// Another document of this Sync names the same object.
        case duplicate = "Duplicate"
        /// The object belongs to another Sync.
        case conflict = "Conflict"
        /// The object is made by another object.
        case owned = "Owned"
        /// The Sync may not touch objects of its namespace or kind.
        case outOfScope = "OutOfScope"
        /// The file gave this object before, and cannot be read now.
        case unreadable = "Unreadable"
    }

    /// A record as it was read or stored.
    public init(sync: String, path: String, blob: String, documents: [Document] = [], messages: [Diagnostic] = []) {
        self.sync = sync
        self.path = path
        self.blob = blob
        self.documents = documents
        self.messages = messages
    }
}

extension ManifestRecord {
    /// The key of a file's record.
    public static func key(sync: String, path: String) -> Key { Key(.manifestFile, sync, path) }

    /// The path on one line, for messages.
    public var shownPath: String { GitPath(path).description }

    /// How many documents of this file are held back. What the file gave before and may name still is none of them; a file
    /// in which there is nothing else to count, for an error, counts as one.
    public var heldBackCount: Int {
        let heldBack = documents.filter { if case .heldBack = $0.outcome { true } else { false } }
        let readable = heldBack.count { $0.outcome != .heldBack(.unreadable) }
        guard readable == 0 else { return readable }
        return !heldBack.isEmpty || messages.contains { $0.severity == .error } ? 1 : 0
    }

    /// Whether anything in the file waits for what is not in it: another Sync or object may let go of what it names.
    public var waitsForAnother: Bool { documents.contains(where: \.isHeldByAnother) }

    /// What makes the record's mark agree with it.
    public func markChanges(from isMarked: Bool) -> [Change] {
        guard isMarked != (heldBackCount > 0) else { return [] }
        let key = Self.key(sync: sync, path: path)
        return isMarked ? [.unmark(key, .heldBack, ifVersionAtMost: .max)] : [.mark(key, .heldBack)]
    }

    /// What was found in the file, in the order of its places.
    public var findings: [Finding] {
        let path = shownPath
        return messages.map { Finding(path: path, $0) }
            + documents.flatMap { document in document.messages.map { Finding(path: path, $0, key: document.key) } }
    }
}

extension ManifestRecord.Document {
    /// Whether it is held back for as long as the object that it names is another's.
    public var isHeldByAnother: Bool { outcome == .heldBack(.conflict) || outcome == .heldBack(.owned) }
}

extension State {
    /// The Sync that an object is of; also where it was deleted by hand, and the Sync will bring it back.
    public func sync(of key: Key) -> String? {
        if let live = self[key] { return live.origin?.sync }
        return referrers(of: key).filter { $0.kind == .manifestFile }.map(\.namespace).min()
    }
}

// MARK: - As an object

extension ManifestRecord {
    /// The object that holds it.
    public var object: Object {
        Object(kind: .manifestFile, metadata: Metadata(name: path, namespace: sync), spec: spec)
    }

    private var spec: Value {
        var entries = [Map.Entry(key: "blob", value: .string(blob))]
        if !documents.isEmpty { entries.append(Map.Entry(key: "documents", value: .list(documents.map(\.value)))) }
        if !messages.isEmpty { entries.append(Map.Entry(key: "messages", value: .list(messages.map(\.value)))) }
        return .map(Map(uniqueEntries: entries))
    }

    /// Reads what `object` wrote.
    public init(_ object: Object) {
        let spec = object.spec
        self.init(
            sync: object.metadata.namespace,
            path: object.metadata.name,
            blob: spec["blob"]?.string ?? "",
            documents: (spec["documents"]?.list ?? []).map(Document.init),
            messages: (spec["messages"]?.list ?? []).map(Diagnostic.init)
        )
    }
}

extension ManifestRecord.Document {
    fileprivate var value: Value {
        var entries: [Map.Entry] = []
        entries.reserveCapacity(6)
        func add(_ key: String, _ value: Value) { entries.append(Map.Entry(key: key, value: value)) }
        if let position {
            add("line", .int(position.line))
            add("column", .int(position.column))
        }
        if let key {
            add("kind", .string(key.kind.name))
            add("namespace", .string(key.namespace))
            add("name", .string(key.name))
        }
        switch outcome {
        case .applied: add("outcome", "Applied")
        case .skipped: add("outcome", "Skipped")
        case .heldBack(let reason):
            add("outcome", "HeldBack")
            add("reason", .string(reason.rawValue))
        }
        if !messages.isEmpty { add("messages", .list(messages.map(\.value))) }
        return .map(Map(uniqueEntries: entries))
    }

    fileprivate init(_ value: Value) {
        let kind = value["kind"]?.string.flatMap(Kind.init(manifestName:))
        let outcome: ManifestRecord.Outcome =
            switch value["outcome"]?.string {
            case "Applied": .applied
            case "HeldBack": .heldBack(value["reason"]?.string.flatMap(ManifestRecord.Reason.init) ?? .invalid)
            default: .skipped
            }
        self.init(
            position: Position(value),
            key: kind.map { Key($0, value["namespace"]?.string ?? "", value["name"]?.string ?? "") },
            outcome: outcome,
            messages: (value["messages"]?.list ?? []).map(Diagnostic.init)
        )
    }
}

extension Position {
    fileprivate init?(_ value: Value) {
        guard let line = value["line"]?.int, let column = value["column"]?.int else { return nil }
        self.init(line: line, column: column)
    }
}

extension Diagnostic {
    fileprivate var value: Value {
        var map: Map = ["severity": .string(severity.rawValue)]
        if let position {
            map["line"] = .int(position.line)
            map["column"] = .int(position.column)
        }
        map["message"] = .string(message)
        return .map(map)
    }

    fileprivate init(_ value: Value) {
        self.init(
            value["severity"]?.string.flatMap(Severity.init) ?? .error,
            at: Position(value),
            value["message"]?.string ?? ""
        )
    }
}
