/// Takes a version apart, from left to right.
struct VersionReader {
    private var rest: ArraySlice<UInt8>

    init(_ text: ArraySlice<UInt8>) { rest = text }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// Digits without a zero in front; nil where there are none, or too many to count with.
    mutating func number() -> Int? {
        let digits = rest.prefix(while: Self.isDigit)
        guard !digits.isEmpty, digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        rest = rest.dropFirst(digits.count)
        // One less than there are, so that the number after it can be counted too.
        return Int(String(decoding: digits, as: UTF8.self)).flatMap { $0 < .max ? $0 : nil }
    }

    /// `x`, `X` or `*`, in a range.
    mutating func wildcard() -> Bool { skip("x") || skip("X") || skip("*") }

    /// The identifiers of the pre-release, behind `-`, and past the build metadata, behind `+`; nil where they are wrong.
    mutating func suffixes() -> [String]? {
        var prerelease: [String] = []
        if skip("-") {
            guard let found = identifiers() else { return nil }
            // A number has no zero in front.
            guard found.allSatisfy({ !$0.utf8.allSatisfy(Self.isDigit) || $0 == "0" || !$0.hasPrefix("0") }) else {
                return nil
            }
            prerelease = found
        }
        if skip("+"), identifiers() == nil { return nil }
        return prerelease
    }

    private mutating func identifiers() -> [String]? {
        let text = rest.prefix {
            Self.isDigit($0) || Self.isLetter($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
        rest = rest.dropFirst(text.count)
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.contains(where: \.isEmpty) ? nil : parts.map { String(decoding: $0, as: UTF8.self) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte & 0xdf)
    }
}
