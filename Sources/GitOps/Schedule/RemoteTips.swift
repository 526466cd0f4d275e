public import Git
public import Resources

/// What a remote last answered about all that is followed of it: one answer serves all Syncs that follow it.
public struct RemoteTips: Sendable {
    /// What it is asked about.
    public private(set) var followed: Set<Follow> = []
    private var latest: (at: Instant, tips: [Follow: Result<ObjectID, GitError>])?

    /// Nothing was asked yet.
    public init() {}

    /// Has a reference be asked about from now on.
    public mutating func follow(_ follow: Follow) { followed.insert(follow) }

    /// Takes an answer to a question of that instant.
    public mutating func take(_ tips: [Follow: Result<ObjectID, GitError>], askedAt instant: Instant) {
        latest = (instant, tips)
    }

    /// Where a reference stands, as of that instant or later, or why there is none; nil where that has to be asked.
    public func tip(of follow: Follow, asOf instant: Instant) -> Result<ObjectID, GitError>? {
        guard let latest, latest.at >= instant else { return nil }
        // None: it was asked before this reference was followed.
        return latest.tips[follow]
    }
}
