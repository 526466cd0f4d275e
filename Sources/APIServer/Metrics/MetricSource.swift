/// Something that a scrape asks for its numbers.
public protocol MetricSource: Sendable {
    /// The metrics as they stand now.
    var families: [MetricFamily] { get }
}
