public import Resources
public import Store

/// The metrics of `elafros serve`: one place for their names, which dashboards hold on to.
///
/// They follow those of Flux and Argo CD, so that who knows these finds them again. Every label is bounded: by the Syncs,
/// their remotes, or a fixed list of words. Safe to call from anywhere.
public final class ServeMetrics: Sendable {
    private let reconcileDuration = HistogramMetric(
        "elafros_reconcile_duration_seconds",
        labels: ["kind", "name"],
        bounds: reconcileBounds,
        help: "How long a sync took, in seconds."
    )
    private let syncs = CounterMetric(
        "elafros_sync_total",
        labels: ["name", "result"],
        help: "How many syncs came to which result."
    )
    private let lastSuccess = GaugeMetric(
        "elafros_sync_last_success_timestamp_seconds",
        labels: ["name"],
        help: "When a sync last left everything as git says and ready, in seconds since 1970."
    )
    private let gitRequests = CounterMetric(
        "elafros_git_request_total",
        labels: ["remote", "request_type", "result"],
        help: "How many requests to a remote came to which result."
    )
    private let gitDuration = HistogramMetric(
        "elafros_git_request_duration_seconds",
        labels: ["remote", "request_type"],
        bounds: [0.1, 0.25, 0.5, 1, 2, 4, 10, 20],
        help: "How long requests to a remote took, in seconds."
    )
    private let webhooks = CounterMetric(
        "elafros_webhook_total",
        labels: ["provider", "result"],
        help: "How many deliveries of webhooks came to which result."
    )
    private let conditions: ConditionMetrics
    private let registry: MetricsRegistry

    /// As controller-runtime has them: from some milliseconds, where nothing is new, to a minute.
    private static let reconcileBounds: [Double] =
        [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5]
        + [1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60]

    /// Metrics that have counted nothing.
    ///
    /// - Parameters:
    ///   - state: the published snapshot.
    ///   - now: the time.
    ///   - isSuspended: whether a Sync does nothing for now.
    public init(
        state: @escaping @Sendable () -> State,
        now: @escaping @Sendable () -> Instant,
        isSuspended: @escaping @Sendable (Object) -> Bool = { _ in false }
    ) {
        conditions = ConditionMetrics(state: state)
        registry = MetricsRegistry([
            reconcileDuration, syncs, lastSuccess, gitRequests, gitDuration, webhooks, conditions,
            StateMetrics(state: state, now: now, isSuspended: isSuspended), ProcessMetrics(),
        ])
    }

    /// The page of all metrics as they stand now, in Prometheus' text format.
    public var page: String { registry.page }
}

extension ServeMetrics {
    /// What a sync came to.
    public enum SyncOutcome: String, CaseIterable, Sendable {
        /// Everything is as git says, and ready.
        case inSync = "in_sync"
        /// Documents are held back, as they are wrong or conflict.
        case invalid
        /// Everything was applied, and something is not ready.
        case notReady = "not_ready"
        /// A guard kept all of the commit, or its deletions, from being applied.
        case refused
        /// It did not come to the end: no access, no network, a full disk.
        case failed
    }

    /// What a remote is asked for; named as Argo CD names them.
    public enum GitRequest: String, CaseIterable, Sendable {
        /// Where its references stand.
        case references = "ls-remote"
        /// Objects.
        case fetch
        /// To take objects and move a reference.
        case push
    }

    /// Whether a remote did what it was asked for.
    public enum GitOutcome: String, CaseIterable, Sendable {
        /// It did.
        case success
        /// It did not, or could not be reached.
        case failure
    }

    /// Counts one run of a Sync, also one that found nothing new.
    ///
    /// - Parameters:
    ///   - name: the Sync.
    ///   - took: from its beginning to its end, waiting for others included.
    ///   - end: when it ended.
    public func synced(_ name: String, _ outcome: SyncOutcome, took: Duration, end: Instant) {
        syncs.add(1, name, outcome.rawValue)
        reconcileDuration.observe(took, Kind.sync.name, name)
        if outcome == .inSync { lastSuccess.set(Double(end.milliseconds) / 1_000, name) }
    }

    /// Counts one request to a remote.
    ///
    /// - Parameter remote: its address without credentials.
    public func asked(_ remote: String, for request: GitRequest, _ outcome: GitOutcome, took: Duration) {
        gitRequests.add(1, remote, request.rawValue, outcome.rawValue)
        gitDuration.observe(took, remote, request.rawValue)
    }

    /// Counts one delivery to a hook.
    public func received(_ verdict: HookVerdict, from provider: HookProvider) {
        webhooks.add(1, provider.rawValue, verdict.word)
    }

    /// Forgets a Sync that is gone, so that its last numbers are not taken for news.
    public func forget(_ name: String) {
        syncs.remove("name", name)
        reconcileDuration.remove("name", name)
        lastSuccess.remove("name", name)
    }
}

extension ServeMetrics {
    /// Follows changes of the state: all of them, in their order.
    public func follow(_ events: [Event]) { conditions.follow(events) }

    /// Starts over from the published state, as events were missed. The next scrape reads it.
    public func restart() { conditions.restart() }
}
