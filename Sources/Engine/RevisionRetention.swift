/// How long Revisions to which nothing leads any more are kept (specification §10.3, §15.3). Nil disables a limit.
public struct RevisionRetention: Hashable, Sendable {
    /// How long a Revision keeps its instances when no Route reaches it any more; then it is retired.
    public var retiredAfter: Duration?
    /// How long every Revision is kept after it was created.
    public var sinceCreation: Duration?
    /// How long every Revision is kept after a Route last reached it.
    public var sinceReached: Duration?
    /// How many of the newest are kept whatever their age.
    public var least: Int
    /// Above how many the oldest are deleted whatever their age.
    public var most: Int?

    /// Knative's limits, and ten minutes for going back to what ran just now.
    public init(
        retiredAfter: Duration? = .seconds(600),
        sinceCreation: Duration? = .seconds(48 * 3_600),
        sinceReached: Duration? = .seconds(15 * 3_600),
        least: Int = 20,
        most: Int? = 1_000
    ) {
        self.retiredAfter = retiredAfter
        self.sinceCreation = sinceCreation
        self.sinceReached = sinceReached
        self.least = least
        self.most = most
    }
}
