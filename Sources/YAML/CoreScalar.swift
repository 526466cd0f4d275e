/// What the text of a scalar means: YAML 1.2's core schema (specification 1.2.2, section 10.3).
enum CoreScalar {
    /// The value of a scalar, its tag and quotes considered.
    static func value(of text: UnsafeBufferPointer<UInt8>, _ record: Arena.Record) -> Value {
        switch record.tag {
        case .none: return record.isPlain ? plain(text) : .string(String(decoding: text, as: UTF8.self))
        case .int, .float, .bool, .null:
            return tagged(text, record.tag) ?? .string(String(decoding: text, as: UTF8.self))
        default: return .string(String(decoding: text, as: UTF8.self))
        }
    }

    /// The value of a plain scalar without a tag.
    @inline(__always)
    static func plain(_ text: UnsafeBufferPointer<UInt8>) -> Value {
        guard let first = text.first else { return .null }
        switch first {
        case UInt8(ascii: "~"), UInt8(ascii: "n"), UInt8(ascii: "N"):
            if isNull(text) { return .null }
        case UInt8(ascii: "t"), UInt8(ascii: "T"), UInt8(ascii: "f"), UInt8(ascii: "F"):
            if let bool = bool(text) { return .bool(bool) }
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            if let number = number(text) { return number }
        default: break
        }
        return .string(String(decoding: text, as: UTF8.self))
    }

    /// The value of a text that a tag says to be a number, truth value or null, or nil where it is none.
    static func tagged(_ text: UnsafeBufferPointer<UInt8>, _ tag: Arena.Tag) -> Value? {
        switch (tag, plain(text)) {
        case (.int, .int(let int)): .int(int)
        case (.float, .int(let int)): .double(Double(int))
        case (.float, .double(let double)): .double(double)
        case (.bool, .bool(let bool)): .bool(bool)
        case (.null, .null): .null
        default: nil
        }
    }

    /// Whether a plain scalar means null.
    static func isNull(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch text.count {
        case 0: true
        case 1: text[0] == UInt8(ascii: "~")
        case 4: text.isOne(of: "null", "Null", "NULL")
        default: false
        }
    }

    private static func bool(_ text: UnsafeBufferPointer<UInt8>) -> Bool? {
        switch text.count {
        case 4: text.isOne(of: "true", "True", "TRUE") ? true : nil
        case 5: text.isOne(of: "false", "False", "FALSE") ? false : nil
        default: nil
        }
    }

    /// The number that a plain scalar means, or nil. Whole numbers outside 64 bits become doubles.
    private static func number(_ text: UnsafeBufferPointer<UInt8>) -> Value? {
        if text.count > 2, text[0] == UInt8(ascii: "0"), let radix = radix(text[1]) {
            return wholeNumber(text, from: 2, radix: radix)
        }
        let hasSign = text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-")
        let start = hasSign ? 1 : 0
        guard start < text.count else { return nil }
        if let int = int(text, from: start) { return .int(int) }
        return double(text, from: start).map(Value.double)
    }

    private static func radix(_ letter: UInt8) -> Int? {
        switch letter {
        case UInt8(ascii: "x"): 16
        case UInt8(ascii: "o"): 8
        default: nil
        }
    }

    private static func wholeNumber(_ text: UnsafeBufferPointer<UInt8>, from start: Int, radix: Int) -> Value? {
        var whole = 0
        var large = 0.0
        var fits = true
        for index in start..<text.count {
            guard let digit = text[index].hexDigit, digit < radix else { return nil }
            let (scaled, overflowed) = whole.multipliedReportingOverflow(by: radix)
            let (sum, overflowedToo) = scaled.addingReportingOverflow(digit)
            fits = fits && !overflowed && !overflowedToo
            whole = sum
            large = large * Double(radix) + Double(digit)
        }
        return fits ? .int(whole) : .double(large)
    }

    private static func int(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        let isNegative = text[0] == UInt8(ascii: "-")
        var whole = 0
        for index in start..<text.count {
            guard text[index].isDigit else { return nil }
            let digit = Int(text[index] &- UInt8(ascii: "0"))
            let (scaled, overflowed) = whole.multipliedReportingOverflow(by: 10)
            // Down from zero for negative numbers, as the least one has no positive counterpart.
            let (sum, overflowedToo) =
                isNegative ? scaled.subtractingReportingOverflow(digit) : scaled.addingReportingOverflow(digit)
            guard !overflowed, !overflowedToo else { return nil }
            whole = sum
        }
        return whole
    }

    private static func double(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Double? {
        let isNegative = text[0] == UInt8(ascii: "-")
        let unsigned = UnsafeBufferPointer(rebasing: text[start...])
        if unsigned.isOne(of: ".inf", ".Inf", ".INF") { return isNegative ? -.infinity : .infinity }
        if start == 0, unsigned.isOne(of: ".nan", ".NaN", ".NAN") { return .nan }
        guard hasFormOfFloat(unsigned) else { return nil }
        return Double(String(decoding: text, as: UTF8.self))
    }

    /// Whether a text is `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`.
    private static func hasFormOfFloat(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var rest = text[...]
        let whole = rest.takeDigits()
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            guard rest.takeDigits() > 0 || whole > 0 else { return false }
        } else {
            guard whole > 0 else { return false }
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest.removeFirst()
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
            guard rest.takeDigits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}

extension CoreScalar {
    /// A number as YAML 1.1, YAML 1.2 and, where it is finite, JSON read it back to the bit.
    static func text(of double: Double) -> String {
        guard double.isFinite else { return double.isNaN ? ".nan" : double < 0 ? "-.inf" : ".inf" }
        let text = double.description
        // YAML 1.1 knows no number with an exponent and without a point: 1e+20 must be 1.0e+20.
        guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }
}

/// Plain scalars that readers of YAML 1.1 take for something else than YAML 1.2's core schema does.
///
/// Many tools still read 1.1 (PyYAML; Go's yaml.v2 under kubectl in part), so whoever writes `on` or `0777` is told.
enum YAML11 {
    /// What a reader of YAML 1.1 makes of a plain scalar, in words, or nil where both versions agree.
    @inline(__always)
    static func otherReading(of text: UnsafeBufferPointer<UInt8>) -> String? {
        guard let first = text.first else { return nil }
        switch first {
        case UInt8(ascii: "y"), UInt8(ascii: "Y"), UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "o"),
            UInt8(ascii: "O"):
            return text.count <= 3 ? word(text) : nil
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            return number(text)
        default: return nil
        }
    }

    private static func word(_ text: UnsafeBufferPointer<UInt8>) -> String? {
        if text.isOne(of: "y", "Y", "on") || text.isOne(of: "yes", "Yes", "YES") || text.isOne(of: "On", "ON", "on") {
            return "true"
        }
        if text.isOne(of: "n", "N", "no") || text.isOne(of: "off", "Off", "OFF") || text.isOne(of: "No", "NO", "no") {
            return "false"
        }
        return nil
    }

    /// Numbers and dates of YAML 1.1, by the regular expressions of its type repository.
    private static func number(_ text: UnsafeBufferPointer<UInt8>) -> String? {
        // Most of what begins with a digit is a small number or a word such as 10m: one pass tells.
        var isDecimal = true
        for byte in text {
            if byte.isDigit { continue }
            isDecimal = false
            guard byte.mayStandInNumber else { return nil }
        }
        if isDecimal, text[0] != UInt8(ascii: "0") || text.count == 1 { return nil }

        let hasSign = text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-")
        let digits = text[(hasSign ? 1 : 0)...]
        guard let first = digits.first else { return nil }
        if isDate(text) { return "a date" }
        if first == UInt8(ascii: "0"), digits.count > 1 {
            if let reading = afterLeadingZero(digits, hasSign: hasSign) { return reading }
        }
        if isSexagesimal(digits) { return "a number to the base of 60" }
        return decimal(digits)
    }

    private static func afterLeadingZero(_ digits: Slice<UnsafeBufferPointer<UInt8>>, hasSign: Bool) -> String? {
        let second = digits[digits.startIndex + 1]
        let rest = digits.dropFirst(2)
        switch second {
        case UInt8(ascii: "b"):
            return !rest.isEmpty && rest.allSatisfy { $0.isOctalDigit(below: 2) } ? "a binary number" : nil
        case UInt8(ascii: "x"):
            let isHex = !rest.isEmpty && rest.allSatisfy { $0.hexDigit != nil || $0 == UInt8(ascii: "_") }
            return isHex && (hasSign || rest.contains(UInt8(ascii: "_"))) ? "a hexadecimal number" : nil
        case UInt8(ascii: "o"):
            // Without a sign this is octal in 1.2, and text in 1.1; with one it is text in both.
            return !hasSign && !rest.isEmpty && rest.allSatisfy { $0.hexDigit ?? 8 < 8 } ? "text" : nil
        default: break
        }
        let tail = digits.dropFirst()
        if tail.allSatisfy({ $0.isOctalDigit(below: 8) }) {
            let significant = tail.drop { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: "_") }
            // 00 and 07 are the same number in both.
            return significant.count > 1 || tail.contains(UInt8(ascii: "_")) ? "an octal number" : nil
        }
        return tail.allSatisfy(\.isDigit) ? "text" : nil
    }

    /// `[0-9][0-9]*(:[0-5]?[0-9])+(\.[0-9]*)?`, with underscores.
    private static func isSexagesimal(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        var parts = digits.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)[...]
        guard parts.count > 1, let whole = parts.popFirst(), whole.first?.isDigit == true else { return false }
        guard whole.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: "_") }) else { return false }
        if let last = parts.last, let point = last.firstIndex(of: UInt8(ascii: ".")) {
            guard last[(point + 1)...].allSatisfy({ $0.isDigit || $0 == UInt8(ascii: "_") }) else { return false }
            parts[parts.endIndex - 1] = last[..<point]
        }
        return parts.allSatisfy { part in
            switch part.count {
            case 1: part.allSatisfy(\.isDigit)
            case 2: part.allSatisfy(\.isDigit) && part[part.startIndex] <= UInt8(ascii: "5")
            default: false
            }
        }
    }

    /// Whole numbers with underscores, which 1.2 does not know, and floats such as 1e3, which 1.1 does not.
    private static func decimal(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> String? {
        guard digits.first?.isDigit == true || digits.first == UInt8(ascii: ".") else { return nil }
        var mantissa = digits
        var exponent: Slice<UnsafeBufferPointer<UInt8>>?
        if let mark = digits.firstIndex(where: { $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") }) {
            mantissa = digits[..<mark]
            exponent = digits[(mark + 1)...]
        }
        let points = mantissa.count { $0 == UInt8(ascii: ".") }
        guard points <= 1, mantissa.contains(where: \.isDigit) else { return nil }
        guard mantissa.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") }) else {
            return nil
        }
        let hasUnderscore = mantissa.contains(UInt8(ascii: "_"))
        guard let exponent else { return hasUnderscore ? "a number" : nil }

        let hasSign = exponent.first == UInt8(ascii: "+") || exponent.first == UInt8(ascii: "-")
        let power = hasSign ? exponent.dropFirst() : exponent
        guard !power.isEmpty, power.allSatisfy(\.isDigit) else { return nil }
        let isFloatIn11 = hasSign && points == 1
        if hasUnderscore { return isFloatIn11 ? "a number" : nil }
        return isFloatIn11 ? nil : "text"
    }

    /// `2001-12-14`, or that with a time after it.
    private static func isDate(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let hyphen = UInt8(ascii: "-")
        guard text.count >= 8, text[0..<4].allSatisfy(\.isDigit), text[4] == hyphen else { return false }
        if text.count == 10 {
            return text[5].isDigit && text[6].isDigit && text[7] == hyphen && text[8].isDigit && text[9].isDigit
        }
        var rest = text[5...]
        guard (1...2).contains(rest.takeDigits()), rest.popFirst() == hyphen else { return false }
        guard (1...2).contains(rest.takeDigits()) else { return false }
        let separators = [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")]
        guard let separator = rest.popFirst(), separators.contains(separator) else { return false }
        while rest.first == UInt8(ascii: " ") { rest.removeFirst() }
        guard (1...2).contains(rest.takeDigits()), rest.popFirst() == UInt8(ascii: ":") else { return false }
        guard rest.takeDigits() == 2, rest.popFirst() == UInt8(ascii: ":") else { return false }
        // What may follow (fraction, zone) no longer matters: nothing but a date begins like this.
        return rest.takeDigits() == 2
    }
}

extension UInt8 {
    /// Whether this is one of `0` to `9`.
    @inline(__always)
    var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }

    /// The worth of a hexadecimal digit, or nil.
    var hexDigit: Int? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(self) - 48
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(self) - 87
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(self) - 55
        default: nil
        }
    }

    /// Whether this occurs in any number or date of YAML 1.1 or 1.2.
    fileprivate var mayStandInNumber: Bool {
        if hexDigit != nil { return true }
        switch self {
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"),
            UInt8(ascii: "x"), UInt8(ascii: "o"), UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: "Z"),
            UInt8(ascii: " "):
            return true
        default: return false
        }
    }

    /// Whether this is a digit below a base up to 8, or an underscore.
    fileprivate func isOctalDigit(below base: UInt8) -> Bool {
        self &- UInt8(ascii: "0") < base || self == UInt8(ascii: "_")
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether this text is one of three words.
    @inline(__always)
    fileprivate func isOne(of first: StaticString, _ second: StaticString, _ third: StaticString) -> Bool {
        isWord(first) || isWord(second) || isWord(third)
    }

    @inline(__always)
    private func isWord(_ word: StaticString) -> Bool {
        guard word.utf8CodeUnitCount == count else { return false }
        return word.withUTF8Buffer { elementsEqual($0) }
    }
}

extension Slice<UnsafeBufferPointer<UInt8>> {
    /// Removes the digits at the beginning, and says how many they were.
    fileprivate mutating func takeDigits() -> Int {
        let start = startIndex
        self = drop(while: \.isDigit)
        return startIndex - start
    }
}
