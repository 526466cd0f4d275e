/// Something that a scrape asks for its numbers.
public protocol MetricSource: Sendable {
    /// The metrics as they stand now.
    var families: [MetricFamily] { get }
}

/// The names of a metric's labels; values are given in their order.
struct LabelNames: Sendable {
    let names: [String]

    init(_ names: [String]) { self.names = names }

    /// The labels of those values. Another number of values than names is a programmer's mistake.
    func labels(_ values: [String]) -> [MetricLabel] {
        precondition(values.count == names.count, "values for the labels \(names), not \(values.count) of them")
        return zip(names, values).map(MetricLabel.init)
    }
}
