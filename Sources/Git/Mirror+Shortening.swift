/// What became of a history that was to hold no more than so many commits.
public enum Shortened: Hashable, Sendable {
    /// It is not much longer than that; nothing was written.
    case short
    /// The branch stands at this commit now, whose history holds as many as were wanted.
    case shortened(ObjectID)
    /// This commit stands in the way: it would be lost, and may not be. Nothing was written.
    case held(by: CommitInfo)
    /// The branch is not at the tip that was named. Nothing was written.
    case moved
}

extension Mirror {
    /// Lets go of the older commits of a branch of the remote, once there are twice as many as wanted: not with each new
    /// commit, since all that stay are written anew, each on another parent.
    ///
    /// The oldest that stays begins the history, with the tree that it has. Trees, messages, authors and times stay as they
    /// are. Signatures are of the commits that were: those of others are lost, and what may go is signed anew. The remote moves
    /// the branch from `tip` alone: what somebody pushes meanwhile is not lost.
    ///
    /// - Parameters:
    ///   - branch: the branch's name, without `refs/heads/`.
    ///   - tip: where the branch is believed to stand; the mirror holds it.
    ///   - count: how many commits are to stay; 1 or more.
    ///   - key: what signs those that stay and might have gone; nil leaves them unsigned.
    ///   - mayGo: whether a commit may be lost. A merge never is.
    /// - Throws: `.rejected` with the server's words if it lets nobody rewrite the branch.
    public func shorten(
        branch: String,
        at tip: ObjectID,
        to count: Int,
        signedBy key: SigningKey? = nil,
        mayGo: @Sendable (CommitInfo) -> Bool
    ) throws(GitError) -> Shortened {
        let doing = "shorten the history of branch \(branch) of \(remote)"
        let mirror = try usableOrNew()
        var kept: [CommitInfo] = []
        var held: CommitInfo?
        var (length, next) = (0, Optional(tip))
        // All of it is looked through only where it is too long.
        while let id = next, held == nil || length <= 2 * count {
            let commit = try mirror.commit(id)
            let isKept = length < count && commit.parents.count < 2
            if isKept { kept.append(commit) }
            if !isKept, held == nil, commit.parents.count > 1 || !mayGo(commit) { held = commit }
            length += 1
            next = commit.parents.first
        }
        guard length > 2 * count else { return .short }
        if let held { return .held(by: held) }
        let side = try connect(toPush: true)
        guard try side.head(ofBranch: branch) == tip else { return .moved }
        var builder = CommitBuilder(mirror, doing: doing)
        var parent: ObjectID?
        for commit in kept.reversed() {
            parent = try builder.replant(commit.id, on: parent, signedBy: mayGo(commit) ? key : nil)
        }
        guard let last = parent else { return .short }
        let commit = NewCommit(
            id: last,
            expected: tip,
            replacesHistory: true,
            objects: builder.newObjects,
            pack: nil
        )
        switch try push(commit, to: "refs/heads/\(branch)", through: side, from: mirror) {
        case .pushed(let id, _): return .shortened(id)
        case .unchanged, .moved: return .moved
        }
    }
}
