internal import ArgumentParser

/// A length of time on the command line: `30s`, `5m`, `1h30m`, `250ms`, or whole seconds as `300`.
struct Span: Hashable, Sendable, ExpressibleByArgument {
    /// The time itself; never negative.
    let duration: Duration

    /// Reads a length of time; nil for anything else.
    init?(argument: String) {
        if let seconds = Int64(argument) {
            guard seconds >= 0, seconds < 1 << 32 else { return nil }
            duration = .seconds(seconds)
            return
        }
        var rest = argument[...]
        var milliseconds: Int64 = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let number = Int64(digits), number < 1 << 32, let scale = Self.milliseconds[String(unit)] else {
                return nil
            }
            milliseconds += number * scale
        }
        duration = .milliseconds(milliseconds)
    }

    /// A time that the program itself names.
    init(_ duration: Duration) { self.duration = duration }

    /// As help shows it.
    var defaultValueDescription: String {
        duration.components.seconds % 60 == 0
            ? "\(duration.components.seconds / 60)m" : "\(duration.components.seconds)s"
    }

    private static let milliseconds: [String: Int64] = ["ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000]
}
