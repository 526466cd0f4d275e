internal import Gateway
internal import GitOps
internal import Resources
internal import ServiceLifecycle
internal import Store

/// Keeps the engine going for as long as the daemon runs: whatever becomes due is done when it is due.
struct EngineLoop: Service {
    let daemon: Daemon

    /// Makes a new process's runtime carry out all workloads: nothing runs yet, whatever the state says.
    func takeOver() async throws {
        try await daemon.writer.driver.takeOver()
        try await daemon.store.flush()
    }

    func run() async throws {
        do {
            while true {
                _ = try await daemon.writer.driver.step()
                try await daemon.store.flush()
                let delay = daemon.store.state.nextLook.map { max($0 - daemon.clock.now(), .zero) }
                try await daemon.alarm.wait(delay)
            }
        } catch is CancellationError {
            // The daemon is to end: what was done is kept.
            try await daemon.store.flush()
        }
    }
}

/// Carries each change of the state to those that follow it: the gateway's table of hosts and the engine's alarm.
struct Follower: Service {
    let daemon: Daemon

    func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            // A stream ends when its reader fell too far behind: start over from what is published.
            let state = daemon.store.state
            daemon.gateway.load(state)
            guard let batches = try await daemon.store.events(after: state.version) else { continue }
            for await events in batches.cancelOnGracefulShutdown() {
                daemon.gateway.follow(events)
                await daemon.alarm.ring()
            }
        }
    }
}
