internal import GitOps
internal import ServiceLifecycle

/// What one Sync's loop waits for: a moment, or somebody who wants it to run, whichever comes first.
///
/// One loop waits on it. Many rings before it comes to that are one, and none is lost.
actor Bell {
    private var rung: Cadence.Reason?
    /// Whether the one who waits is to end.
    private var isOver = false
    private var waiter: CheckedContinuation<Void, Never>?

    /// Has the Sync run for that reason.
    func ring(_ reason: Cadence.Reason) {
        rung = reason.folded(over: rung)
        wake()
    }

    /// Waits until somebody rings, or until `delay` is over; nil waits for a ring alone.
    ///
    /// - Returns: why it was rung; nil where the time is over, or seems to be: the caller looks at its clock.
    /// - Throws: `CancellationError` when the loop, or the daemon, is to end.
    func wait(_ delay: Duration?) async throws -> Cadence.Reason? {
        let timer = delay.map { delay in
            Task {
                // Cancelled: something else came first.
                if (try? await Task.sleep(for: delay)) != nil { wake() }
            }
        }
        await withTaskCancellationOrGracefulShutdownHandler {
            await park()
        } onCancelOrGracefulShutdown: {
            // Ends itself as soon as the actor is free; nothing depends on when.
            Task { await self.end() }
        }
        timer?.cancel()
        if isOver || Task.isCancelled || Task.isShuttingDownGracefully { throw CancellationError() }
        defer { rung = nil }
        return rung
    }

    private func park() async {
        guard rung == nil, !isOver else { return }
        await withCheckedContinuation { waiter = $0 }
    }

    private func wake() {
        waiter?.resume()
        waiter = nil
    }

    private func end() {
        isOver = true
        wake()
    }
}
