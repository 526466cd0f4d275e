internal import Glibc
public import Resources
internal import Synchronization

/// What time it is: a port, so that previews and tests bring their own time.
public protocol Clock: Sendable {
    /// The present, in UTC. Never before what it answered earlier.
    func now() -> Instant
}

/// The machine's clock, kept from going back.
///
/// A wall clock may be set back, and another machine may go on with a state; but a state's own times must not run
/// backwards, or a rollout would wait for a moment that it has seen already. So the answer is the later of the wall
/// clock and the last answer, beginning with the last journaled instant.
public final class SystemClock: Clock {
    private let last: Mutex<Instant>
    private let wall: @Sendable () -> Instant

    /// A clock that never answers anything before `earliest`: the last instant of the state's journal.
    public convenience init(notBefore earliest: Instant = Instant(milliseconds: 0)) {
        self.init(notBefore: earliest, wall: Self.machineTime)
    }

    /// The same over another wall clock: the simulation's jumps.
    package init(notBefore earliest: Instant, wall: @escaping @Sendable () -> Instant) {
        last = Mutex(earliest)
        self.wall = wall
    }

    /// The later of the wall clock and the last answer.
    public func now() -> Instant {
        let wall = wall()
        return last.withLock { last in
            last = max(last, wall)
            return last
        }
    }

    private static func machineTime() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
