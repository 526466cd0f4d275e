/// Where the tasks of one daemon take turns: exactly one goes on at a time, and each until it waits for something. So a seed means
/// the same each time, whatever threads there are.
///
/// A part of its world, which is an actor: used by that alone.
struct Stage {
    /// How much time has passed, whatever the clock on the wall says.
    var elapsed = Duration.zero
    /// Whether all are to end.
    var isOver = false
    private(set) var waiting: [String: Waiter] = [:]
    private var director: CheckedContinuation<Void, Never>?

    struct Waiter {
        /// When it goes on, by `elapsed`; nil for not by itself.
        var at: Duration?
        /// Whether it may be rung for.
        let isAtBell: Bool
        fileprivate let continuation: CheckedContinuation<Bool, Never>
    }

    /// Whoever goes on first, and when; of several the first by name.
    var next: (name: String, at: Duration)? {
        waiting.compactMap { name, waiter in waiter.at.map { (name, $0) } }.min { ($0.1, $0.0) < ($1.1, $1.0) }
    }

    /// Enters somebody who waits, and has the director go on.
    mutating func park(
        _ name: String,
        until at: Duration?,
        isAtBell: Bool,
        _ continuation: CheckedContinuation<Bool, Never>
    ) {
        waiting[name] = Waiter(at: at, isAtBell: isAtBell, continuation: continuation)
        yield()
    }

    /// Has the director go on.
    mutating func yield() {
        director?.resume()
        director = nil
    }

    /// The director waits from now on, until somebody waits or ends.
    mutating func direct(_ continuation: CheckedContinuation<Void, Never>) { director = continuation }

    /// Has one go on.
    mutating func resume(_ name: String) { waiting.removeValue(forKey: name)?.continuation.resume(returning: !isOver) }

    /// Wakes one that waits at its bell.
    mutating func ring(_ name: String) {
        if waiting[name]?.isAtBell ?? false { waiting[name]?.at = elapsed }
    }
}
