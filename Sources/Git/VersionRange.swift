/// Which versions are wanted, in the words that Flux and Helm take: `>=1.2.0 <2.0.0`, `1.2.x`, `^1.2 || ~2.0.1`.
///
/// - `=`, `!=`, `>`, `<`, `>=` and `<=` before a version; without one of them it is `=`.
/// - `~1.2.3`: from there on, with the same minor version. `^1.2.3`: with the same first number that is not 0.
/// - `1.2 - 2.3`: from the first to the second. `x`, `X`, `*` or nothing at all stands for any number, in all of them.
/// - A blank or comma between two: both; `||`: either.
///
/// A pre-release is wanted only where one is named among those that are joined by blanks: `>=1.2.0-0 <2.0.0`.
public struct VersionRange: Hashable, Sendable {
    /// The words that it was made of.
    public let text: String

    private let alternatives: [[VersionComparison]]

    /// Reads a range; the error says which part cannot be read.
    public init(_ text: String) throws(GitError) {
        self.text = text
        var alternatives: [[VersionComparison]] = []
        for part in text.split(separator: "||", omittingEmptySubsequences: false) {
            var reader = VersionRangeReader(part, of: text)
            alternatives.append(try reader.comparisons())
        }
        self.alternatives = alternatives
    }

    /// Whether the version is wanted.
    public func contains(_ version: SemanticVersion) -> Bool {
        alternatives.contains { comparisons in
            (version.prerelease.isEmpty || comparisons.contains(where: \.namesPrerelease))
                && comparisons.allSatisfy { $0.holds(for: version) }
        }
    }
}

extension VersionRange: CustomStringConvertible {
    /// The words that it was made of.
    public var description: String { text }
}
