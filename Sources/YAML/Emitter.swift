extension Value {
    /// The value as canonical YAML, ending in a line end. See ``appendYAML(to:)``.
    public var yaml: String {
        var bytes: [UInt8] = []
        appendYAML(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the value as canonical block-style YAML in UTF-8, ending in a line end.
    ///
    /// Laid out as kubectl does: two spaces a level, the items of a list at the column of its key. The same value always
    /// gives the same bytes, and every reader, of YAML 1.1 or 1.2, takes them for the same value: what either could
    /// misread stands in double quotes, invisible characters as escapes. A header of comment lines may be put before it.
    ///
    /// Written here rather than by libyaml, so that the bytes depend on no library's version.
    public func appendYAML(to bytes: inout [UInt8]) {
        var emitter = Emitter(bytes: bytes)
        bytes = []
        emitter.block(self, indent: 0, at: .lineStart)
        bytes = emitter.bytes
    }
}

/// Writes values as YAML.
private struct Emitter {
    var bytes: [UInt8]

    /// Where in its line a value begins, which decides how it gets to its own column.
    enum Place {
        /// At its column: after the indentation, or after the `- ` of a list around it.
        case lineStart
        /// After the colon of a key.
        case afterKey
    }

    /// Writes a value whose map keys or list items stand at column `indent`.
    mutating func block(_ value: Value, indent: Int, at place: Place) {
        switch value {
        case .map(let map) where !map.isEmpty:
            if place == .afterKey { newLine(indent) }
            entries(map, indent: indent)
        case .list(let list) where !list.isEmpty:
            if place == .afterKey { newLine(indent) }
            items(list, indent: indent)
        default:
            if place == .afterKey { bytes.append(UInt8(ascii: " ")) }
            scalar(value, indent: indent)
            bytes.append(UInt8(ascii: "\n"))
        }
    }

    private mutating func entries(_ map: Map, indent: Int) {
        for (number, entry) in map.entries.enumerated() {
            if number > 0 { spaces(indent) }
            key(entry.key, indent: indent)
            // A list may stand at the column of its key; everything else goes one level in.
            if case .list = entry.value {
                block(entry.value, indent: indent, at: .afterKey)
            } else {
                block(entry.value, indent: indent + 2, at: .afterKey)
            }
        }
    }

    private mutating func items(_ list: [Value], indent: Int) {
        for (number, item) in list.enumerated() {
            if number > 0 { spaces(indent) }
            bytes.append("- ")
            block(item, indent: indent + 2, at: .lineStart)
        }
    }

    /// Writes a key with its colon.
    private mutating func key(_ key: String, indent: Int) {
        let start = bytes.count
        key.withBytes { text in
            if ScalarStyle.isPlain(text) { bytes.append(contentsOf: text) } else { quoted(text) }
        }
        // YAML wants the colon of a plain key within 1,024 characters; a longer one is announced by a question mark.
        if bytes.count - start > 1_000 {
            bytes.insert(contentsOf: [UInt8(ascii: "?"), UInt8(ascii: " ")], at: start)
            newLine(indent)
        }
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func scalar(_ value: Value, indent: Int) {
        switch value {
        case .null: bytes.append("null")
        case .bool(let bool): bytes.append(bool ? "true" : "false")
        case .int(let int): bytes.append(decimal: int)
        case .double(let double): bytes.append(contentsOf: CoreScalar.text(of: double).utf8)
        case .string(let string): string.withBytes { self.string($0, indent: indent) }
        case .list: bytes.append("[]")
        case .map: bytes.append("{}")
        }
    }

    private mutating func string(_ text: UnsafeBufferPointer<UInt8>, indent: Int) {
        if ScalarStyle.isPlain(text) {
            bytes.append(contentsOf: text)
        } else if ScalarStyle.isLiteral(text) {
            // At the outermost level, too, a literal's lines need a column of their own.
            literal(text, indent: max(indent, 2))
        } else {
            quoted(text)
        }
    }

    /// Writes the text as lines of their own, without the last line end, which the caller writes.
    private mutating func literal(_ text: UnsafeBufferPointer<UInt8>, indent: Int) {
        let lineFeed = UInt8(ascii: "\n")
        let content = text.lastIndex { $0 != lineFeed } ?? 0
        switch text.count - 1 - content {
        case 0: bytes.append("|-")
        case 1: bytes.append("|")
        default: bytes.append("|+")
        }
        var lines = text[...content].split(separator: lineFeed, omittingEmptySubsequences: false)
        lines += repeatElement(text[0..<0], count: max(0, text.count - content - 2))
        for line in lines {
            bytes.append(lineFeed)
            if line.isEmpty { continue }
            spaces(indent)
            bytes.append(contentsOf: line)
        }
    }

    /// Writes the text in double quotes, on one line.
    private mutating func quoted(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        var scalars = UTF8Scalars(text)
        while let scalar = scalars.next() {
            switch scalar.value {
            case 0x22: bytes.append("\\\"")
            case 0x5C: bytes.append("\\\\")
            case 0x0A: bytes.append("\\n")
            case 0x09: bytes.append("\\t")
            case 0x0D: bytes.append("\\r")
            case let code where ScalarStyle.isVisible(code): bytes.append(contentsOf: scalar.bytes)
            case let code: escape(code)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ code: UInt32) {
        // YAML 1.1 and 1.2 share \x, \u and \U.
        let width: Int
        switch code {
        case 0...0xFF: (width, _) = (1, bytes.append("\\x"))
        case 0...0xFFFF: (width, _) = (2, bytes.append("\\u"))
        default: (width, _) = (4, bytes.append("\\U"))
        }
        for byte in (0..<width).reversed() { bytes.appendHex(UInt8(truncatingIfNeeded: code >> (8 * byte))) }
    }

    private mutating func newLine(_ indent: Int) {
        bytes.append(UInt8(ascii: "\n"))
        spaces(indent)
    }

    private mutating func spaces(_ count: Int) {
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: count))
    }
}

/// Which ways of writing a string every reader takes for that string.
enum ScalarStyle {
    /// Whether a string can stand without quotes: it is visible, on one line, and no reader of 1.1 or 1.2 takes it for a
    /// number, a date, a truth value, null, or syntax.
    static func isPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = text.first, let last = text.last else { return false }
        guard mayBegin(first, followedBy: text.count > 1 ? text[1] : nil) else { return false }
        guard last != UInt8(ascii: " "), last != UInt8(ascii: ":") else { return false }
        guard !isWord(text), !looksLikeNumber(text) else { return false }
        guard !text.starts(with: [UInt8(ascii: "-"), UInt8(ascii: "-"), UInt8(ascii: "-")]) else { return false }
        var scalars = UTF8Scalars(text)
        var previous: UInt32 = 0
        while let scalar = scalars.next() {
            let code = scalar.value
            guard isVisible(code) else { return false }
            // ": " would make a key of what is before it, " #" a comment of what is after it.
            if code == 0x20, previous == UInt8(ascii: ":") { return false }
            if code == UInt8(ascii: "#"), previous == 0x20 { return false }
            previous = code
        }
        return true
    }

    /// Whether a string of several lines can stand as a literal block: visible, its first line not empty and not
    /// indented, no line only of spaces or with a tab before its text, none of which readers agree on.
    static func isLiteral(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let (space, lineFeed, tab) = (UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\t"))
        guard let first = text.first, first != space, first != lineFeed, text.contains(lineFeed) else { return false }
        for line in text.split(separator: lineFeed) {
            guard let start = line.first(where: { $0 != space }), start != tab else { return false }
            // A space at the end of a line is invisible, and editors remove it: quotes keep it.
            guard line.last != space, line.last != tab else { return false }
        }
        var scalars = UTF8Scalars(text)
        while let scalar = scalars.next() {
            guard isVisible(scalar.value) || scalar.value == 0x0A || scalar.value == 0x09 else { return false }
        }
        return true
    }

    /// Whether a character shows itself, so that it can stand without an escape.
    ///
    /// A list of our own: the Unicode tables of the standard library grow, and the bytes we write must not change.
    static func isVisible(_ code: UInt32) -> Bool {
        switch code {
        case 0x20...0x7E: true
        case 0...0xA0: false
        // Soft hyphen; Arabic letter mark; joiners and marks of direction; line and paragraph separators, embeddings;
        // invisible operators and isolates; byte-order mark; annotations; characters that are none.
        case 0xAD, 0x61C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB, 0xFFFE...0xFFFF:
            false
        // Other kinds of space, which look like the plain one.
        case 0x1680, 0x2000...0x200A, 0x202F, 0x205F, 0x3000: false
        // Tags and variation selectors.
        case 0xE0000...0xE0FFF: false
        default: true
        }
    }

    private static func mayBegin(_ first: UInt8, followedBy second: UInt8?) -> Bool {
        switch first {
        case UInt8(ascii: "-"): second.map { $0 != UInt8(ascii: " ") } ?? false
        case UInt8(ascii: " "), UInt8(ascii: "?"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "["),
            UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "#"), UInt8(ascii: "&"),
            UInt8(ascii: "*"), UInt8(ascii: "!"), UInt8(ascii: "|"), UInt8(ascii: ">"), UInt8(ascii: "'"),
            UInt8(ascii: "\""), UInt8(ascii: "%"), UInt8(ascii: "@"), UInt8(ascii: "`"):
            false
        default: true
        }
    }

    /// Whether a text is a word that means something in YAML 1.1 or 1.2, in any mixture of upper and lower case.
    private static func isWord(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count <= 5 else { return false }
        // Packed into a number with letters made lower case, so that no string is made.
        var packed: UInt64 = 0
        for byte in text {
            let isUpper = byte &- UInt8(ascii: "A") < 26
            packed = packed << 8 | UInt64(isUpper ? byte | 0x20 : byte)
        }
        return words.contains(packed)
    }

    private static let words: Set<UInt64> = Set(
        ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<", ".inf", ".nan", "+.inf", "-.inf"]
            .map { $0.utf8.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
    )

    /// Whether a text begins like a number and has nothing in it that no number or date has.
    ///
    /// More than the numbers of either version, so that it holds for readers with ideas of their own, too.
    private static func looksLikeNumber(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch text[0] {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): break
        default: return false
        }
        return text.allSatisfy { byte in
            if byte.hexDigit != nil { return true }
            switch byte {
            case UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "o"), UInt8(ascii: "O"), UInt8(ascii: "_"),
                UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "+"), UInt8(ascii: "-"),
                UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: "Z"), UInt8(ascii: "z"), UInt8(ascii: " "):
                return true
            default: return false
            }
        }
    }
}

/// The code points of valid UTF-8, one after another, with the bytes of each.
private struct UTF8Scalars {
    private let text: UnsafeBufferPointer<UInt8>
    private var index = 0

    init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

    mutating func next() -> (value: UInt32, bytes: Slice<UnsafeBufferPointer<UInt8>>)? {
        guard index < text.count else { return nil }
        let start = index
        let first = text[index]
        index += 1
        guard first >= 0x80 else { return (UInt32(first), text[start..<index]) }
        var value = UInt32(first) & (first >= 0xF0 ? 0x07 : first >= 0xE0 ? 0x0F : 0x1F)
        while index < text.count, text[index] & 0xC0 == 0x80 {
            value = value << 6 | UInt32(text[index] & 0x3F)
            index += 1
        }
        return (value, text[start..<index])
    }
}
