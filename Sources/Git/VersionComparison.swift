/// One comparison of a range: an operator, and a version that may leave numbers open.
struct VersionComparison: Hashable {
    enum Operator: String {
        case equal = "="
        case notEqual = "!="
        case greater = ">"
        case less = "<"
        case greaterOrEqual = ">="
        case lessOrEqual = "<="
        case tilde = "~"
        case caret = "^"
    }

    let comparison: Operator
    let version: PartialVersion

    var namesPrerelease: Bool { !version.lowest.prerelease.isEmpty }

    func holds(for other: SemanticVersion) -> Bool {
        let lowest = version.lowest
        return switch comparison {
        case .equal: isCovered(other)
        case .notEqual: !isCovered(other)
        case .greater: version.isWhole ? other > lowest : !isBelow(other, version.following)
        case .less: other < lowest
        case .greaterOrEqual: other >= lowest
        case .lessOrEqual: version.isWhole ? other <= lowest : isBelow(other, version.following)
        case .tilde: other >= lowest && isBelow(other, version.followingMinor)
        case .caret: other >= lowest && isBelow(other, version.followingLeading)
        }
    }

    private func isCovered(_ other: SemanticVersion) -> Bool {
        version.isWhole ? other == version.lowest : other >= version.lowest && isBelow(other, version.following)
    }

    /// By the numbers alone: a pre-release of 2.0.0 is not one of the versions 1. Below nothing is every version.
    private func isBelow(_ other: SemanticVersion, _ limit: SemanticVersion?) -> Bool {
        limit.map { other.numbers < $0.numbers } ?? true
    }
}

/// A version of which numbers may be left open: `1.2`, `1.x`, `*`.
struct PartialVersion: Hashable {
    let major, minor, patch: Int?
    var prerelease: [String] = []

    /// Whether no number is open.
    var isWhole: Bool { patch != nil }

    /// The first of those that it stands for.
    var lowest: SemanticVersion { SemanticVersion(major ?? 0, minor ?? 0, patch ?? 0, prerelease) }

    /// The first that is past all that it stands for; nil where it stands for every version.
    var following: SemanticVersion? {
        guard let major else { return nil }
        guard let minor else { return SemanticVersion(major + 1, 0, 0) }
        return patch.map { SemanticVersion(major, minor, $0 + 1) } ?? SemanticVersion(major, minor + 1, 0)
    }

    /// The first with another minor version, or major one where the minor one is open.
    var followingMinor: SemanticVersion? { PartialVersion(major: major, minor: minor, patch: nil).following }

    /// The first with another leading number: the first number that is not 0, or the last that is not open.
    var followingLeading: SemanticVersion? {
        if let major, major > 0 { return SemanticVersion(major + 1, 0, 0) }
        if let minor, minor > 0 { return SemanticVersion(0, minor + 1, 0) }
        return following
    }
}
