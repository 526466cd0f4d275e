internal import Resources

/// The last line of a time zone's file: the rule by which clocks are put forward and back each year from then on.
///
/// In the form of POSIX's variable TZ with the extensions of RFC 9636, as `CET-1CEST,M3.5.0,M10.5.0/3`: hours west of UTC,
/// and days of the year at a time that may lie up to a week before or after the day.
struct TimeZoneFooter: Equatable {
    /// Seconds east of UTC in standard time.
    let standard: Int64
    private let saving: Saving?

    private struct Saving: Equatable {
        /// Seconds east of UTC while it lasts.
        let offset: Int64
        /// In standard time.
        let start: YearlyTime
        /// In daylight saving time.
        let end: YearlyTime
    }

    /// Reads the line; nil where it is none.
    init?(_ text: ArraySlice<UInt8>) {
        var reader = TimeZoneFooterReader(text)
        guard reader.skipName(), let west = reader.time(upToHours: 24) else { return nil }
        var standard = -west
        var saving: Saving?
        if !reader.isAtEnd {
            guard reader.skipName() else { return nil }
            var offset = standard + 3_600
            if !reader.isAt(",") {
                guard let west = reader.time(upToHours: 24) else { return nil }
                offset = -west
            }
            guard let start = reader.yearlyTime(), let end = reader.yearlyTime(), reader.isAtEnd else { return nil }
            // Any year will do. A saving time that ends as it begins again is how a file says "all year".
            if end.local(in: 2023) - offset == start.local(in: 2024) - standard {
                standard = offset
            } else {
                saving = Saving(offset: offset, start: start, end: end)
            }
        }
        self.standard = standard
        self.saving = saving
    }

    /// The changes of the year that holds a second, and of the years beside it, in order.
    func changes(around second: Int64) -> [TimeZoneRules.ClockChange] {
        guard let saving, saving.offset != standard else { return [] }
        let year = CivilDate(daysSince1970: second.flooringDivision(by: 86_400)).year
        let changes = (year - 1...year + 1).flatMap { year in
            [
                TimeZoneRules.ClockChange(
                    at: saving.start.local(in: year) - standard,
                    before: standard,
                    after: saving.offset
                ),
                TimeZoneRules.ClockChange(
                    at: saving.end.local(in: year) - saving.offset,
                    before: saving.offset,
                    after: standard
                ),
            ]
        }
        return changes.sorted { $0.at < $1.at }
    }
}

/// A time that comes once a year, as the last Sunday of March at two.
struct YearlyTime: Equatable {
    enum Day: Equatable {
        /// 1...365: a day of a year that has no 29 February.
        case withoutLeapDay(Int64)
        /// 0...365: days after 1 January.
        case daysIntoYear(Int64)
        /// A month, which of its weeks (5 is the last), and a day of the week from Sunday, 0.
        case weekday(month: Int64, week: Int64, day: Int64)
    }

    let day: Day
    /// Seconds after that day's midnight; negative before it.
    let time: Int64

    /// Seconds since 1970 on the clock on the wall.
    func local(in year: Int64) -> Int64 {
        let newYear = CivilDate(year: year, month: 1, day: 1).daysSince1970
        let days: Int64
        switch day {
        case .daysIntoYear(let number): days = newYear + number
        case .withoutLeapDay(let number):
            let march = CivilDate(year: year, month: 3, day: 1).daysSince1970
            days = number < 60 ? newYear + number - 1 : march + number - 60
        case .weekday(let month, let week, let day):
            let first = CivilDate(year: year, month: month, day: 1)
            var date = first.daysSince1970
            date += (day - first.weekday + 7) % 7 + (week - 1) * 7
            // Four of them are in every month, a fifth is not.
            while CivilDate(daysSince1970: date).month != month { date -= 7 }
            days = date
        }
        return days * 86_400 + time
    }
}
