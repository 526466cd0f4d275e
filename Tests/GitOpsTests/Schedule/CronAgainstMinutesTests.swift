import Foundation
import GitOps
import Resources
import Testing

/// Random schedules against a search that knows nothing but each minute and what the clock shows in it.
@Suite struct CronAgainstMinutesTests {
    @Test(arguments: ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"])
    func `around changes of the clocks every run is the one that a look at each minute finds`(name: String) throws {
        let zone = try TimeZoneRules(named: name)
        let clock = try #require(TimeZone(identifier: name))
        var random = SplitMix64(state: 20_260_329)
        var found = 0
        let nights = ["2026-03-08", "2026-03-29", "2026-04-04", "2026-10-03", "2026-10-25", "2026-11-01", "2028-02-29"]
        for middle in nights {
            let days = try Minutes(around: #require(Instant("\(middle)T12:00:00Z")), days: 3, clock)
            for _ in 0..<80 {
                let fields = Fields(using: &random, days)
                let expected = days.runs(of: fields)
                let schedule = try CronSchedule(fields.text, in: zone)
                var runs: [Instant] = []
                var instant = days.start + .milliseconds(-1)
                while let next = schedule.next(after: instant), next < days.end {
                    runs.append(next)
                    instant = next
                }
                try #require(runs == expected, "\(fields.text) in \(name) around \(middle)")
                found += runs.count
                for _ in 0..<5 {
                    let until = days.start + .milliseconds(Int.random(in: 0..<6 * 86_400_000, using: &random))
                    let after = days.start + .milliseconds(Int.random(in: 0..<6 * 86_400_000, using: &random))
                    let last = expected.last { $0 <= until && $0 > after }
                    #expect(schedule.last(atOrBefore: until, after: after) == last, "\(fields.text) in \(name)")
                    if let next = expected.first(where: { $0 > after }) { #expect(schedule.next(after: after) == next) }
                }
            }
        }
        // Of schedules that never come, nothing would be learnt.
        #expect(found > 5_000)
    }
}

/// What a schedule's fields mean, and the words for them.
private struct Fields {
    var minutes, hours, days, months, weekdays: Set<Int>
    var text: String
    var isByTheHour, isEitherDay: Bool

    /// Draws fields; what is restricted to one day is mostly one of those that are looked at.
    init(using random: inout SplitMix64, _ around: Minutes) {
        let near = around.shown.randomElement(using: &random) ?? around.shown[0]
        let minute = Self.draw(0...59, near: near.minute, &random)
        // Clocks change at night.
        let hour = Self.draw(0...23, near: Int.random(in: 0...4, using: &random), &random)
        let day = Bool.random(using: &random) ? Self.star(1...31) : Self.draw(1...31, near: near.day, &random)
        let month = Bool.random(using: &random) ? Self.star(1...12) : Self.draw(1...12, near: near.month, &random)
        let weekday = Bool.random(using: &random) ? Self.star(0...6) : Self.draw(0...6, near: near.weekday, &random)
        minutes = minute.numbers
        hours = hour.numbers
        days = day.numbers
        months = month.numbers.union([near.month])
        weekdays = weekday.numbers
        // With the month that is looked at, no schedule is one that never comes.
        let months = month.numbers.contains(near.month) ? month.text : "\(month.text),\(near.month)"
        text = "\(minute.text) \(hour.text) \(day.text) \(months) \(weekday.text)"
        isByTheHour = hour.text.contains("*") || hour.text.contains("/") || hour.numbers.count == 24
        isEitherDay = !day.text.hasPrefix("*") && !weekday.text.hasPrefix("*")
        if !isEitherDay, days.min() ?? 0 > 28 {
            days = Set(1...31)
            text = "\(minute.text) \(hour.text) * \(months) \(weekday.text)"
        }
    }

    private static func star(_ range: ClosedRange<Int>) -> (text: String, numbers: Set<Int>) { ("*", Set(range)) }

    private static func draw(
        _ range: ClosedRange<Int>,
        near: Int,
        _ random: inout SplitMix64
    ) -> (text: String, numbers: Set<Int>) {
        let other = Int.random(in: range, using: &random)
        let step = Int.random(in: 1...max(1, range.count / 2), using: &random)
        switch Int.random(in: 0..<7, using: &random) {
        case 0: return star(range)
        case 1: return ("*/\(step)", Set(stride(from: range.lowerBound, through: range.upperBound, by: step)))
        case 2:
            let (low, high) = (min(near, other), max(near, other))
            return ("\(low)-\(high)", Set(low...high))
        case 3:
            let (low, high) = (min(near, other), max(near, other))
            return ("\(low)-\(high)/\(step)", Set(stride(from: low, through: high, by: step)))
        case 4: return ("\(near),\(other)", [near, other])
        case 5: return ("\(near)/\(step)", Set(stride(from: near, through: range.upperBound, by: step)))
        default: return ("\(near)", [near])
        }
    }
}

/// Every minute of some days, and what the clock shows in it.
private struct Minutes {
    struct Shown {
        /// Minutes since 1970, on the clock.
        let local: Int
        let minute, hour, day, month, weekday: Int
        /// Whether the clock has shown the same before.
        var isRepeated = false
        /// What the clock has left out just before.
        var skipped: [Shown] = []
    }

    let start: Instant
    var shown: [Shown] = []

    init(around middle: Instant, days: Int, _ clock: TimeZone) {
        start = middle + .seconds(-days * 86_400)
        var seen: Set<Int> = []
        // Some hours more, so that what was shown before is known.
        for minute in -300..<days * 2 * 1_440 {
            let second = start.milliseconds / 1_000 + Int64(minute) * 60
            let offset = clock.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second)))
            let local = (Int(second) + offset) / 60
            var now = Self.show(local)
            now.isRepeated = !seen.insert(local).inserted
            if !seen.contains(local - 1), let last = seen.filter({ $0 < local }).max() {
                now.skipped = (last + 1..<local).map(Self.show)
            }
            if minute >= 0 { shown.append(now) }
        }
    }

    var end: Instant { start + .seconds(shown.count * 60) }

    private static let calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()

    private static func show(_ local: Int) -> Shown {
        let date = Date(timeIntervalSince1970: Double(local * 60))
        let parts = calendar.dateComponents([.day, .month, .weekday], from: date)
        return Shown(
            local: local,
            minute: local % 60,
            hour: local / 60 % 24,
            day: parts.day ?? 0,
            month: parts.month ?? 0,
            weekday: (parts.weekday ?? 0) - 1
        )
    }

    func runs(of fields: Fields) -> [Instant] {
        func isMeant(_ shown: Shown) -> Bool {
            guard fields.minutes.contains(shown.minute), fields.hours.contains(shown.hour) else { return false }
            let day = fields.days.contains(shown.day)
            let weekday = fields.weekdays.contains(shown.weekday)
            return fields.months.contains(shown.month) && (fields.isEitherDay ? day || weekday : day && weekday)
        }
        var runs: [Instant] = []
        for (index, now) in shown.enumerated() {
            let isMadeUp = fields.hours.count < 24 && now.skipped.contains(where: isMeant)
            let isDue = isMeant(now) && (fields.isByTheHour || !now.isRepeated) || isMadeUp
            if isDue { runs.append(start + .seconds(index * 60)) }
        }
        return runs
    }
}

/// The same numbers from the same seed, everywhere.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
