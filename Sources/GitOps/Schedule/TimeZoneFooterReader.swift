/// Takes a time zone's last line apart, from left to right.
struct TimeZoneFooterReader {
    private var rest: ArraySlice<UInt8>

    init(_ text: ArraySlice<UInt8>) { rest = text }

    var isAtEnd: Bool { rest.isEmpty }

    func isAt(_ character: Unicode.Scalar) -> Bool { rest.first == UInt8(ascii: character) }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard isAt(character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// Skips what the time is called, `CET` or `<-03>`, and returns whether there was a name.
    mutating func skipName() -> Bool {
        if skip("<") {
            guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
            rest = rest[(end + 1)...]
            return true
        }
        let letters = rest.prefix { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0 & 0xdf) }
        rest = rest.dropFirst(letters.count)
        return letters.count >= 3
    }

    /// Digits, or nil where there are none or they name more than `limit`.
    private mutating func number(upTo limit: Int64) -> Int64? {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard (1...4).contains(digits.count) else { return nil }
        rest = rest.dropFirst(digits.count)
        let value = digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        return value <= limit ? value : nil
    }

    /// `2`, `-1:30` or `+02:00:00`, in seconds.
    mutating func time(upToHours limit: Int64) -> Int64? {
        let isNegative = skip("-")
        if !isNegative { _ = skip("+") }
        guard let hours = number(upTo: limit) else { return nil }
        var seconds = hours * 3_600
        for unit: Int64 in [60, 1] where skip(":") {
            guard let part = number(upTo: 59) else { return nil }
            seconds += part * unit
        }
        return isNegative ? -seconds : seconds
    }

    /// `,M3.5.0/2`, `,J60` or `,59/-1`. Without a time it is two o'clock.
    mutating func yearlyTime() -> YearlyTime? {
        guard skip(","), let day = day() else { return nil }
        guard skip("/") else { return YearlyTime(day: day, time: 2 * 3_600) }
        return time(upToHours: 167).map { YearlyTime(day: day, time: $0) }
    }

    private mutating func day() -> YearlyTime.Day? {
        if skip("M") {
            guard let month = number(upTo: 12), month > 0, skip("."), let week = number(upTo: 5), week > 0, skip("."),
                let day = number(upTo: 6)
            else { return nil }
            return .weekday(month: month, week: week, day: day)
        }
        if skip("J") { return number(upTo: 365).flatMap { $0 > 0 ? .withoutLeapDay($0) : nil } }
        return number(upTo: 365).map { .daysIntoYear($0) }
    }
}
