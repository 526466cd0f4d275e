/// What became of a commit that was to be published.
public enum Published: Hashable, Sendable {
    /// The branch's tree is what was wanted, at this commit (nil: there is no branch, and nothing was to be in it); nothing
    /// was written.
    case unchanged(ObjectID?)
    /// The branch stands at this new commit. The hooks are those of a remote on this machine that git would have run: we
    /// run no programs out of a repository.
    case pushed(ObjectID, skippedHooks: [String])
    /// The branch is not at the parent that was named, but here (nil: it is gone). Nothing was written.
    case moved(ObjectID?)
}

extension Mirror {
    /// Commits onto a branch of the remote what stood in a folder at an older commit, and pushes that: one commit more, and
    /// nothing of the history is lost, and nothing outside of that folder.
    ///
    /// - Parameters:
    ///   - branch: the branch's name, without `refs/heads/`.
    ///   - path: the folder; empty for all of the tree.
    ///   - tip: where the branch is believed to stand.
    ///   - commit: the older commit, which must be in the branch's history.
    /// - Throws: `.notFound` where it is not; `.rejected` with the server's words if it declined the push.
    public func publishRevert(
        branch: String,
        path: String,
        from tip: ObjectID,
        to commit: ObjectID,
        message: String,
        author: Signature
    ) throws(GitError) -> Published {
        let doing = "publish branch \(branch) to \(remote)"
        let side = try connect(toPush: true)
        let head = try side.head(ofBranch: branch)
        guard head == tip else { return .moved(head) }
        let mirror = try usableOrNew()
        guard try history(of: tip, holds: commit) else {
            let reason = "commit \(commit.short) is not in its history; name one that is"
            throw GitError(.notFound, doing: doing, reason: reason)
        }
        let parts = path.split(separator: "/")
        let older = try mirror.folder(parts, in: mirror.tree(of: commit))
        let base = try mirror.tree(of: tip)
        var builder = CommitBuilder(mirror, doing: doing)
        let tree = try builder.put(older, at: parts[...], of: base)
        if tree == base { return .unchanged(tip) }
        let id = try builder.commit(tree: tree, parent: tip, message: message, author: author)
        // The folder and all in it are the remote's own: they stood there before.
        let new = NewCommit(id: id, expected: tip, objects: builder.newObjects, pack: nil)
        do throws(GitError) {
            return .pushed(id, skippedHooks: try side.push(new, to: "refs/heads/\(branch)", from: mirror))
        } catch  where error.kind == .moved {
            return .moved(try connect().head(ofBranch: branch))
        }
    }

    /// Commits changes onto a branch of the remote, without a work tree, and pushes exactly what is new.
    ///
    /// Doing it again after a crash is harmless: a branch whose tree is already as wanted is left alone, whoever wrote it.
    ///
    /// - Parameters:
    ///   - branch: the branch's name, without `refs/heads/`.
    ///   - parent: where the branch is believed to stand; nil if there is none yet.
    ///   - changes: what is to stand at which path.
    ///   - signing: what signs the commit, where anything does. Then a branch whose tree is as wanted, and whose commit
    ///     nobody signed who is believed, gets one commit more.
    /// - Throws: `.rejected` with the server's words if it declined the push.
    public func publish(
        branch: String,
        parent: ObjectID?,
        changes: [FileChange],
        message: String,
        author: Signature,
        signing: CommitSigning = CommitSigning()
    ) throws(GitError) -> Published {
        let doing = "publish branch \(branch) to \(remote)"
        guard branch != "HEAD" else {
            throw GitError(.other, doing: doing, reason: "HEAD is no name for a branch; name another")
        }
        let side = try connect(toPush: true)
        let head = try side.head(ofBranch: branch)
        var mirror = try usableOrNew()
        if let head, !mirror.hasCommit(head) {
            mirror = try fetch("refs/heads/\(branch)", at: head, from: try connect())
        }
        if let parent, !mirror.hasCommit(parent) { return .moved(head) }
        let base = try parent.map { id throws(GitError) in try mirror.tree(of: id) }
        // Many objects are collected in memory and packed; a file each would take longer than git does. The repository is
        // opened a second time for it, since the collection cannot be taken off again.
        let packs = changes.count >= Repository.packsFrom
        let writer = packs ? try Repository(openingBare: folder, doing: doing) : mirror
        if packs { try writer.collectInMemory() }
        var builder = CommitBuilder(writer, doing: doing)
        let tree = try builder.apply(changes, to: base)
        let headTree = try head.map { id throws(GitError) in try mirror.tree(of: id) } ?? .emptyTree
        let isSigned = try mirror.isSignedEnough(head, signing)
        if tree == headTree, isSigned { return .unchanged(head) }
        guard head == parent else { return .moved(head) }
        let id = try builder.commit(
            tree: tree,
            parent: parent,
            message: message,
            author: author,
            signedBy: signing.key
        )
        let objects = builder.newObjects
        let pack = packs ? try writer.writePack(of: objects, to: "\(mirror.objectsFolder)/pack") : nil
        if packs { try mirror.refresh() }
        let commit = NewCommit(id: id, expected: parent, objects: objects, pack: pack)
        return try push(commit, to: "refs/heads/\(branch)", through: side, from: mirror)
    }

    /// Pushes a commit that the mirror holds, and keeps where the reference stands then.
    func push(
        _ commit: NewCommit,
        to reference: String,
        through side: any Remote,
        from mirror: Repository
    ) throws(GitError) -> Published {
        do throws(GitError) {
            let skippedHooks = try side.push(commit, to: reference, from: mirror)
            try mirror.setReference(Self.copy(of: reference), to: commit.id)
            return .pushed(commit.id, skippedHooks: skippedHooks)
        } catch  where error.kind == .moved {
            let now = try connect().target(of: reference)
            // A server that speaks of a move where there is none declines for reasons of its own.
            guard now != commit.expected else { throw error.with(kind: .rejected) }
            return .moved(now)
        }
    }
}

extension Repository {
    /// Whether nothing has to be signed, or a commit is by somebody who is believed.
    fileprivate func isSignedEnough(_ commit: ObjectID?, _ signing: CommitSigning) throws(GitError) -> Bool {
        guard signing.key != nil, let commit else { return true }
        return signing.objection(to: try storedCommit(commit).checkedSignature) == nil
    }
}
