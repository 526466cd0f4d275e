internal import Resources

/// What a calendar and a clock on the wall show, wherever that wall is.
///
/// Not a point in time: where clocks are put forward it never comes, and where they are put back it comes twice.
/// `TimeZoneRules` knows.
public struct LocalTime: Hashable, Sendable {
    /// Seconds since this clock showed 1970-01-01T00:00:00, had it never been put forward or back; negative before.
    public let seconds: Int64

    /// The time that many seconds after 1970-01-01T00:00:00 on the same clock.
    public init(seconds: Int64) { self.seconds = seconds }

    /// The time that is shown so. A day past the end of its month counts into the next month.
    public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        let date = CivilDate(year: Int64(year), month: Int64(month), day: Int64(day))
        seconds = date.daysSince1970 * 86_400 + Int64(hour * 3_600 + minute * 60 + second)
    }
}

extension LocalTime: Comparable {
    /// What the clock would show first, had it never been put back.
    public static func < (a: LocalTime, b: LocalTime) -> Bool { a.seconds < b.seconds }
}

extension LocalTime: CustomStringConvertible {
    /// `2018-05-31T12:16:00`: RFC 3339 without the offset.
    public var description: String { String(Instant(milliseconds: seconds * 1_000).description.dropLast()) }
}
