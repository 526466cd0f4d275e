/// What a tree says about one path that is no folder.
public struct Entry: Hashable, Sendable {
    /// What stands at a path. Links and submodules are reported, and never followed.
    public enum Kind: Sendable {
        /// A plain file.
        case file
        /// A file that may be executed.
        case executable
        /// A symbolic link; its blob is the target's text.
        case symlink
        /// A commit of another repository; there is no blob to read.
        case submodule
    }

    /// The blob, or for a submodule the commit of the other repository.
    public let id: ObjectID
    /// What it is.
    public let kind: Kind

    /// Creates an entry.
    public init(id: ObjectID, kind: Kind) {
        self.id = id
        self.kind = kind
    }
}

/// One path in which two trees differ.
///
/// A file that becomes a folder is the removal of the file and the addition of what the folder holds. Renames are not looked
/// for.
public struct TreeChange: Hashable, Sendable {
    /// Where, from the root of the repository, also when a folder of it was compared.
    public let path: GitPath
    /// What was there, or nil if it is new.
    public let old: Entry?
    /// What is there now, or nil if it is gone.
    public let new: Entry?

    /// Creates a change.
    public init(path: GitPath, old: Entry?, new: Entry?) {
        self.path = path
        self.old = old
        self.new = new
    }
}
