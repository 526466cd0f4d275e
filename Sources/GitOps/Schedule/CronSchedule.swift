public import Resources

/// When something is due, in cron's words: minute, hour, day of month, month, day of week, in a time zone.
///
/// Fields are numbers, names (`JAN`, `SUN`), `*`, lists, ranges and steps; 7 is Sunday too; or the whole is one of `@hourly`,
/// `@daily`, `@midnight`, `@weekly`, `@monthly`, `@yearly` and `@annually`. Where day of month and day of week are both
/// restricted, either will do; a field that begins with `*` is no restriction (Vixie cron's rule).
///
/// Where clocks are put forward or back:
/// - A time that is skipped comes at the first instant after the gap, once, however many were skipped. Not so in schedules
///   that come in every hour of the day: the next hour is soon enough.
/// - A time that is shown twice comes the first time only. Not so where the hour is said by `*` or a step, as in
///   `*/15 * * * *` or `0 */2 * * *`: there it comes both times, so that no more time passes than people asked for.
public struct CronSchedule: Sendable {
    /// The words that it was made of.
    public let text: String
    /// Whose clocks it goes by.
    public let zone: TimeZoneRules

    private let times: CronTimes

    /// Reads a schedule. Throws which field is wrong, or that no such day ever comes, as in `0 0 31 2 *`.
    public init(_ text: String, in zone: TimeZoneRules) throws(ScheduleError) {
        self.text = text
        self.zone = zone
        times = try CronTimes(text)
    }
}

extension CronSchedule {
    /// When it is due next, later than `instant`; whole minutes of the clock, but for a run that was skipped.
    ///
    /// Looks from one change of the clocks to the next, and from field to field in between: some microseconds for what comes
    /// within days, a millisecond or two for what comes once in decades. Nil only past what the calendar can count.
    public func next(after instant: Instant) -> Instant? {
        var second = instant.milliseconds.flooringDivision(by: 1_000) + 1
        while true {
            let start = zone.change(atOrBefore: second)
            if let start, start.at == second, makesUp(start) { return Instant(second: second) }
            let end = zone.change(after: second)
            let offset = zone.offset(atSecond: second)
            guard let time = times.first(from: second + offset) else { return nil }
            if let end, time >= end.at + offset {
                second = end.at
            } else if times.isByTheHour || zone.seconds(ofLocal: time).first == time - offset {
                return Instant(second: time - offset)
            } else {
                second = time - offset + 1
            }
        }
    }

    /// Whether clocks are put forward past one of the times, which comes right after it then.
    private func makesUp(_ change: TimeZoneRules.ClockChange) -> Bool {
        guard change.after > change.before, !times.isEveryHour,
            let time = times.first(from: change.at + change.before)
        else { return false }
        return time < change.at + change.after
    }

    /// When it was due last, not later than `instant`, but later than `earliest`; nil if it was not.
    ///
    /// For runs that were missed: `earliest` is the last one that was carried out.
    public func last(atOrBefore instant: Instant, after earliest: Instant) -> Instant? {
        func due(after time: Instant) -> Instant? { next(after: time).flatMap { $0 <= instant ? $0 : nil } }
        // Back from the end in ever longer steps until there is a run, so that what comes often is found at once.
        var step: Int64 = 60_000
        var late = instant
        var found: Instant?
        while found == nil, late > earliest {
            let early = max(earliest, Instant(milliseconds: late.milliseconds - step))
            found = due(after: early)
            // None is later than `late` then.
            if found == nil { late = early }
            step *= 2
        }
        guard var last = found else { return nil }
        // Halves what is left between a run, and where there is none any more.
        while let later = due(after: last) {
            let middle = Instant(milliseconds: last.milliseconds + (late.milliseconds - last.milliseconds) / 2)
            if let found = due(after: middle) {
                last = found
            } else {
                late = middle
                last = later
            }
        }
        return last
    }
}

extension Instant {
    fileprivate init(second: Int64) { self.init(milliseconds: second * 1_000) }
}
