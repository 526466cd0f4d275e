internal import Synchronization

/// How much of something there is, by labels.
///
/// Each combination of values stays until it is removed: that they are few is the caller's duty.
public final class GaugeMetric: MetricSource {
    private let name: String
    private let help: String
    private let labels: LabelNames
    private let levels = Mutex<[[MetricLabel]: Double]>([:])

    /// A gauge that shows nothing.
    ///
    /// - Parameter labels: the names of its labels, in the order in which values are given.
    public init(_ name: String, labels: [String] = [], help: String) {
        self.name = name
        self.help = help
        self.labels = LabelNames(labels)
    }

    /// Shows another level.
    public func set(_ level: Double, _ values: String...) {
        let labels = labels.labels(values)
        levels.withLock { $0[labels] = level }
    }

    /// Forgets what has this value for a label: of something that is gone.
    public func remove(_ label: String, _ value: String) {
        let gone = MetricLabel(label, value)
        levels.withLock { levels in levels = levels.filter { !$0.key.contains(gone) } }
    }

    /// The levels as they stand now.
    public var families: [MetricFamily] {
        let levels = levels.withLock { $0 }
        return [MetricFamily(name, .gauge, help: help, samples: levels.map { MetricSample($0.key, $0.value) })]
    }
}
