extension Value {
    /// The value as compact JSON, keys in their order.
    public var json: String {
        var bytes: [UInt8] = []
        appendJSON(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The value as `kubectl -o json` lays it out: four spaces a level, no line end after the last brace.
    public var prettyJSON: String {
        var bytes: [UInt8] = []
        appendPrettyJSON(to: &bytes, indent: 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the value as compact JSON in UTF-8.
    ///
    /// Reading it back gives an equal value, but for infinities and NaN, which JSON cannot say: they become `null`.
    public func appendJSON(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append("null")
        case .bool(let bool): bytes.append(bool ? "true" : "false")
        case .int(let int): bytes.append(decimal: int)
        case .double(let double):
            if double.isFinite { bytes.append(contentsOf: double.description.utf8) } else { bytes.append("null") }
        case .string(let string): bytes.append(json: string)
        case .list(let list):
            bytes.append(UInt8(ascii: "["))
            var isFirst = true
            for item in list {
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                item.appendJSON(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .map(let map): map.appendJSON(to: &bytes)
        }
    }

    private func appendPrettyJSON(to bytes: inout [UInt8], indent: Int) {
        func line(_ indent: Int) {
            bytes.append(UInt8(ascii: "\n"))
            bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent))
        }
        switch self {
        case .list(let list) where !list.isEmpty:
            bytes.append(UInt8(ascii: "["))
            for (index, item) in list.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                line(indent + 4)
                item.appendPrettyJSON(to: &bytes, indent: indent + 4)
            }
            line(indent)
            bytes.append(UInt8(ascii: "]"))
        case .map(let map) where !map.isEmpty:
            bytes.append(UInt8(ascii: "{"))
            for (index, entry) in map.entries.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                line(indent + 4)
                bytes.append(json: entry.key)
                bytes.append(": ")
                entry.value.appendPrettyJSON(to: &bytes, indent: indent + 4)
            }
            line(indent)
            bytes.append(UInt8(ascii: "}"))
        default: appendJSON(to: &bytes)
        }
    }
}

extension Map {
    /// Appends the map as compact JSON in UTF-8.
    public func appendJSON(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        for entry in entries {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            bytes.append(json: entry.key)
            bytes.append(UInt8(ascii: ":"))
            entry.value.appendJSON(to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }
}

extension [UInt8] {
    /// Appends ASCII that needs no escape.
    @inline(__always)
    mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a number in decimal, without making a string of it.
    mutating func append(decimal number: Int) {
        var magnitude = number.magnitude
        if number < 0 { append(UInt8(ascii: "-")) }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var start = 20
            repeat {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10)
                magnitude /= 10
            } while magnitude > 0
            append(contentsOf: digits[start...])
        }
    }

    /// Appends a string as JSON, in quotes.
    mutating func append(json string: String) {
        append(UInt8(ascii: "\""))
        string.withBytes { bytes in
            var start = 0
            for (index, byte) in bytes.enumerated() {
                if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { continue }
                append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index]))
                appendJSONEscape(of: byte)
                start = index + 1
            }
            append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start...]))
        }
        append(UInt8(ascii: "\""))
    }

    private mutating func appendJSONEscape(of byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case UInt8(ascii: "\n"): append("\\n")
        case UInt8(ascii: "\r"): append("\\r")
        case UInt8(ascii: "\t"): append("\\t")
        default:
            append("\\u00")
            appendHex(byte)
        }
    }

    /// Appends two hexadecimal digits.
    mutating func appendHex(_ byte: UInt8) {
        for digit in [byte >> 4, byte & 15] {
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
