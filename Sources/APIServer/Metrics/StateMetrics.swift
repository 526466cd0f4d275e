public import Resources
public import Store
internal import YAML

/// What a snapshot tells without reading the objects at rest: what waits, what drifted, and which Syncs there are.
public struct StateMetrics: MetricSource {
    private let state: @Sendable () -> State
    private let now: @Sendable () -> Instant
    private let isSuspended: @Sendable (Object) -> Bool

    /// Metrics of a state that goes on changing.
    ///
    /// - Parameters:
    ///   - state: the published snapshot.
    ///   - now: the time, for what is due by now.
    ///   - isSuspended: whether a Sync does nothing for now.
    public init(
        state: @escaping @Sendable () -> State,
        now: @escaping @Sendable () -> Instant,
        isSuspended: @escaping @Sendable (Object) -> Bool
    ) {
        self.state = state
        self.now = now
        self.isSuspended = isSuspended
    }

    /// The numbers as they stand now. Takes time by the number of Syncs and of what is due.
    public var families: [MetricFamily] {
        let state = state()
        return [waiting(in: state), drifted(in: state), syncs(in: state), staged(in: state)]
    }

    private func waiting(in state: State) -> MetricFamily {
        var counts: [Kind: Int] = [:]
        // With those of which nothing waits: a line that comes and goes cannot be summed up over time.
        for kind in Kind.allCases where kind.isReconciled { counts[kind] = 0 }
        for key in state.dueKeys(at: now()) { counts[key.kind, default: 0] += 1 }
        return MetricFamily(
            "elafros_workqueue_depth",
            .gauge,
            help: "How many objects of a kind are due and wait to be reconciled.",
            samples: counts.map { MetricSample([MetricLabel("kind", $0.key.name)], Double($0.value)) }
        )
    }

    private func drifted(in state: State) -> MetricFamily {
        MetricFamily(
            "elafros_drifted_objects",
            .gauge,
            help: "How many objects from git were changed by hand and are not healed.",
            samples: [MetricSample([], Double(state.count(.edited)))]
        )
    }

    private func syncs(in state: State) -> MetricFamily {
        let syncs = state.keys(.sync).compactMap { state[$0] }
        return MetricFamily(
            "elafros_sync_info",
            .gauge,
            help: "What a Sync follows, and the commit that is live; always 1.",
            samples: syncs.map { sync in
                MetricSample(
                    [
                        MetricLabel("name", sync.metadata.name),
                        MetricLabel("remote", sync.spec["url"]?.string ?? ""),
                        MetricLabel("commit", sync.syncStatus.commit ?? ""),
                        MetricLabel("suspended", isSuspended(sync) ? "true" : "false"),
                    ],
                    1
                )
            }
        )
    }

    private func staged(in state: State) -> MetricFamily {
        MetricFamily(
            "elafros_sync_waiting_objects",
            .gauge,
            help: "How many objects of a Sync wait for the turn of their wave.",
            samples: state.keys(.sync).compactMap { state[$0] }.map { sync in
                MetricSample([MetricLabel("name", sync.metadata.name)], Double(sync.syncStatus.waves.waiting))
            }
        )
    }
}
