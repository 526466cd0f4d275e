extension Mirror {
    /// The tree of a commit.
    public func tree(of commit: ObjectID) throws(GitError) -> ObjectID {
        try reading { repository throws(GitError) in try repository.tree(of: commit) }
    }

    /// Whether the mirror holds an object. One that was made anew no longer has what nothing on the remote leads to.
    public func holds(_ id: ObjectID) throws(GitError) -> Bool {
        try reading { repository throws(GitError) in id == .emptyTree || repository.contains(id) }
    }

    /// What a commit says about itself.
    public func commitInfo(_ commit: ObjectID) throws(GitError) -> CommitInfo {
        try reading { repository throws(GitError) in try repository.commit(commit) }
    }

    /// The paths in which two trees differ, without reading what is equal. Work grows with the difference.
    ///
    /// - Parameters:
    ///   - old: the tree before; nil gives all that `new` holds.
    ///   - new: the tree now.
    ///   - folder: a folder that the comparison is limited to, or nothing. Missing in `new`, it throws `.notFound`, unless
    ///     that tree is empty; missing in `old`, all of it is new.
    public func changes(
        from old: ObjectID?,
        to new: ObjectID,
        under folder: String = ""
    ) throws(GitError) -> [TreeChange] {
        try reading { repository throws(GitError) in
            let parts = folder.split(separator: "/").filter { $0 != "." }
            let after = try repository.folder(parts, in: new)
            if after == nil, new != .emptyTree {
                let reason = "the repository has no folder of that name; check the path"
                throw GitError(.notFound, doing: "read folder \"\(GitPath(folder))\"", reason: reason)
            }
            let before = try old.flatMap { tree throws(GitError) in try repository.folder(parts, in: tree) }
            var diff = TreeDiff(repository)
            try diff.compare(before, after, folder: parts.joined(separator: "/"))
            return diff.changes
        }
    }

    /// Reads blobs one after the other. A blob of more than `maxBytes` is not read: its size comes from its header.
    public func readBlobs(_ ids: [ObjectID], maxBytes: Int, _ body: @Sendable (Int, Blob) -> Void) throws(GitError) {
        try reading { repository throws(GitError) in
            for (index, id) in ids.enumerated() { body(index, try repository.blob(id, maxBytes: maxBytes)) }
        }
    }

    /// Reads blobs, in the order of `ids`. A blob of more than `maxBytes` is not read.
    public func blobs(_ ids: [ObjectID], maxBytes: Int) throws(GitError) -> [Blob] {
        try reading { repository throws(GitError) in
            var blobs: [Blob] = []
            blobs.reserveCapacity(ids.count)
            for id in ids { blobs.append(try repository.blob(id, maxBytes: maxBytes)) }
            return blobs
        }
    }

    /// All files of a commit with their blobs. Links and submodules are left out.
    public func files(in commit: ObjectID) throws(GitError) -> [GitPath: ObjectID] {
        let changes = try changes(from: nil, to: try tree(of: commit))
        var files: [GitPath: ObjectID] = [:]
        for change in changes {
            guard let new = change.new, new.kind == .file || new.kind == .executable else { continue }
            files[change.path] = new.id
        }
        return files
    }

    /// The content of a file of a commit, or nil if there is none at that path. Links are not followed.
    public func file(at path: String, in commit: ObjectID) throws(GitError) -> [UInt8]? {
        try file(at: path, inTree: try tree(of: commit))
    }

    /// The content of a file of a tree, or nil if there is none at that path. Links are not followed.
    public func file(at path: String, inTree root: ObjectID) throws(GitError) -> [UInt8]? {
        try reading { repository throws(GitError) in
            let parts = path.split(separator: "/")
            guard let name = parts.last, let folder = try repository.folder(parts.dropLast(), in: root)
            else { return nil }
            let tree = try repository.tree(folder)
            guard let entry = tree.entry(named: name.utf8), entry.mode.kind == .file || entry.mode.kind == .executable
            else { return nil }
            guard case .bytes(let bytes) = try repository.blob(entry.id, maxBytes: .max) else { return nil }
            return bytes
        }
    }

    /// Reads from the mirror. Damage that comes to light has the next fetch make it anew.
    func reading<R>(_ body: (Repository) throws(GitError) -> R) throws(GitError) -> R {
        guard let repository = usable() else {
            throw GitError(.notFound, doing: "read the mirror of \(remote)", reason: "nothing was fetched yet")
        }
        do throws(GitError) {
            return try body(repository)
        } catch  where error.kind == .damaged {
            markDamaged()
            throw error
        }
    }
}

extension Repository {
    /// The tree of a folder, or nil if there is none at that path.
    func folder(_ path: some Collection<Substring>, in root: ObjectID) throws(GitError) -> ObjectID? {
        var current = root
        for part in path {
            guard let entry = try tree(current).entry(named: part.utf8), entry.mode.isFolder else { return nil }
            current = entry.id
        }
        return current
    }
}
