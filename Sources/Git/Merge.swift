internal import CLibGit2
internal import Glibc

/// What merging one commit into another gives, worked out in memory.
public struct Merge: Hashable, Sendable {
    /// The merged tree; nil where the two conflict.
    public let tree: ObjectID?
    /// The paths that both sides changed in ways that do not go together, ascending.
    public let conflicts: [GitPath]
    /// Folders that one side moved away whole while the other put files into them, ascending. git moves such files along
    /// in some cases, libgit2 never does: the merged tree may differ from git's.
    public let movedFolders: [GitPath]
    /// The youngest commit that both sides have in common; nil where there is none.
    public let ancestor: ObjectID?
}

extension Mirror {
    /// Merges a commit into another, as a merge of the pull request would, without a work tree. Both have to be in the
    /// mirror; the new trees are written into it, and nothing else.
    public func merge(_ head: ObjectID, into base: ObjectID) throws(GitError) -> Merge {
        try reading { repository throws(GitError) in try repository.merge(head, into: base) }
    }
}

extension Repository {
    /// How many files that one side removed are compared with those that it added, to find out which were renamed: as many
    /// as git compares when it merges. libgit2 by itself stops at 200.
    private static let renameLimit: CUnsignedInt = 7_000

    fileprivate func merge(_ head: ObjectID, into base: ObjectID) throws(GitError) -> Merge {
        let ancestor = try mergeBase(base, head)
        // Nothing to merge on one side: the usual case, and the only one that costs nothing.
        if ancestor == head { return Merge(try tree(of: base), ancestor) }
        if ancestor == base { return Merge(try tree(of: head), ancestor) }
        let doing = "merge \(head.short) into \(base.short)"
        var options = git_merge_options()
        try check(doing) { git_merge_options_init(&options, CUnsignedInt(GIT_MERGE_OPTIONS_VERSION)) }
        options.target_limit = Self.renameLimit
        let ours = try lookup(base, GIT_OBJECT_COMMIT)
        let theirs = try lookup(head, GIT_OBJECT_COMMIT)
        let index = try Handle(doing, free: git_index_free) {
            git_merge_commits(&$0, pointer, ours.pointer, theirs.pointer, &options)
        }
        let conflicts = try conflicts(in: index.pointer, doing)
        let moved = try ancestor.map { id throws(GitError) in try movedFolders(since: id, base, head) } ?? []
        guard conflicts.isEmpty else {
            return Merge(tree: nil, conflicts: conflicts, movedFolders: moved, ancestor: ancestor)
        }
        var oid = git_oid()
        try check(doing) { git_index_write_tree_to(&oid, index.pointer, pointer) }
        return Merge(tree: ObjectID(oid), conflicts: [], movedFolders: moved, ancestor: ancestor)
    }

    private func mergeBase(_ a: ObjectID, _ b: ObjectID) throws(GitError) -> ObjectID? {
        var (first, second, base) = (a.oid, b.oid, git_oid())
        let code = git_merge_base(&base, pointer, &first, &second)
        if code == GIT_ENOTFOUND.rawValue { return nil }
        try check("find what \(a.short) and \(b.short) have in common") { code }
        return ObjectID(base)
    }

    private func conflicts(in index: OpaquePointer, _ doing: String) throws(GitError) -> [GitPath] {
        guard git_index_has_conflicts(index) != 0 else { return [] }
        let iterator = try Handle(doing, free: git_index_conflict_iterator_free) {
            git_index_conflict_iterator_new(&$0, index)
        }
        var paths: Set<GitPath> = []
        while true {
            var (ancestor, ours, theirs): (Side, Side, Side) = (nil, nil, nil)
            let code = git_index_conflict_next(&ancestor, &ours, &theirs, iterator.pointer)
            if code == GIT_ITEROVER.rawValue { break }
            try check(doing) { code }
            // A rename may conflict under up to three names: all of them are worth a look.
            for side in [ancestor, ours, theirs] {
                if let path = side?.pointee.path { paths.insert(GitPath(path)) }
            }
        }
        return paths.sorted()
    }

    private typealias Side = UnsafePointer<git_index_entry>?

    /// The folders that one side moved away and into which the other put something new.
    private func movedFolders(since ancestor: ObjectID, _ base: ObjectID, _ head: ObjectID) throws(GitError)
        -> [GitPath]
    {
        let root = try tree(of: ancestor)
        let (ours, theirs) = (try changes(from: root, to: base), try changes(from: root, to: head))
        var found: Set<String> = []
        for (mover, adder, tree) in [(ours, theirs, base), (theirs, ours, head)] {
            // Where a side only removed files, it moved none.
            guard mover.contains(where: \.isAddition), mover.contains(where: { $0.new == nil }) else { continue }
            let after = try self.tree(of: tree)
            for folder in Set(adder.filter(\.isAddition).flatMap(\.path.folders)) where !found.contains(folder) {
                let parts = folder.split(separator: "/")
                let was = try self.folder(parts, in: root) != nil
                if was, try self.folder(parts, in: after) == nil { found.insert(folder) }
            }
        }
        return found.map { GitPath($0) }.sorted()
    }

    private func changes(from root: ObjectID, to commit: ObjectID) throws(GitError) -> [TreeChange] {
        var diff = TreeDiff(self)
        try diff.compare(root, try tree(of: commit))
        return diff.changes
    }
}

extension TreeChange {
    fileprivate var isAddition: Bool { old == nil && new != nil }
}

extension GitPath {
    /// All folders that the path leads through, from the root on; none for a path that is no text.
    fileprivate var folders: [String] {
        guard isText else { return [] }
        let parts = text.split(separator: "/").dropLast()
        return parts.indices.map { parts[...$0].joined(separator: "/") }
    }

    /// A path as libgit2 hands it out.
    fileprivate init(_ path: UnsafePointer<CChar>) {
        self.init(bytes: UnsafeRawBufferPointer(start: path, count: strlen(path)))
    }
}

extension Merge {
    /// A merge that somebody else made, with that tree.
    public init(made tree: ObjectID) { self.init(tree, nil) }

    /// A merge in which one side has all that the other has.
    fileprivate init(_ tree: ObjectID, _ ancestor: ObjectID?) {
        self.init(tree: tree, conflicts: [], movedFolders: [], ancestor: ancestor)
    }
}
