/// How long a Sync waits after failures: longer each time, up to a bound.
public struct Backoff: Hashable, Sendable {
    /// The wait after the first failure.
    public var initial: Duration
    /// By how much each wait is longer than the one before.
    public var factor: Int
    /// The longest wait, unless the first one is longer.
    public var longest: Duration

    /// A backoff that begins with that wait.
    public init(initial: Duration, factor: Int = 2, longest: Duration = .seconds(300)) {
        self.initial = initial
        self.factor = factor
        self.longest = longest
    }

    /// The wait after so many failures in a row, 1 or more.
    public func wait(after failures: Int) -> Duration {
        let longest = max(longest, initial)
        var wait = initial
        for _ in 1..<max(failures, 1) where factor > 1 && wait < longest { wait *= factor }
        return min(wait, longest)
    }
}
