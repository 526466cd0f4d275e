/// A day of the Gregorian calendar, carried on to before it began.
///
/// The arithmetic counts in eras of 400 years, each 146,097 days long, with years that begin in March, so that the leap
/// day is a year's last.
package struct CivilDate: Hashable, Sendable {
    /// The year, 1...12 and 1...31; nothing checks that the day exists.
    package var year, month, day: Int64

    /// The day that a calendar shows so.
    package init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The day that many days after 1970-01-01.
    package init(daysSince1970: Int64) {
        let shifted = daysSince1970 + 719_468
        let era = shifted.flooringDivision(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01; a day past the end of its month counts into the next.
    package var daysSince1970: Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = marchYear.flooringDivision(by: 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The day of the week, counted from Sunday, 0.
    package var weekday: Int64 {
        // 1970 began on a Thursday.
        let days = daysSince1970 + 4
        return days - days.flooringDivision(by: 7) * 7
    }
}

extension Int64 {
    /// The quotient rounded down, so that times before 1970 fall into the day that they are in.
    package func flooringDivision(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
