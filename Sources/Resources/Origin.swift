public import YAML

/// Where an object came from: kept beside it and never in its metadata, so that a commit which changes nothing in an
/// object changes nothing of it.
public struct Origin: Hashable, Sendable {
    /// The Sync that applied it, by name: that Sync alone may prune it.
    public let sync: String
    /// The manifest's path in the repository.
    public let path: String
    /// The line on which the document begins, from 1.
    public let line: Int
    /// The commit of this object's own last change, in hex; an unrelated commit leaves it alone.
    public let commit: String
    /// The desired value as its author wrote it, canonical but before defaulting: the third way of a three-way apply.
    /// `{metadata: {labels, annotations}, spec}`.
    public let lastApplied: Value

    /// A source record as it was applied or stored.
    public init(sync: String, path: String, line: Int, commit: String, lastApplied: Value) {
        self.sync = sync
        self.path = path
        self.line = line
        self.commit = commit
        self.lastApplied = lastApplied
    }
}
