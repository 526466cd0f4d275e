/// How long something took or how large it was, counted by size, by labels.
///
/// Each combination of values stays until it is removed: that they are few is the caller's duty.
public final class HistogramMetric: MetricSource {
    private let name: String
    private let help: String
    private let bounds: [Double]
    private let observed: LabelledValues<Observations>

    private struct Observations {
        /// How many were at most a bound and above the one before; the last are above all bounds.
        var counts: [Int]
        var sum = 0.0
    }

    /// A histogram without observations.
    ///
    /// - Parameters:
    ///   - labels: the names of its labels, in the order in which values are given.
    ///   - bounds: the upper ends of the buckets, ascending and finite; what is above all is counted too.
    public init(_ name: String, labels: [String] = [], bounds: [Double], help: String) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy(<), "the bounds of a histogram ascend")
        precondition(bounds.allSatisfy(\.isFinite), "the bounds of a histogram are finite; the last bucket is implied")
        precondition(!labels.contains("le"), "le is the label of a histogram's bounds")
        self.name = name
        self.help = help
        self.bounds = bounds
        observed = LabelledValues(labels)
    }

    /// Counts one observation, which belongs to the first bucket whose bound is not below it.
    public func observe(_ value: Double, _ labels: String...) { count(value, labels) }

    /// Counts how long something took, in seconds.
    public func observe(_ duration: Duration, _ labels: String...) { count(duration.inSeconds, labels) }

    private func count(_ value: Double, _ labels: [String]) {
        precondition(!value.isNaN, "an observation is a number")
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        observed.update(labels) { observed in
            var seen = observed.take() ?? Observations(counts: Array(repeating: 0, count: bounds.count + 1))
            seen.counts[bucket] += 1
            seen.sum += value
            observed = seen
        }
    }

    /// Forgets what has this value for a label: of something that is gone.
    public func remove(_ label: String, _ value: String) { observed.remove(label, value) }

    /// What was observed up to now.
    public var families: [MetricFamily] {
        let all = observed.all.flatMap { samples($0.value, $0.labels) }
        return [MetricFamily(name, .histogram, help: help, samples: all)]
    }

    private func samples(_ seen: Observations, _ labels: [MetricLabel]) -> [MetricSample] {
        var total = 0
        let buckets = zip(bounds + [.infinity], seen.counts).map { bound, count in
            total += count
            let label = MetricLabel("le", MetricsText.number(bound))
            return MetricSample(labels + [label], Double(total), suffix: "_bucket")
        }
        return buckets + [
            MetricSample(labels, seen.sum, suffix: "_sum"), MetricSample(labels, Double(total), suffix: "_count"),
        ]
    }
}

extension Duration {
    /// The whole of it in seconds.
    fileprivate var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
