/// All samples of one metric at one moment, as a value.
public struct MetricFamily: Hashable, Sendable {
    /// How a number moves.
    public enum Kind: String, Hashable, Sendable {
        /// Only upwards, from 0 at the start of the process.
        case counter
        /// Up and down.
        case gauge
        /// Observations, counted by size.
        case histogram
    }

    /// The metric's name.
    public let name: String
    /// What it says, in one sentence.
    public let help: String
    /// How its numbers move.
    public let kind: Kind
    /// The numbers, in any order.
    public let samples: [MetricSample]

    /// A metric with those numbers. A name that Prometheus does not take is a programmer's mistake.
    public init(_ name: String, _ kind: Kind, help: String, samples: [MetricSample]) {
        precondition(MetricName.isValid(name, takesColon: true), "\(name) is no name of a metric")
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }
}

/// One number of a metric.
public struct MetricSample: Hashable, Sendable {
    /// What follows the metric's name: `_bucket`, `_sum` or `_count` of a histogram, else nothing.
    public let suffix: String
    /// What the number is of, in the order in which it is shown.
    public let labels: [MetricLabel]
    /// The number.
    public let value: Double

    /// A number of what the labels say.
    public init(_ labels: [MetricLabel] = [], _ value: Double, suffix: String = "") {
        self.suffix = suffix
        self.labels = labels
        self.value = value
    }
}

/// One name and value of a sample.
public struct MetricLabel: Hashable, Sendable {
    /// The label's name.
    public let name: String
    /// Its value; a user name and password that an address in it had are gone.
    public let value: String

    /// A label. A name that Prometheus does not take is a programmer's mistake; the value may be any text.
    public init(_ name: String, _ value: String) {
        precondition(MetricName.isValid(name, takesColon: false), "\(name) is no name of a label")
        self.name = name
        self.value = WithoutCredentials.of(value)
    }
}

enum MetricName {
    /// Whether Prometheus takes the name: letters, digits and underscores, no digit first; a metric's may have colons.
    static func isValid(_ name: String, takesColon: Bool) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            case UInt8(ascii: ":"): takesColon
            default: false
            }
        }
    }
}
