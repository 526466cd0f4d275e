public import YAML

/// Where an object came from: kept beside it and never in its metadata, so that a commit which changes nothing in an
/// object changes nothing of it.
public struct Origin: Hashable, Sendable {
    /// Indirect, because most objects have none, and each of them would be as large as if it had.
    private indirect enum Storage: Hashable, Sendable {
        case fields(Fields)
    }

    private struct Fields: Hashable, Sendable {
        let sync: String
        let path: String
        let line: Int
        let commit: String
        let lastApplied: Value
    }

    private let storage: Storage

    /// A source record as it was applied or stored.
    public init(sync: String, path: String, line: Int, commit: String, lastApplied: Value) {
        storage = .fields(Fields(sync: sync, path: path, line: line, commit: commit, lastApplied: lastApplied))
    }
}

extension Origin {
    private var fields: Fields {
        switch storage {
        case .fields(let fields): fields
        }
    }

    /// The Sync that applied it, by name: that Sync alone may prune it.
    public var sync: String { fields.sync }
    /// The manifest's path in the repository.
    public var path: String { fields.path }
    /// The line on which the document begins, from 1.
    public var line: Int { fields.line }
    /// The commit of this object's own last change, in hex; an unrelated commit leaves it alone.
    public var commit: String { fields.commit }
    /// The desired value as its author wrote it, canonical but before defaulting: the third way of a three-way apply.
    /// `{metadata: {labels, annotations}, spec}`.
    public var lastApplied: Value { fields.lastApplied }
}
