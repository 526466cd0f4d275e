/// A point in time: whole milliseconds since 1970 in UTC.
///
/// Reconcilers get it as an argument and never ask a clock, so that a run on a virtual clock is the real run.
public struct Instant: Hashable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z; negative before.
    public let milliseconds: Int64

    /// The instant that many milliseconds after 1970-01-01T00:00:00Z.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }
}

extension Instant: Comparable {
    /// Earlier before later.
    public static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }

    /// The instant `duration` later, to the millisecond.
    public static func + (a: Instant, duration: Duration) -> Instant {
        Instant(milliseconds: a.milliseconds + duration.wholeMilliseconds)
    }

    /// The time from `b` to `a`.
    public static func - (a: Instant, b: Instant) -> Duration {
        .milliseconds(a.milliseconds - b.milliseconds)
    }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero.
    public var wholeMilliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}

extension Instant: CustomStringConvertible {
    /// RFC 3339 in UTC: `2018-05-31T12:16:00Z`, with three decimals where there are milliseconds.
    ///
    /// Written by hand: a date formatter would pull in the locale data, which doubles the start-up time.
    public var description: String {
        let seconds = milliseconds.flooringDivision(by: 1_000)
        let rest = milliseconds - seconds * 1_000
        let days = seconds.flooringDivision(by: 86_400)
        let inDay = seconds - days * 86_400
        let date = CivilDate(daysSince1970: days)
        // Digit by digit: a first sync writes them by the hundred thousand.
        var text: [UInt8] = []
        text.reserveCapacity(24)
        text.append(date.year, digits: 4)
        text.append(date.month, digits: 2, after: "-")
        text.append(date.day, digits: 2, after: "-")
        text.append(inDay / 3_600, digits: 2, after: "T")
        text.append(inDay / 60 % 60, digits: 2, after: ":")
        text.append(inDay % 60, digits: 2, after: ":")
        if rest != 0 { text.append(rest, digits: 3, after: ".") }
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads RFC 3339, with any offset and any number of decimals (those after the third are dropped); nil for
    /// anything else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[range] {
                guard (48...57).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - 48)
            }
            return value
        }
        func isByte(_ index: Int, _ allowed: String) -> Bool {
            index < bytes.count && allowed.utf8.contains(bytes[index])
        }
        guard let year = number(0..<4), isByte(4, "-"), let month = number(5..<7), isByte(7, "-"),
            let day = number(8..<10), isByte(10, "Tt "), let hour = number(11..<13), isByte(13, ":"),
            let minute = number(14..<16), isByte(16, ":"), let second = number(17..<19),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if isByte(index, ".") {
            index += 1
            var scale: Int64 = 100
            let first = index
            while index < bytes.count, let digit = number(index..<index + 1) {
                fraction += digit * scale
                scale /= 10
                index += 1
            }
            guard index > first else { return nil }
        }
        var offset: Int64 = 0
        if isByte(index, "Zz") {
            index += 1
        } else {
            guard isByte(index, "+-"), let hours = number(index + 1..<index + 3), isByte(index + 3, ":"),
                let minutes = number(index + 4..<index + 6)
            else { return nil }
            offset = (hours * 60 + minutes) * 60 * (bytes[index] == UInt8(ascii: "-") ? -1 : 1)
            index += 6
        }
        guard index == bytes.count else { return nil }
        let days = CivilDate(year: year, month: month, day: day).daysSince1970
        // The thirtieth of February is another day.
        guard CivilDate(daysSince1970: days).day == day else { return nil }
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
        self.init(milliseconds: seconds * 1_000 + fraction)
    }
}

extension [UInt8] {
    /// Appends a number with at least that many digits, behind a separator.
    fileprivate mutating func append(_ number: Int64, digits: Int, after separator: Unicode.Scalar? = nil) {
        if let separator { append(UInt8(ascii: separator)) }
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        while number / divisor > 9 { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: abs(number / divisor % 10)))
            divisor /= 10
        }
    }
}
