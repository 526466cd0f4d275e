internal import Synchronization

/// How often something happened since the process began, by labels.
///
/// Each combination of values stays until it is removed: that they are few is the caller's duty.
public final class CounterMetric: MetricSource {
    private let name: String
    private let help: String
    private let labels: LabelNames
    private let counts = Mutex<[[MetricLabel]: Double]>([:])

    /// A counter that has counted nothing.
    ///
    /// - Parameter labels: the names of its labels, in the order in which values are given.
    public init(_ name: String, labels: [String] = [], help: String) {
        self.name = name
        self.help = help
        self.labels = LabelNames(labels)
    }

    /// Counts on. What is negative or no number is a programmer's mistake.
    public func add(_ amount: Double = 1, _ values: String...) {
        precondition(amount >= 0, "a counter only grows")
        let labels = labels.labels(values)
        counts.withLock { $0[labels, default: 0] += amount }
    }

    /// Forgets what has this value for a label: of something that is gone.
    public func remove(_ label: String, _ value: String) {
        let gone = MetricLabel(label, value)
        counts.withLock { counts in counts = counts.filter { !$0.key.contains(gone) } }
    }

    /// The counts as they stand now.
    public var families: [MetricFamily] {
        let counts = counts.withLock { $0 }
        return [MetricFamily(name, .counter, help: help, samples: counts.map { MetricSample($0.key, $0.value) })]
    }
}
