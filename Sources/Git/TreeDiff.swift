/// Compares two trees, skipping what is equal: work grows with the change alone.
///
/// libgit2's own comparison reads equal subtrees too, and takes a hundred times as long on 10,000 files.
struct TreeDiff {
    /// A tree may name one subtree many times over, so that a few kilobytes spell out billions of paths. No repository that
    /// people edit comes near these.
    static let maxChanges = 1_000_000
    static let maxDepth = 200

    let repository: Repository
    private(set) var changes: [TreeChange] = []
    /// The trees of the new side that differ, outermost first.
    private(set) var newTrees: [ObjectID] = []

    init(_ repository: Repository) {
        self.repository = repository
    }

    /// Compares two trees; nil is a tree without entries. Changes come in git's order, each with `folder` before its path.
    mutating func compare(_ old: ObjectID?, _ new: ObjectID?, folder: String = "") throws(GitError) {
        var prefix = Array((folder.isEmpty ? "" : "\(folder)/").utf8)
        try compare(old, new, prefix: &prefix, depth: 0)
    }

    private mutating func compare(
        _ old: ObjectID?,
        _ new: ObjectID?,
        prefix: inout [UInt8],
        depth: Int
    ) throws(GitError) {
        guard old != new else { return }
        guard depth < Self.maxDepth else {
            throw tooLarge("it holds folders more than \(Self.maxDepth) deep")
        }
        if let new { newTrees.append(new) }
        let left = try old.map { id throws(GitError) in try repository.tree(id) } ?? .empty
        let right = try new.map { id throws(GitError) in try repository.tree(id) } ?? .empty
        var (i, j) = (0, 0)
        while i < left.entries.count || j < right.entries.count {
            let order =
                if i == left.entries.count {
                    1
                } else if j == right.entries.count {
                    -1
                } else {
                    left.order(left.entries[i], right, right.entries[j])
                }
            let before = order <= 0 ? left.entries[i] : nil
            let after = order >= 0 ? right.entries[j] : nil
            if order <= 0 { i += 1 }
            if order >= 0 { j += 1 }
            if let before, let after, before.id == after.id, before.mode == after.mode { continue }
            let name = before.map { left.bytes[$0.name] } ?? after.map { right.bytes[$0.name] } ?? []
            try emit(before, after, name: name, prefix: &prefix, depth: depth)
        }
    }

    private mutating func emit(
        _ before: TreeObject.Entry?,
        _ after: TreeObject.Entry?,
        name: ArraySlice<UInt8>,
        prefix: inout [UInt8],
        depth: Int
    ) throws(GitError) {
        let length = prefix.count
        prefix.append(contentsOf: name)
        defer { prefix.removeSubrange(length...) }
        // Both are folders or neither is: the order of entries sees to that.
        if (before ?? after)?.mode.isFolder == true {
            prefix.append(UInt8(ascii: "/"))
            return try compare(before?.id, after?.id, prefix: &prefix, depth: depth + 1)
        }
        guard changes.count < Self.maxChanges else {
            throw tooLarge("more than \(Self.maxChanges) files differ")
        }
        let old = before.flatMap { entry in entry.mode.kind.map { Entry(id: entry.id, kind: $0) } }
        let new = after.flatMap { entry in entry.mode.kind.map { Entry(id: entry.id, kind: $0) } }
        // Modes that differ in bits without a meaning are no change.
        if old != new { changes.append(TreeChange(path: GitPath(bytes: prefix), old: old, new: new)) }
    }

    private func tooLarge(_ reason: String) -> GitError {
        GitError(.other, doing: "compare trees", reason: "\(reason); follow a folder of the repository instead")
    }
}
