internal import GitOps
internal import Resources
internal import Synchronization

/// What one Sync's loop waits for: a moment, or somebody who wants it to run, whichever comes first.
final class Bell: Sendable {
    private let alarm = Alarm()
    private let rung = Mutex<Cadence.Reason?>(nil)

    /// Has the Sync run for that reason. Many rings before it comes to that are one.
    func ring(_ reason: Cadence.Reason) async {
        // What a person asked for is not taken for less because a webhook came after it.
        rung.withLock { if $0 != .request { $0 = reason } }
        await alarm.ring()
    }

    /// Waits until somebody rings, or until `delay` is over; nil waits for a ring alone.
    ///
    /// - Returns: why it was rung; nil where the time is over.
    /// - Throws: `CancellationError` when the daemon is to end.
    func wait(_ delay: Duration?) async throws -> Cadence.Reason? {
        if let reason = take() { return reason }
        try await alarm.wait(delay)
        return take()
    }

    private func take() -> Cadence.Reason? {
        rung.withLock { reason in
            defer { reason = nil }
            return reason
        }
    }
}
