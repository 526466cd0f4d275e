internal import CLibGit2
internal import Glibc

/// What merging one commit into another gives, worked out in memory.
public struct Merge: Hashable, Sendable {
    /// The merged tree; nil where the two conflict.
    public let tree: ObjectID?
    /// The paths that both sides changed in ways that do not go together, ascending.
    public let conflicts: [GitPath]
    /// Folders that one side moved away whole while the other put files into them, ascending, as far as new files stand for
    /// what was moved. git moves what the other side put there along in some cases, libgit2 never does: the merged tree may
    /// differ from git's.
    public let movedFolders: [GitPath]
    /// Files that both sides changed or removed and that do not conflict, ascending. git has other ways to find out which
    /// lines changed and which files were renamed, and may see a conflict, or merge otherwise.
    public let mergedFiles: [GitPath]
    /// The youngest commit that both sides have in common; nil where there is none.
    public let ancestor: ObjectID?
}

extension Mirror {
    /// Merges a commit into another, as a merge of the pull request would, without a work tree. Both have to be in the
    /// mirror; the new trees are written into it, and nothing else.
    public func merge(_ head: ObjectID, into base: ObjectID) throws(GitError) -> Merge {
        try reading { repository throws(GitError) in try repository.merge(head, into: base) }
    }

    /// Whether a commit's history holds another, or is that one. Both have to be in the mirror.
    public func history(of commit: ObjectID, holds earlier: ObjectID) throws(GitError) -> Bool {
        try reading { repository throws(GitError) in try repository.mergeBase(commit, earlier) == earlier }
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
        // Of the two ways that libgit2 has to find out which lines changed, the one that is nearer to git's.
        options.file_flags = GIT_MERGE_FILE_DIFF_PATIENCE.rawValue
        let ours = try lookup(base, GIT_OBJECT_COMMIT)
        let theirs = try lookup(head, GIT_OBJECT_COMMIT)
        let index = try Handle(doing, free: git_index_free) {
            git_merge_commits(&$0, pointer, ours.pointer, theirs.pointer, &options)
        }
        let conflicts = try conflicts(in: index.pointer, doing)
        var tree: ObjectID?
        if conflicts.isEmpty {
            var oid = git_oid()
            try check(doing) { git_index_write_tree_to(&oid, index.pointer, pointer) }
            tree = ObjectID(oid)
        }
        let sides = try Sides(self, since: ancestor, base, head)
        return Merge(
            tree: tree,
            conflicts: conflicts,
            movedFolders: try sides.movedFolders(self),
            mergedFiles: sides.mergedFiles.filter { !conflicts.contains($0) },
            ancestor: ancestor
        )
    }

    fileprivate func mergeBase(_ a: ObjectID, _ b: ObjectID) throws(GitError) -> ObjectID? {
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
}

/// What both sides of a merge changed since they went apart.
private struct Sides {
    private let root: ObjectID
    private let trees: (base: ObjectID, head: ObjectID)
    private let ours: [TreeChange]
    private let theirs: [TreeChange]

    init(_ repository: Repository, since ancestor: ObjectID?, _ base: ObjectID, _ head: ObjectID) throws(GitError) {
        let root = try ancestor.map { id throws(GitError) in try repository.tree(of: id) } ?? .emptyTree
        func changes(to tree: ObjectID) throws(GitError) -> [TreeChange] {
            var diff = TreeDiff(repository)
            try diff.compare(root, tree)
            return diff.changes
        }
        self.root = root
        trees = (try repository.tree(of: base), try repository.tree(of: head))
        ours = try changes(to: trees.base)
        theirs = try changes(to: trees.head)
    }

    /// The files that both sides changed, each in its own way; and those that both removed where either may have renamed
    /// them, as it has new files.
    var mergedFiles: [GitPath] {
        let known = Dictionary(ours.map { ($0.path, $0.new) }) { first, _ in first }
        let mayHaveRenamed = ours.contains(where: \.isAddition) || theirs.contains(where: \.isAddition)
        return theirs.filter { change in
            guard let other = known[change.path] else { return false }
            return other != change.new || other == nil && mayHaveRenamed
        }
        .map(\.path).sorted()
    }

    /// The folders that one side moved away and into which the other put something new.
    func movedFolders(_ repository: Repository) throws(GitError) -> [GitPath] {
        var found: Set<String> = []
        for (mover, adder, after) in [(ours, theirs, trees.base), (theirs, ours, trees.head)] {
            // Where a side only removed files, it moved none.
            guard mover.contains(where: \.isAddition), mover.contains(where: { $0.new == nil }) else { continue }
            for folder in Set(adder.filter(\.isAddition).flatMap(\.path.folders)) where !found.contains(folder) {
                let parts = folder.split(separator: "/")
                let was = try repository.folder(parts, in: root) != nil
                if was, try repository.folder(parts, in: after) == nil { found.insert(folder) }
            }
        }
        return found.map { GitPath($0) }.sorted()
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
    /// A merge in which one side has all that the other has.
    fileprivate init(_ tree: ObjectID, _ ancestor: ObjectID?) {
        self.init(tree: tree, conflicts: [], movedFolders: [], mergedFiles: [], ancestor: ancestor)
    }
}
