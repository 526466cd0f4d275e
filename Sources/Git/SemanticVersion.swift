/// A version by Semantic Versioning 2.0.0, as tags name it: `1.4.0`, `v2.0.0-rc.1`.
///
/// Build metadata, as the `+7` of `1.4.0+7`, is checked and left out: by the standard it says nothing on which version is
/// the newer one. So `1.4.0+7`, `1.4.0` and `v1.4.0` are equal.
public struct SemanticVersion: Hashable, Sendable {
    /// The three numbers.
    public let major, minor, patch: Int
    /// The identifiers of a pre-release, `["rc", "1"]`; empty for a release.
    public let prerelease: [String]

    /// Reads a version with all three numbers, with or without a `v` before it; nil for anything else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        var reader = VersionReader(bytes.first == UInt8(ascii: "v") ? bytes.dropFirst() : bytes[...])
        guard let major = reader.number(), reader.skip("."), let minor = reader.number(), reader.skip("."),
            let patch = reader.number(), let prerelease = reader.suffixes(), reader.isAtEnd
        else { return nil }
        self.init(major, minor, patch, prerelease)
    }

    init(_ major: Int, _ minor: Int, _ patch: Int, _ prerelease: [String] = []) {
        self.major = major
        self.minor = minor
        self.patch = patch
        self.prerelease = prerelease
    }
}

extension SemanticVersion: Comparable {
    /// The older before the newer: by the numbers, and a pre-release before its release.
    public static func < (a: SemanticVersion, b: SemanticVersion) -> Bool {
        if a.numbers != b.numbers { return a.numbers < b.numbers }
        if a.prerelease.isEmpty || b.prerelease.isEmpty { return !a.prerelease.isEmpty && b.prerelease.isEmpty }
        return a.prerelease.lexicographicallyPrecedes(b.prerelease, by: isOlder)
    }

    var numbers: (major: Int, minor: Int, patch: Int) { (major, minor, patch) }

    /// Numbers before words, and by their value, however long they are; words by their bytes.
    private static func isOlder(_ a: String, _ b: String) -> Bool {
        switch (isNumber(a), isNumber(b)) {
        case (true, true):
            // Without zeros in front, the longer one is the larger one.
            a.utf8.count == b.utf8.count ? a < b : a.utf8.count < b.utf8.count
        case (false, false): a.utf8.lexicographicallyPrecedes(b.utf8)
        case (let isNumber, _): isNumber
        }
    }

    private static func isNumber(_ text: String) -> Bool { text.utf8.allSatisfy { (48...57).contains($0) } }
}

extension SemanticVersion: CustomStringConvertible {
    /// `1.4.0-rc.1`.
    public var description: String {
        "\(major).\(minor).\(patch)" + (prerelease.isEmpty ? "" : "-\(prerelease.joined(separator: "."))")
    }
}
