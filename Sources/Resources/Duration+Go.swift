extension Duration {
    /// Reads Go's form of a duration, which manifests have: `90s`, `1h30m`, `1.5s`, `-10ms`, `0`.
    ///
    /// - Returns: nil for other texts, and for more than Go's 292 years.
    package init?(go text: String) {
        var rest = text.utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        if rest.elementsEqual("0".utf8) {
            self = .zero
            return
        }
        guard !rest.isEmpty else { return nil }
        var total: Int64 = 0
        while !rest.isEmpty {
            guard let part = Self.takePart(&rest) else { return nil }
            let (sum, isTooLong) = total.addingReportingOverflow(part)
            guard !isTooLong else { return nil }
            total = sum
        }
        self = .nanoseconds(isNegative ? -total : total)
    }

    /// As Go writes a duration: `10m0s`, `1h30m0s`, `1.5s`, `250ms`; to the millisecond.
    package var goText: String {
        let total = wholeMilliseconds
        let (sign, rest) = (total < 0 ? "-" : "", abs(total))
        if rest != 0, rest < 1_000 { return "\(sign)\(rest)ms" }
        let (hours, minutes) = (rest / 3_600_000, rest / 60_000 % 60)
        var seconds = "\(rest / 1_000 % 60)"
        if rest % 1_000 != 0 {
            var digits = String(1_000 + rest % 1_000).dropFirst()
            while digits.last == "0" { digits.removeLast() }
            seconds += "." + digits
        }
        return sign + (hours > 0 ? "\(hours)h\(minutes)m" : minutes > 0 ? "\(minutes)m" : "") + seconds + "s"
    }

    /// Takes a number and its unit from the front: their nanoseconds, or nil where none stand there.
    private static func takePart(_ rest: inout Substring.UTF8View) -> Int64? {
        func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
        let number = rest.prefix { isDigit($0) || $0 == UInt8(ascii: ".") }
        rest = rest.dropFirst(number.count)
        let name = rest.prefix { !isDigit($0) && $0 != UInt8(ascii: ".") }
        rest = rest.dropFirst(name.count)
        guard let unit = units[String(Substring(name))], number.contains(where: isDigit),
            number.count(where: { $0 == UInt8(ascii: ".") }) <= 1
        else { return nil }
        let parts = number.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard let whole = parts.first.map({ $0.isEmpty ? 0 : Int64(Substring($0)) }) ?? nil else { return nil }
        let (scaled, isTooLong) = whole.multipliedReportingOverflow(by: unit)
        guard !isTooLong else { return nil }
        // Digits below a nanosecond are cut off, as Go does.
        var (fraction, scale) = (Int64(0), unit)
        for digit in parts.dropFirst().joined() {
            (scale, fraction) = (scale / 10, fraction + scale / 10 * Int64(digit - UInt8(ascii: "0")))
        }
        let (sum, isTooLongToo) = scaled.addingReportingOverflow(fraction)
        return isTooLongToo ? nil : sum
    }

    private static let units: [String: Int64] = [
        "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
        "h": 3_600_000_000_000,
    ]
}
