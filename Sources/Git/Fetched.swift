/// What of a repository is followed.
public enum Follow: Hashable, Sendable {
    /// The branch that the remote names as its default.
    case head
    /// A branch, as `main` or `release/1`.
    case branch(String)
    /// A tag, whether annotated or not.
    case tag(String)
    /// The tag of the newest version in a range; of equal versions, the tag whose name comes last.
    case versions(VersionRange)
    /// One commit, which never moves.
    case commit(ObjectID)
    /// Any reference by its whole name, as the `refs/pull/7/head` of a forge.
    case reference(String)
}

extension Follow: CustomStringConvertible {
    /// For messages: `branch main`.
    public var description: String {
        switch self {
        case .head: "the default branch"
        case .branch(let name): "branch \(name)"
        case .tag(let name): "tag \(name)"
        case .versions(let range): "versions \(range)"
        case .commit(let id): "commit \(id.short)"
        case .reference(let name): name
        }
    }
}

/// What a fetch found.
public struct Fetched: Hashable, Sendable {
    /// The commit that is followed now, and is in the mirror.
    public let commit: ObjectID
    /// Whether it is another one than the caller knew.
    public let isNew: Bool
    /// Whether the commit that the caller knew is no longer in the history: somebody pushed with force.
    public let rewroteHistory: Bool
    /// Whether the mirror was damaged, cut off or of another remote, and was made anew.
    public let rebuiltMirror: Bool
    /// The branch, also where the remote's default was asked for; nil for a tag or commit.
    public let branchName: String?
}

extension Fetched {
    /// The same finding, with an older commit in the place of the one that the remote stands at.
    ///
    /// - Parameter back: what was found of the older one.
    public func going(back: Fetched) -> Fetched {
        Fetched(
            commit: back.commit,
            isNew: back.isNew,
            rewroteHistory: rewroteHistory,
            rebuiltMirror: rebuiltMirror,
            branchName: branchName
        )
    }
}
