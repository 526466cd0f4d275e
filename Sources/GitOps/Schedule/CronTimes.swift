internal import Resources

/// The times on the clock on the wall that a schedule's five fields mean, without a word on time zones.
struct CronTimes: Hashable {
    private let minutes, hours, daysOfMonth, months, daysOfWeek: CronField

    /// Reads five fields, or one of the names with an `@`.
    init(_ text: String) throws(ScheduleError) {
        let words = try Self.fields(text)
        minutes = try CronField(words[0], .minute)
        hours = try CronField(words[1], .hour)
        daysOfMonth = try CronField(words[2], .dayOfMonth)
        months = try CronField(words[3], .month)
        daysOfWeek = try CronField(words[4], .dayOfWeek)
        guard hasDays else {
            throw ScheduleError(
                "schedule \"\(text)\": it never comes: no month of it has such a day; use a day that one of them has"
            )
        }
    }

    private static func fields(_ text: String) throws(ScheduleError) -> [Substring] {
        func words(_ text: String) -> [Substring] { text.split { $0 == " " || $0 == "\t" } }
        let fields = words(text)
        if fields.count == 1, fields[0].hasPrefix("@") {
            guard let meaning = names[fields[0].lowercased()] else {
                let known = names.keys.sorted().joined(separator: ", ")
                throw ScheduleError("schedule \"\(text)\": there is no such name; use one of \(known), or five fields")
            }
            return words(meaning)
        }
        guard fields.count == 5 else {
            let has = fields.count == 1 ? "1 field" : "\(fields.count) fields"
            let advice = "use five: minute, hour, day of month, month, day of week"
            throw ScheduleError("schedule \"\(text)\": it has \(has); \(advice)")
        }
        return fields
    }

    private static let names = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]

    /// Whether the hours are said by `*` or a step, or are all of them: then the schedule is about the time between two
    /// runs, not about the clock.
    var isByTheHour: Bool { hours.isRecurring || isEveryHour }

    /// Whether no hour is left out.
    var isEveryHour: Bool { hours.bits == 0xff_ffff }
}

extension CronTimes {
    /// The first of the times from `time` on; both in seconds since 1970 on that clock.
    ///
    /// Looks from field to field, so that a year without a run costs twelve steps at most, and a month with one 31.
    func first(from time: Int64) -> Int64? {
        // Rounded up to a whole minute.
        let minute = (time + 59).flooringDivision(by: 60)
        let day = minute.flooringDivision(by: 1_440)
        if contains(CivilDate(daysSince1970: day)), let inDay = firstMinute(from: minute - day * 1_440) {
            return (day * 1_440 + inDay) * 60
        }
        guard let next = firstDay(from: day + 1), let inDay = firstMinute(from: 0) else { return nil }
        return (next * 1_440 + inDay) * 60
    }

    private func firstMinute(from minute: Int64) -> Int64? {
        let hour = minute / 60
        if hours.contains(hour), let inHour = minutes.first(from: minute - hour * 60) { return hour * 60 + inHour }
        guard let later = hours.first(from: hour + 1), let inHour = minutes.first(from: 0) else { return nil }
        return later * 60 + inHour
    }

    private func firstDay(from day: Int64) -> Int64? {
        var date = CivilDate(daysSince1970: day)
        // A 29 February that is a certain day of the week lets up to 40 years pass: 28, and 12 for a century without one.
        let lastYear = date.year + 41
        while date.year <= lastYear {
            guard let month = months.first(from: date.month) else {
                date = CivilDate(year: date.year + 1, month: 1, day: 1)
                continue
            }
            if month != date.month { date = CivilDate(year: date.year, month: month, day: 1) }
            if contains(date) { return date.daysSince1970 }
            date = CivilDate(daysSince1970: date.daysSince1970 + 1)
        }
        return nil
    }

    /// As Vixie cron has it: where both kinds of days are restricted either will do, and a field that begins with `*` is no
    /// restriction of its own, but one of the other's days.
    private func contains(_ date: CivilDate) -> Bool {
        guard months.contains(date.month) else { return false }
        let isInMonth = daysOfMonth.contains(date.day)
        let isInWeek = daysOfWeek.contains(date.weekday)
        return isEitherDay ? isInMonth || isInWeek : isInMonth && isInWeek
    }

    private var isEitherDay: Bool { !daysOfMonth.startsWithStar && !daysOfWeek.startsWithStar }

    /// Whether any day is meant. Every day that a month has is each day of the week in one year or another.
    private var hasDays: Bool {
        let lengths: [Int64] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        let first = daysOfMonth.first(from: 1) ?? 32
        return isEitherDay || (1...12).contains { months.contains($0) && first <= lengths[Int($0) - 1] }
    }
}
