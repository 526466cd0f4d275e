internal import CLibGit2

/// What is to stand at a path of a commit.
public struct FileChange: Hashable, Sendable {
    /// The path from the root, parts separated by `/`.
    public let path: String
    /// The new content, or nil to remove the file or folder.
    public let content: [UInt8]?

    /// Creates a change.
    public init(path: String, content: [UInt8]?) {
        self.path = path
        self.content = content
    }
}

/// Builds a commit's objects without a work tree: only folders that changes touch are read and written.
struct CommitBuilder {
    private let repository: Repository
    private let doing: String
    /// What the parent does not have at the same path, each object after those that it names: what a remote that stands at
    /// the parent has to be sent. That an object is in the repository already says nothing about the remote: a push that
    /// was declined leaves it behind.
    private(set) var newObjects: [ObjectID] = []
    private var known: Set<ObjectID> = []

    init(_ repository: Repository, doing: String) {
        self.repository = repository
        self.doing = doing
    }

    /// Applies changes to the parent's tree and returns the resulting tree, which may be the same.
    ///
    /// - Parameter parent: the tree of the parent commit; nil if there is none.
    mutating func apply(_ changes: [FileChange], to parent: ObjectID?) throws(GitError) -> ObjectID {
        let root = PendingFolder()
        for change in changes { try root.add(change, doing: doing) }
        return try write(root, onto: parent ?? .emptyTree)
    }

    /// Puts a folder in the place of the one at a path of the base's tree, and returns the resulting tree.
    ///
    /// - Parameter folder: one that the repository holds; nil leaves nothing there.
    mutating func put(_ folder: ObjectID?, at path: ArraySlice<Substring>, of base: ObjectID) throws(GitError)
        -> ObjectID
    {
        guard let first = path.first else { return folder ?? .emptyTree }
        let old = try repository.tree(base)
        var entries: [[UInt8]: (mode: TreeMode, id: ObjectID)] = [:]
        for entry in old.entries { entries[Array(old.bytes[entry.name])] = (entry.mode, entry.id) }
        let name = Array(first.utf8)
        let child = entries[name].flatMap { $0.mode.isFolder ? $0.id : nil } ?? .emptyTree
        let after = try put(folder, at: path.dropFirst(), of: child)
        entries[name] = after == .emptyTree ? nil : (.folder, after)
        guard !entries.isEmpty else { return .emptyTree }
        return try store(Self.bytes(of: entries), GIT_OBJECT_TREE, inPlaceOf: base)
    }

    /// Writes the commit itself.
    ///
    /// - Parameter key: what signs it; nil leaves it unsigned.
    mutating func commit(
        tree: ObjectID,
        parent: ObjectID?,
        message: String,
        author: Signature,
        signedBy key: SigningKey? = nil
    ) throws(GitError) -> ObjectID {
        // Git stores the empty tree like any other; only its readers know it without.
        if tree == .emptyTree { _ = try store([], GIT_OBJECT_TREE) }
        var text = "tree \(tree)\n"
        if let parent { text += "parent \(parent)\n" }
        text += "author \(author.line)\ncommitter \(author.line)\n\n\(message)"
        if !text.hasSuffix("\n") { text += "\n" }
        return try store(StoredCommit(Array(text.utf8)), signedBy: key)
    }

    /// Writes a commit that is there already once more, on another parent: its tree, message, author and times stay.
    ///
    /// - Parameter key: what signs it as it is now; nil leaves it unsigned.
    mutating func replant(
        _ commit: ObjectID,
        on parent: ObjectID?,
        signedBy key: SigningKey?
    ) throws(GitError) -> ObjectID {
        var stored = try repository.storedCommit(commit)
        stored.setParents(parent.map { [$0] } ?? [])
        // It was of the commit as it stood, and holds for no other.
        stored.removeSignature()
        return try store(stored, signedBy: key)
    }

    private mutating func store(_ commit: StoredCommit, signedBy key: SigningKey?) throws(GitError) -> ObjectID {
        var commit = commit
        if let key { try commit.sign(with: key, doing: doing) }
        return try store(commit.bytes, GIT_OBJECT_COMMIT)
    }

    private mutating func write(_ folder: PendingFolder, onto base: ObjectID) throws(GitError) -> ObjectID {
        let old = try repository.tree(base)
        var before: [[UInt8]: (mode: TreeMode, id: ObjectID)] = [:]
        before.reserveCapacity(old.entries.count)
        for entry in old.entries { before[Array(old.bytes[entry.name])] = (entry.mode, entry.id) }
        var entries = before
        for (name, content) in folder.files {
            if let content {
                entries[name] = (.file, try store(content, GIT_OBJECT_BLOB, inPlaceOf: before[name]?.id))
            } else {
                entries[name] = nil
            }
        }
        for (name, child) in folder.folders {
            let onto = before[name].flatMap { $0.mode.isFolder ? $0.id : nil }
            let after = try write(child, onto: onto ?? .emptyTree)
            // Git keeps no empty folders. A removal below a file leaves the file alone.
            if after != .emptyTree {
                entries[name] = (.folder, after)
            } else if entries[name]?.mode.isFolder == true {
                entries[name] = nil
            }
        }
        guard !entries.isEmpty else { return .emptyTree }
        return try store(Self.bytes(of: entries), GIT_OBJECT_TREE, inPlaceOf: base)
    }

    private static func bytes(of entries: [[UInt8]: (mode: TreeMode, id: ObjectID)]) -> [UInt8] {
        // Folders sort as if their names ended in a slash.
        let sorted = entries.map { (key: $0.value.mode.isFolder ? $0.key + [UInt8(ascii: "/")] : $0.key, entry: $0) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.count * 40)
        for (_, (name, value)) in sorted {
            bytes.append(contentsOf: String(value.mode.rawValue, radix: 8).utf8)
            bytes.append(UInt8(ascii: " "))
            bytes.append(contentsOf: name)
            bytes.append(0)
            bytes.append(contentsOf: value.id.bytes)
        }
        return bytes
    }

    /// Stores an object; `old` is what the parent has in its place.
    private mutating func store(
        _ bytes: [UInt8],
        _ type: git_object_t,
        inPlaceOf old: ObjectID? = nil
    ) throws(GitError) -> ObjectID {
        let id = try repository.store(bytes, type)
        if id != old, known.insert(id).inserted { newObjects.append(id) }
        return id
    }
}

/// The changes of one folder.
private final class PendingFolder {
    var files: [[UInt8]: [UInt8]?] = [:]
    var folders: [[UInt8]: PendingFolder] = [:]

    func add(_ change: FileChange, doing: String) throws(GitError) {
        let parts = change.path.split(separator: "/", omittingEmptySubsequences: false).map { Array($0.utf8) }
        for part in parts where Self.isForbidden(part) {
            let path = GitPath(change.path)
            throw GitError(.other, doing: doing, reason: "\"\(path)\" is no path of a file in a repository")
        }
        var folder = self
        for part in parts.dropLast() {
            if let next = folder.folders[part] {
                folder = next
            } else {
                let next = PendingFolder()
                folder.folders[part] = next
                folder = next
            }
        }
        if let name = parts.last { folder.files.updateValue(change.content, forKey: name) }
    }

    /// Names that git refuses, or that would harm whoever checks the branch out: also what the file systems of Windows and
    /// macOS take for `.git`.
    private static func isForbidden(_ name: [UInt8]) -> Bool {
        if name.contains(0) || name.contains(UInt8(ascii: "\\")) { return true }
        let text = String(decoding: name, as: UTF8.self)
        if ["", ".", ".."].contains(text) { return true }
        // macOS leaves these out of names; Windows the dots and spaces at the end, and what follows a colon.
        let ignored = text.unicodeScalars.filter { !$0.properties.isDefaultIgnorableCodePoint }
        var visible = String(String.UnicodeScalarView(ignored)).lowercased().prefix { $0 != ":" }
        while visible.hasSuffix(".") || visible.hasSuffix(" ") { visible.removeLast() }
        return visible == ".git" || visible == "git~1"
    }
}
