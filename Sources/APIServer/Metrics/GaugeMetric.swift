/// How much of something there is, by labels.
///
/// Each combination of values stays until it is removed: that they are few is the caller's duty.
public final class GaugeMetric: MetricSource {
    private let name: String
    private let help: String
    private let levels: LabelledValues<Double>

    /// A gauge that shows nothing.
    ///
    /// - Parameter labels: the names of its labels, in the order in which values are given.
    public init(_ name: String, labels: [String] = [], help: String) {
        self.name = name
        self.help = help
        levels = LabelledValues(labels)
    }

    /// Shows another level.
    public func set(_ level: Double, _ labels: String...) { levels.update(labels) { $0 = level } }

    /// Forgets what has this value for a label: of something that is gone.
    public func remove(_ label: String, _ value: String) { levels.remove(label, value) }

    /// The levels as they stand now.
    public var families: [MetricFamily] {
        [MetricFamily(name, .gauge, help: help, samples: levels.all.map { MetricSample($0.labels, $0.value) })]
    }
}
