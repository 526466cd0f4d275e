/// What a remote was asked for, as a simulated fault sees it.
package enum RemoteStep: Sendable, CaseIterable {
    /// Where what is followed stands, or a branch.
    case ask
    /// All that a commit leads to; nothing has come yet.
    case bring
    /// To move a branch; nothing has moved yet.
    case push
    /// The branch has moved, and the answer is on its way.
    case pushed
}

/// Called at each step of each exchange; what it throws is what the remote, or the way to it, answers.
package typealias RemoteFault = @Sendable (RemoteStep) throws(GitError) -> Void

/// A remote that fails when it is told to. For the simulation; the remote behind it is real.
struct FaultyRemote: Remote {
    let inner: any Remote
    let fault: RemoteFault

    func tip(of follow: Follow) throws(GitError) -> Tip {
        try fault(.ask)
        return try inner.tip(of: follow)
    }

    func target(of reference: String) throws(GitError) -> ObjectID? {
        try fault(.ask)
        return try inner.target(of: reference)
    }

    func bring(_ tip: Tip, into mirror: Repository) throws(GitError) {
        try fault(.bring)
        try inner.bring(tip, into: mirror)
    }

    func push(_ commit: NewCommit, to reference: String, from mirror: Repository) throws(GitError) -> [String] {
        try fault(.push)
        let hooks = try inner.push(commit, to: reference, from: mirror)
        try fault(.pushed)
        return hooks
    }
}
