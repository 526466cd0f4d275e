internal import APIServer
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

/// Carries each change of the state to those that follow it: the gateway's table of hosts, the metrics, the engine's alarm,
/// and the Syncs whose objects were changed by hand.
struct Follower: Service {
    let daemon: Daemon

    func run() async throws {
        var edited: Set<Key> = []
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            // A stream ends when its reader fell too far behind: start over from what is published.
            let state = daemon.store.state
            daemon.gateway.load(state)
            daemon.metrics.restart()
            guard let batches = try await daemon.store.events(after: state.version) else { continue }
            for await events in batches.cancelOnGracefulShutdown() {
                daemon.gateway.follow(events)
                daemon.metrics.follow(events)
                await daemon.alarm.ring()
                await noteEdits(&edited)
            }
        }
    }

    /// Has those Syncs run whose objects somebody has just changed by hand.
    ///
    /// - Parameter known: what was marked as changed before.
    private func noteEdits(_ known: inout Set<Key>) async {
        let state = daemon.store.state
        guard state.count(.edited) > 0 || !known.isEmpty else { return }
        let edited = Set(state.marked(.edited))
        let syncs = Set(edited.subtracting(known).compactMap { state.sync(of: $0) })
        known = edited
        for name in syncs.sorted() { await daemon.conductor.noteEdit(of: name) }
    }
}
