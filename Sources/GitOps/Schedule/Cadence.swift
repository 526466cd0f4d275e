public import Resources

/// When a Sync runs: asked again and again (`interval`), at set times (`schedule`), and never while its windows are closed.
///
/// A value that is told what happened and says what follows; whoever runs the Sync does the waiting.
public struct Cadence: Sendable {
    /// How often the remote is asked; nil for not at all.
    public var interval: Duration?
    /// By how much of it, 0...1, an interval is moved at random either way, so that many pollers of one host spread out.
    public var jitter: Double
    /// At which times it runs besides; nil for none.
    public var schedule: CronSchedule?
    /// Whether scheduled runs that were missed are made up for, by one run.
    public var catchesUp: Bool
    /// Whether a sync that still waits for rest when the next is scheduled gives way to it.
    public var replaces: Bool
    /// When anything may be applied.
    public var windows: SyncWindows
    /// When it tries again after failures.
    public var backoff: Backoff

    /// Asked at that interval, and nothing else.
    public init(interval: Duration?) {
        self.interval = interval
        jitter = 0.1
        catchesUp = true
        replaces = false
        windows = SyncWindows([])
        backoff = Backoff(initial: interval ?? .seconds(30))
    }
}

extension Cadence {
    /// Why a Sync runs.
    public enum Reason: String, Sendable {
        /// Its interval was over, or it has never run in this process.
        case poll
        /// Its schedule says so.
        case schedule
        /// A webhook called.
        case webhook
        /// Somebody asked for it.
        case request
        /// Somebody changed what it gave by hand.
        case drift
        /// It failed, and tries again.
        case retry
        /// What it depends on has come to rest.
        case dependency
        /// A Sync that depends on it waits for it.
        case wanted
    }

    /// What was done so far, as far as what follows depends on it.
    public struct Progress: Hashable, Sendable {
        /// When it last asked its remote; nil for never in this process.
        public var asked: Instant?
        /// Until when its schedule was followed: later times of it are still to come.
        public var scheduled: Instant
        /// How often it failed in a row.
        public var failures = 0

        /// Nothing yet, with the schedule followed until that instant.
        public init(scheduled: Instant) { self.scheduled = scheduled }
    }

    /// When it runs next of its own accord, and why; nil for never.
    ///
    /// - Parameter point: 0...1, uniform: where in the jitter the wait falls.
    public func next(after progress: Progress, now: Instant, point: Double) -> (at: Instant, reason: Reason)? {
        var candidates: [(at: Instant, reason: Reason)] = []
        // What was missed is made up for at once, however often it was.
        if let due = schedule?.next(after: progress.scheduled) { candidates.append((max(due, now), .schedule)) }
        if let asked = progress.asked {
            if progress.failures > 0 {
                candidates.append((asked + spread(backoff.wait(after: progress.failures), at: point), .retry))
            } else if let interval {
                candidates.append((asked + spread(interval, at: point), .poll))
            }
        } else if interval != nil {
            candidates.append((now, .poll))
        }
        return candidates.min { $0.at < $1.at }
    }

    /// How long a sync that begins then may wait for rest.
    public func patience(_ timeout: Duration, now: Instant) -> Duration {
        guard replaces, let next = schedule?.next(after: now) else { return timeout }
        return min(timeout, next - now)
    }

    private func spread(_ wait: Duration, at point: Double) -> Duration { wait * (1 - jitter + 2 * jitter * point) }
}

extension Cadence.Reason {
    /// Why a Sync runs that was rung for this, and before for another reason, and has not come to it: the one that asks for
    /// more. What a person asked for is not taken for less because a webhook came after it; a poll may be content with what the
    /// remote answered to somebody else a while ago; what a dependency has done moves only those that wait for it.
    public func folded(over earlier: Cadence.Reason?) -> Cadence.Reason {
        guard let earlier, earlier.weight > weight else { return self }
        return earlier
    }

    private var weight: Int {
        switch self {
        case .dependency: 0
        case .poll: 1
        case .schedule, .webhook, .drift, .retry, .wanted: 2
        case .request: 3
        }
    }
}
