internal import ServiceLifecycle

/// Sleeping in a daemon.
enum GracefulSleep {
    /// Sleeps, and throws `CancellationError` as soon as the daemon is to end.
    static func sleep(for duration: Duration) async throws {
        if Task.isShuttingDownGracefully { throw CancellationError() }
        try await cancelWhenGracefulShutdown { try await Task.sleep(for: max(duration, .zero)) }
        if Task.isShuttingDownGracefully { throw CancellationError() }
    }
}
