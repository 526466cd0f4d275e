internal import ArgumentParser

/// A whole percentage of the command line: `60%` or `60`.
struct Percent: Hashable, Sendable, ExpressibleByArgument {
    /// 0...100.
    let value: Int

    /// Reads `60%` or `60`; nil for anything else.
    init?(argument: String) {
        let digits = argument.hasSuffix("%") ? argument.dropLast() : argument[...]
        guard let value = Int(digits), (0...100).contains(value) else { return nil }
        self.value = value
    }

    /// As help shows it.
    var defaultValueDescription: String { "\(value)%" }

    /// A percentage that the program itself names.
    init(_ value: Int) { self.value = value }
}
