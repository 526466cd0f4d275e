internal import CLibGit2
internal import Glibc

extension Mirror {
    /// The files of a work tree as they stand on the disk, as a commit on top of the one that is checked out there: what
    /// `git add --all` and a commit would give. The repository itself is not written to, and its index stays as it is.
    ///
    /// - Throws: `.other` where the remote is no path, or bare.
    public func commitWorkTree() throws(GitError) -> ObjectID {
        let doing = "read the work tree of \(remote)"
        guard remote.kind == .path else {
            let reason = "the repository is not on this machine; name the folder of the work tree as the repository"
            throw GitError(.other, doing: doing, reason: reason)
        }
        let source = try Repository(opening: remote.path, doing: doing)
        guard !source.isBare else {
            throw GitError(.other, doing: doing, reason: "the repository is bare; name a branch or a commit instead")
        }
        guard let head = try source.reference("HEAD") else {
            throw GitError(.notFound, doing: doing, reason: "nothing was committed yet; commit something first")
        }
        try source.collectInMemory()
        let tree = try source.workTree(doing)
        let mirror = try usableOrNew()
        if !mirror.hasCommit(head) { _ = try fetch(.commit(head), known: nil) }
        try copy(tree, onTopOf: try source.tree(of: head), from: source, to: mirror)
        var builder = CommitBuilder(mirror, doing: doing)
        // The same files give the same commit, whenever it is asked for.
        let nobody = Signature(name: "elafros", email: "", milliseconds: 0)
        return try builder.commit(tree: tree, parent: head, message: "The work tree", author: nobody)
    }

    /// Copies what a tree holds and an older one does not.
    private func copy(
        _ tree: ObjectID,
        onTopOf old: ObjectID,
        from source: Repository,
        to mirror: Repository
    ) throws(GitError) {
        var diff = TreeDiff(source)
        try diff.compare(old, tree)
        let blobs = diff.changes.compactMap(\.new).filter { $0.kind != .submodule }.map(\.id)
        for id in Set(blobs + diff.newTrees) where id != .emptyTree && !mirror.contains(id) {
            let type = try source.header(id).type
            _ = try source.withObject(id, type) { bytes throws(GitError) in try mirror.write(bytes, type) }
        }
    }
}

extension Repository {
    /// The tree of all files on the disk but those that are ignored, written to where new objects are collected.
    fileprivate func workTree(_ doing: String) throws(GitError) -> ObjectID {
        let index = try Handle(doing, free: git_index_free) { git_repository_index(&$0, pointer) }
        guard git_index_has_conflicts(index.pointer) == 0 else {
            throw GitError(.other, doing: doing, reason: "a merge is going on there; end it first")
        }
        var everything = git_strarray()
        try check(doing) {
            git_index_add_all(
                index.pointer,
                &everything,
                0,
                // A folder is handed over whole where it is a repository of its own: nothing in it is of this one.
                { path, _, _ in path.map { $0[strlen($0) - 1] == UInt8(ascii: "/") } == true ? 1 : 0 },
                nil
            )
        }
        var oid = git_oid()
        try check(doing) { git_index_write_tree(&oid, index.pointer) }
        return ObjectID(oid)
    }
}
