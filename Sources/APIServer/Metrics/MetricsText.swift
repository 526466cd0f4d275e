/// Prometheus' text format, version 0.0.4: what a scrape gets.
public enum MetricsText {
    /// The media type of the page.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The page of those metrics: by name, the samples of each by their labels, so that equal numbers give equal bytes.
    ///
    /// A metric without samples is left out.
    public static func page(_ families: [MetricFamily]) -> String {
        var text = ""
        for family in families.sorted(by: { $0.name < $1.name }) where !family.samples.isEmpty {
            text += "# HELP \(family.name) \(escaped(family.help, quotes: false))\n"
            text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
            for sample in sorted(family) { append(sample, of: family.name, to: &text) }
        }
        return text
    }

    /// A histogram's buckets stay in their order, which is by size and not by spelling.
    private static func sorted(_ family: MetricFamily) -> [MetricSample] {
        guard family.kind != .histogram else { return family.samples }
        return family.samples.sorted { a, b in
            a.labels.lexicographicallyPrecedes(b.labels) { ($0.value, $0.name) < ($1.value, $1.name) }
        }
    }

    private static func append(_ sample: MetricSample, of name: String, to text: inout String) {
        text += name
        text += sample.suffix
        if !sample.labels.isEmpty {
            let labels = sample.labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }
            text += "{\(labels.joined(separator: ","))}"
        }
        text += " \(number(sample.value))\n"
    }

    /// Backslashes and line ends as two characters, and in labels quotation marks too.
    private static func escaped(_ text: String, quotes: Bool) -> String {
        // By scalars: "\r\n" is one character, and would pass.
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped.append(contentsOf: "\\\\".unicodeScalars)
            case "\n": escaped.append(contentsOf: "\\n".unicodeScalars)
            case "\"" where quotes: escaped.append(contentsOf: "\\\"".unicodeScalars)
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }

    /// As Go reads it: whole numbers without a fraction, `+Inf`, `-Inf`, `NaN`.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Up to here every whole number is exact.
        if value == value.rounded(), abs(value) < 0x1p53 { return String(Int64(value)) }
        return value.description
    }
}
