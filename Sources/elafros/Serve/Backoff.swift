/// How long a poller waits: the interval while all is well, twice as long after each failure, up to a bound.
///
/// A value that is told what happened and says what follows; whoever polls does the waiting.
struct Backoff: Hashable, Sendable {
    /// The wait while all is well.
    let interval: Duration
    /// How often it failed in a row.
    private(set) var failures = 0

    /// The longest wait after failures, unless the interval itself is longer.
    static let longest = Duration.seconds(300)

    /// Nothing has failed yet.
    init(interval: Duration) { self.interval = interval }

    /// The wait after a success.
    mutating func succeeded() -> Duration {
        failures = 0
        return interval
    }

    /// The wait after a failure.
    mutating func failed() -> Duration {
        failures += 1
        let longest = max(Self.longest, interval)
        var wait = interval
        for _ in 1..<max(failures, 1) where wait < longest { wait *= 2 }
        return min(wait, longest)
    }

    /// A wait moved by up to a tenth either way, so that many pollers of one host spread out.
    ///
    /// - Parameter point: 0...1, uniform.
    static func jittered(_ wait: Duration, at point: Double) -> Duration { wait * (0.9 + 0.2 * point) }
}
