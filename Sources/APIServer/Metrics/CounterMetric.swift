/// How often something happened since the process began, by labels.
///
/// Each combination of values stays until it is removed: that they are few is the caller's duty.
public final class CounterMetric: MetricSource {
    private let name: String
    private let help: String
    private let counts: LabelledValues<Double>

    /// A counter that has counted nothing.
    ///
    /// - Parameter labels: the names of its labels, in the order in which values are given.
    public init(_ name: String, labels: [String] = [], help: String) {
        self.name = name
        self.help = help
        counts = LabelledValues(labels)
    }

    /// Counts on. What is negative or no number is a programmer's mistake.
    public func add(_ amount: Double = 1, _ labels: String...) {
        precondition(amount >= 0, "a counter only grows")
        counts.update(labels) { $0 = ($0 ?? 0) + amount }
    }

    /// Forgets what has this value for a label: of something that is gone.
    public func remove(_ label: String, _ value: String) { counts.remove(label, value) }

    /// The counts as they stand now.
    public var families: [MetricFamily] {
        [MetricFamily(name, .counter, help: help, samples: counts.all.map { MetricSample($0.labels, $0.value) })]
    }
}
