public import Resources
public import Store
internal import Synchronization

/// A clock that stands still until somebody moves it, and never goes back.
public final class VirtualClock: Clock {
    private let instant: Mutex<Instant>

    /// A clock that shows `start`.
    public init(_ start: Instant) { instant = Mutex(start) }

    /// What it shows.
    public func now() -> Instant { instant.withLock { $0 } }

    /// Moves it on; an earlier instant leaves it where it is.
    public func advance(to later: Instant) { instant.withLock { $0 = max($0, later) } }

    /// Moves it on by so much.
    public func advance(by duration: Duration) { instant.withLock { $0 = max($0, $0 + duration) } }
}
