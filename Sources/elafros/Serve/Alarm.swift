internal import ServiceLifecycle

/// What a loop waits for: a moment, a ring, or the daemon's end, whichever comes first.
actor Alarm {
    private var isRung = false
    private var waiter: CheckedContinuation<Void, Never>?

    /// Ends the wait that is on, or the next one at once.
    func ring() {
        isRung = true
        waiter?.resume()
        waiter = nil
    }

    /// Waits until the alarm is rung, or until `delay` is over.
    ///
    /// - Throws: `CancellationError` when the daemon is to end.
    func wait(_ delay: Duration?) async throws {
        await withTaskGroup(of: Void.self) { group in
            if let delay {
                group.addTask {
                    // Cancelled: the ring came first.
                    if (try? await Task.sleep(for: delay)) != nil { await self.ring() }
                }
            }
            await withTaskCancellationOrGracefulShutdownHandler {
                await park()
            } onCancelOrGracefulShutdown: {
                // Ends itself as soon as the actor is free; nothing depends on when.
                Task { await self.ring() }
            }
            group.cancelAll()
        }
        if Task.isCancelled || Task.isShuttingDownGracefully { throw CancellationError() }
    }

    private func park() async {
        if !isRung { await withCheckedContinuation { waiter = $0 } }
        isRung = false
    }
}
