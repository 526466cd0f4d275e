extension Value {
    /// Reads JSON (RFC 8259) from UTF-8; nothing but white space may follow the value.
    ///
    /// Whole numbers outside 64 bits become doubles. Refused are repeated keys, halves of surrogate pairs, numbers too
    /// large for a double, and nesting deeper than 512.
    public init(json bytes: UnsafeRawBufferPointer) throws(YAMLError) {
        var reader = JSONReader(bytes: bytes)
        self = try reader.document()
    }

    /// Reads JSON from an array of bytes.
    public init(json bytes: [UInt8]) throws(YAMLError) {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(YAMLError) in try Value(json: bytes) }
        }
        self = try result.get()
    }

    /// Reads JSON from a string.
    public init(json text: String) throws(YAMLError) {
        let result = text.withBytes { bytes in
            Result { () throws(YAMLError) in try Value(json: UnsafeRawBufferPointer(bytes)) }
        }
        self = try result.get()
    }
}

/// Reads one JSON text. Written by hand, because every row of the journal passes through it.
private struct JSONReader {
    /// Deeper than any object of ours, and safe on the stack of a secondary thread.
    private static let maxDepth = 512

    let bytes: UnsafeRawBufferPointer
    private var index = 0
    private var depth = 0

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func document() throws(YAMLError) -> Value {
        try checkEncoding()
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { index = 3 }
        let value = try value()
        skipSpace()
        guard index == bytes.count else { throw error("text after the end of the JSON value; remove it") }
        return value
    }

    /// Checks all of the text at once, which costs far less than checking string by string.
    private mutating func checkEncoding() throws(YAMLError) {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.bindMemory(to: UInt8.self).span)
        } catch let invalid {
            index = invalid.byteOffsets.lowerBound
            throw error("the text is not valid UTF-8; save it as UTF-8")
        }
    }

    private mutating func value() throws(YAMLError) -> Value {
        skipSpace()
        switch peek {
        case UInt8(ascii: "\""):
            index += 1
            return .string(try string())
        case UInt8(ascii: "{"): return .map(try map())
        case UInt8(ascii: "["): return .list(try list())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t") where take("true"): return .bool(true)
        case UInt8(ascii: "f") where take("false"): return .bool(false)
        case UInt8(ascii: "n") where take("null"): return .null
        default:
            throw error(index == bytes.count ? "the JSON ends too early; complete it" : "no JSON value; correct it")
        }
    }

    private mutating func map() throws(YAMLError) -> Map {
        try descend()
        var entries: [Map.Entry] = []
        if !closes(UInt8(ascii: "}")) {
            entries.reserveCapacity(4)
            repeat {
                skipSpace()
                guard peek == UInt8(ascii: "\"") else { throw error("a key must be text in double quotes; correct it") }
                index += 1
                let key = try string()
                skipSpace()
                guard peek == UInt8(ascii: ":") else { throw error("a colon is missing after a key; add it") }
                index += 1
                entries.append(Map.Entry(key: key, value: try value()))
            } while try goesOn(until: UInt8(ascii: "}"))
        }
        depth -= 1
        return try checked(entries)
    }

    private func checked(_ entries: [Map.Entry]) throws(YAMLError) -> Map {
        let map = Map(unchecked: entries)
        if let repeated = map.firstRepeatedIndex {
            throw error(
                "duplicate key \(Value.string(entries[repeated].key).json) in the object that ends here; remove one"
            )
        }
        return map
    }

    private mutating func list() throws(YAMLError) -> [Value] {
        try descend()
        var items: [Value] = []
        if !closes(UInt8(ascii: "]")) {
            repeat { items.append(try value()) } while try goesOn(until: UInt8(ascii: "]"))
        }
        depth -= 1
        return items
    }

    private mutating func descend() throws(YAMLError) {
        index += 1
        depth += 1
        guard depth <= Self.maxDepth else { throw error("the JSON nests more than \(Self.maxDepth) deep; flatten it") }
    }

    private mutating func closes(_ bracket: UInt8) -> Bool {
        skipSpace()
        guard peek == bracket else { return false }
        index += 1
        return true
    }

    private mutating func goesOn(until bracket: UInt8) throws(YAMLError) -> Bool {
        skipSpace()
        let next = peek
        guard next == UInt8(ascii: ",") || next == bracket else { throw error("a comma or bracket is missing; add it") }
        index += 1
        return next != bracket
    }

    private mutating func number() throws(YAMLError) -> Value {
        let start = index
        let isNegative = peek == UInt8(ascii: "-")
        if isNegative { index += 1 }
        let digits = index
        var whole = 0
        var fits = true
        while peek.isDigit {
            let digit = Int(peek &- UInt8(ascii: "0"))
            let (scaled, overflowed) = whole.multipliedReportingOverflow(by: 10)
            let (sum, overflowedToo) =
                isNegative ? scaled.subtractingReportingOverflow(digit) : scaled.addingReportingOverflow(digit)
            fits = fits && !overflowed && !overflowedToo
            whole = sum
            index += 1
        }
        guard index > digits, index == digits + 1 || bytes[digits] != UInt8(ascii: "0") else {
            throw error("a number must have digits and no leading zero; correct it")
        }
        if peek != UInt8(ascii: "."), peek | 0x20 != UInt8(ascii: "e"), fits { return .int(whole) }
        try fractionAndExponent()
        guard let double = Double(String(decoding: bytes[start..<index], as: UTF8.self)), double.isFinite else {
            throw error("a number is too large; write a smaller one")
        }
        return .double(double)
    }

    private mutating func fractionAndExponent() throws(YAMLError) {
        if peek == UInt8(ascii: ".") {
            index += 1
            try someDigits()
        }
        if peek | 0x20 == UInt8(ascii: "e") {
            index += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { index += 1 }
            try someDigits()
        }
    }

    private mutating func someDigits() throws(YAMLError) {
        guard peek.isDigit else { throw error("a digit is missing in a number; add it") }
        while peek.isDigit { index += 1 }
    }

    /// The rest of a string after its opening quote.
    private mutating func string() throws(YAMLError) -> String {
        let start = index
        while index < bytes.count {
            let byte = bytes[index]
            if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                index += 1
                continue
            }
            if byte == UInt8(ascii: "\"") {
                let text = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<index]), as: UTF8.self)
                index += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try stringWithEscapes(start) }
            throw error("a control character in a string; write it as an escape")
        }
        throw error("a string has no closing quote; add it")
    }

    private mutating func stringWithEscapes(_ start: Int) throws(YAMLError) -> String {
        var text = Array(bytes[start..<index])
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try appendEscape(to: &text)
            case 0..<0x20: throw error("a control character in a string; write it as an escape")
            default: text.append(byte)
            }
        }
        throw error("a string has no closing quote; add it")
    }

    private mutating func appendEscape(to text: inout [UInt8]) throws(YAMLError) {
        let letter = peek
        index += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "n"): text.append(UInt8(ascii: "\n"))
        case UInt8(ascii: "t"): text.append(UInt8(ascii: "\t"))
        case UInt8(ascii: "r"): text.append(UInt8(ascii: "\r"))
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "u"): text.append(contentsOf: String(Character(try unicodeEscape())).utf8)
        default:
            index = min(index, bytes.count)
            throw error("an escape after \\ is unknown; correct it")
        }
    }

    private mutating func unicodeEscape() throws(YAMLError) -> Unicode.Scalar {
        let first = try fourHexDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first & 0xFC00 == 0xD800, take("\\u") {
            let second = try fourHexDigits()
            let joined = 0x10000 + (first & 0x3FF) << 10 + second & 0x3FF
            if second & 0xFC00 == 0xDC00, let scalar = Unicode.Scalar(joined) { return scalar }
        }
        throw error("half of a surrogate pair stands alone; add the other half")
    }

    private mutating func fourHexDigits() throws(YAMLError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = peek.hexDigit else { throw error("\\u takes four hexadecimal digits; correct it") }
            code = code << 4 | UInt32(digit)
            index += 1
        }
        return code
    }

    /// The next byte, or 0, which no rule accepts, at the end.
    @inline(__always)
    private var peek: UInt8 { index < bytes.count ? bytes[index] : 0 }

    @inline(__always)
    private mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): index += 1
            default: return
            }
        }
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let end = index + word.utf8CodeUnitCount
        guard end <= bytes.count else { return false }
        let isThere = word.withUTF8Buffer { $0.elementsEqual(bytes[index..<end]) }
        if isThere { index = end }
        return isThere
    }

    private func error(_ message: String) -> YAMLError {
        YAMLError(message, at: SourceLines.position(ofByte: index, in: bytes))
    }
}
