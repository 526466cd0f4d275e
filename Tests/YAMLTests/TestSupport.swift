import YAML

/// Numbers that are the same on every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension Value {
    /// A value of any shape, its strings made of what readers of YAML stumble over.
    static func random(using generator: inout SeededGenerator, depth: Int = 4) -> Value {
        switch Int.random(in: 0..<(depth > 0 ? 12 : 8), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .int(Int.random(in: -1000...1000, using: &generator))
        case 3: return .int(Int(truncatingIfNeeded: generator.next()))
        case 4:
            let double = Double(bitPattern: generator.next())
            return .double(double.isFinite ? double : 0.5)
        case 5...7: return .string(.random(using: &generator))
        case 8, 9:
            let count = Int.random(in: 0..<4, using: &generator)
            return .list((0..<count).map { _ in .random(using: &generator, depth: depth - 1) })
        default:
            var map = Map()
            for _ in 0..<Int.random(in: 0..<5, using: &generator) {
                map[.random(using: &generator)] = .random(using: &generator, depth: depth - 1)
            }
            return .map(map)
        }
    }
}

extension String {
    /// A string of pieces that mean something to some reader.
    static func random(using generator: inout SeededGenerator) -> String {
        let pieces = [
            "a", "shop", "yes", "No", "on", "y", "null", "~", "true", "0", "7", "0o17", "1_000", "1:30", "0x1F", "1e3",
            ".5",
            ".inf", "2001-12-14", "-", "--", "---", "...", "?", ":", ": ", " #", "#", "&a", "*a", "!", "|", ">", "'",
            "\"",
            "%", "@", "`", "{", "}", "[", "]", ",", " ", "  ", "\n", "\n\n", "\t", "\r", "\r\n", "\\", "\u{0}", "\u{7}",
            "\u{1B}", "\u{7F}", "\u{85}", "\u{A0}", "\u{2028}", "\u{2029}", "\u{FEFF}", "\u{200B}", "\u{FFFD}", "é",
            "e\u{301}",
            "日本", "😀", "\u{E000}", "\u{10FFFF}", "=", "<<", "key: value", "- item", "line\nline",
        ]
        switch Int.random(in: 0..<20, using: &generator) {
        case 0: return ""
        case 1: return String(repeating: pieces.randomElement(using: &generator) ?? "a", count: 1_100)
        default:
            let count = Int.random(in: 1...4, using: &generator)
            return (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "a" }.joined()
        }
    }
}

/// A string with its bytes as code, so that a failing test shows them.
func visible(_ text: String) -> String { text.debugDescription }

/// What the parser found in a text, rendered.
func findings(_ text: String, limits: Limits = .default) -> [String] {
    YAMLParser(limits: limits).parse(text).diagnostics.map { $0.rendered(path: "f") }
}

/// The value of a text's only document, or nil.
func parsed(_ text: String) -> Value? {
    let file = YAMLParser().parse(text)
    return file.hasErrors || file.documents.count != 1 ? nil : file.documents[0].root.value
}
