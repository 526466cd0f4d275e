/// Git's glob, byte for byte: `*`, `?`, `[a-z]`, `[[:digit:]]`, `\x`, and `**` between slashes.
///
/// A translation of git's `wildmatch.c`, whose corner cases no page of documentation gives. Unlike the original it
/// remembers from where each star has failed, so that a pattern of many stars costs pattern × text and no more: an ignore
/// file is written by strangers.
struct Wildmatch {
    private let pattern: [UInt8]
    /// Whether `*`, `?` and `[…]` stop at a slash, and `**` does not.
    private let isPath: Bool
    private let text: [UInt8]
    /// For each index of the text, the number of slashes before it.
    private let part: [Int]
    /// For each star, the index of the text from which it was last found not to match.
    private var failedFrom: [Int: Int] = [:]

    private init(_ pattern: [UInt8], _ text: [UInt8], isPath: Bool) {
        self.pattern = pattern
        self.text = text
        self.isPath = isPath
        var slashes = 0
        part =
            text.map { byte in
                defer { if byte == UInt8(ascii: "/") { slashes += 1 } }
                return slashes
            } + [slashes]
    }

    /// Whether `pattern` matches the whole of `text`.
    static func matches(_ pattern: [UInt8], _ text: some Sequence<UInt8>, isPath: Bool) -> Bool {
        var matcher = Wildmatch(pattern, Array(text), isPath: isPath)
        return matcher.match(0, 0)
    }

    /// The pattern's byte at `index`; 0 after its end, as in C. Patterns are lines, which hold no 0.
    private func byte(_ index: Int) -> UInt8 { pattern.indices.contains(index) ? pattern[index] : 0 }

    private mutating func match(_ start: Int, _ from: Int) -> Bool {
        var (p, t) = (start, from)
        while p < pattern.count {
            if pattern[p] == UInt8(ascii: "*") { return matchStar(p, t) }
            guard t < text.count else { return false }
            switch pattern[p] {
            case UInt8(ascii: "?"):
                if isPath, text[t] == UInt8(ascii: "/") { return false }
            case UInt8(ascii: "["):
                guard let end = matchSet(p, text[t]) else { return false }
                p = end
            case UInt8(ascii: "\\"):
                p += 1
                if byte(p) != text[t] { return false }
            case let literal:
                if literal != text[t] { return false }
            }
            p += 1
            t += 1
        }
        return t == text.count
    }

    private mutating func matchStar(_ star: Int, _ from: Int) -> Bool {
        let slash = UInt8(ascii: "/")
        var p = star + 1
        while byte(p) == UInt8(ascii: "*") { p += 1 }
        let isBetweenSlashes =
            p > star + 1 && (star == 0 || pattern[star - 1] == slash)
            && (p == pattern.count || byte(p) == slash || byte(p) == UInt8(ascii: "\\") && byte(p + 1) == slash)
        let crossesSlashes = !isPath || isBetweenSlashes
        // A star that failed further left, and could have taken all between there and here, fails here too.
        if let failed = failedFrom[star], failed <= from, crossesSlashes || part[failed] == part[from] { return false }
        // `**/foo` also matches `foo`.
        if isPath, isBetweenSlashes, byte(p) == slash, match(p + 1, from) { return true }
        if matchRest(p, from, crossesSlashes: crossesSlashes) { return true }
        failedFrom[star] = from
        return false
    }

    /// Whether the pattern from `p` on matches what a star that begins at `from` leaves.
    private mutating func matchRest(_ p: Int, _ from: Int, crossesSlashes: Bool) -> Bool {
        let slash = UInt8(ascii: "/")
        var t = from
        if p == pattern.count { return crossesSlashes || !text[t...].contains(slash) }
        if !crossesSlashes, pattern[p] == slash {
            // One star and a slash take exactly the rest of one part.
            guard let next = text[t...].firstIndex(of: slash) else { return false }
            return match(p, next)
        }
        while t < text.count {
            if match(p, t) { return true }
            if !crossesSlashes, text[t] == slash { return false }
            t += 1
        }
        return false
    }

    /// Where the set that begins at `start` ends, if it holds `byte`; nil if it does not, or is malformed.
    private func matchSet(_ start: Int, _ wanted: UInt8) -> Int? {
        var p = start + 1
        let isNegated = byte(p) == UInt8(ascii: "!") || byte(p) == UInt8(ascii: "^")
        if isNegated { p += 1 }
        var hasMatched = false
        var previous: UInt8 = 0
        repeat {
            var current = byte(p)
            switch current {
            case 0: return nil
            case UInt8(ascii: "\\"):
                p += 1
                current = byte(p)
                if current == 0 { return nil }
                if wanted == current { hasMatched = true }
            case UInt8(ascii: "-") where previous != 0 && byte(p + 1) != 0 && byte(p + 1) != UInt8(ascii: "]"):
                p += 1
                if byte(p) == UInt8(ascii: "\\") { p += 1 }
                if byte(p) == 0 { return nil }
                if (previous...max(previous, byte(p))).contains(wanted), wanted <= byte(p) { hasMatched = true }
                current = 0
            case UInt8(ascii: "[") where byte(p + 1) == UInt8(ascii: ":"):
                guard let end = pattern[(p + 2)...].firstIndex(of: UInt8(ascii: "]")) else { return nil }
                if end - p - 3 >= 0, pattern[end - 1] == UInt8(ascii: ":") {
                    let name = String(decoding: pattern[(p + 2)..<(end - 1)], as: UTF8.self)
                    guard let isMember = Self.isMember(wanted, ofClass: name) else { return nil }
                    if isMember { hasMatched = true }
                    p = end
                    current = 0
                } else if wanted == current {
                    hasMatched = true
                }
            default:
                if wanted == current { hasMatched = true }
            }
            previous = current
            p += 1
        } while byte(p) != UInt8(ascii: "]")
        if hasMatched == isNegated || isPath && wanted == UInt8(ascii: "/") { return nil }
        return p
    }

    /// Whether the byte is of the class, as C's `isalpha` and its like have it in the C locale; nil where there is no
    /// such class.
    private static func isMember(_ byte: UInt8, ofClass name: String) -> Bool? {
        let isLower = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        let isPrinted = (0x21...0x7e).contains(byte)
        switch name {
        case "alnum": return isLower || isUpper || isDigit
        case "alpha": return isLower || isUpper
        case "blank": return byte == 0x20 || byte == 0x09
        case "cntrl": return byte < 0x20 || byte == 0x7f
        case "digit": return isDigit
        case "graph": return isPrinted
        case "lower": return isLower
        case "print": return isPrinted || byte == 0x20
        case "punct": return isPrinted && !(isLower || isUpper || isDigit)
        case "space": return byte == 0x20 || (0x09...0x0d).contains(byte)
        case "upper": return isUpper
        case "xdigit": return isDigit || "abcdefABCDEF".utf8.contains(byte)
        default: return nil
        }
    }
}
