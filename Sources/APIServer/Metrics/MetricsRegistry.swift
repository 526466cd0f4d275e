/// Everything that a scrape shows.
public struct MetricsRegistry: Sendable {
    private let sources: [any MetricSource]

    /// The metrics of those sources. No two may have a metric of the same name.
    public init(_ sources: [any MetricSource]) { self.sources = sources }

    /// The page of all metrics as they stand now, in Prometheus' text format.
    public var page: String { MetricsText.page(sources.flatMap(\.families)) }
}
