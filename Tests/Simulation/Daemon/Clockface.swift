import Foundation
import Resources

/// What the clocks of a place show in each minute: a look at every minute, by Foundation's time zones, which know nothing of
/// the rules that the daemon goes by.
struct Clockface: Sendable {
    /// Minutes since 1970.
    typealias Minute = Int

    /// The first minute that is known; some weeks follow.
    let first: Minute
    /// Minutes ahead of UTC, for each half-hour from `first` on: clocks change at no other times.
    private let offsets: [Int]

    /// The clocks of a zone, from some days before an instant to some weeks after it.
    init(_ name: String, around instant: Instant) throws {
        guard let zone = TimeZone(identifier: name) else { throw Defect("there is no time zone \(name)") }
        let first = Int(instant.milliseconds / 60_000) / 30 * 30 - 4 * 1_440
        self.first = first
        offsets = stride(from: first, to: first + 32 * 1_440, by: 30).map { minute in
            zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(minute) * 60)) / 60
        }
    }

    /// All minutes that are known.
    var minutes: Range<Minute> { first..<first + offsets.count * 30 }

    private func offset(_ minute: Minute) -> Int {
        offsets[min(max(0, (minute - first).flooringDivision(by: 30)), offsets.count - 1)]
    }

    /// Whether a schedule comes in that minute.
    func isDue(_ cron: Cron, _ minute: Minute) -> Bool {
        let offset = offset(minute)
        if cron.names(minute + offset), cron.isByTheHour || !wasShown(minute, offset) { return true }
        let before = self.offset(minute - 1)
        guard offset > before, cron.hours.count < 24 else { return false }
        // What the clock has left out just before.
        return (minute + before..<minute + offset).contains(where: cron.names)
    }

    /// Whether the clock has shown the same before.
    private func wasShown(_ minute: Minute, _ offset: Int) -> Bool {
        [30, 60].contains { self.offset(minute - $0) == offset + $0 }
    }

    /// Whether the clocks are put forward or back at that minute.
    func changes(at minute: Minute) -> Bool { offset(minute) != offset(minute - 1) }
}

/// A schedule of every day, as numbers and in cron's words.
struct Cron: Sendable, Hashable {
    let text: String
    let minutes: Set<Int>
    let hours: Set<Int>
    /// Whether the hour is said by a star or a step.
    let isByTheHour: Bool
    var zone: String

    fileprivate func names(_ local: Int) -> Bool {
        let ofDay = ((local % 1_440) + 1_440) % 1_440
        return minutes.contains(ofDay % 60) && hours.contains(ofDay / 60)
    }

    /// The schedules that are drawn from: most of them come when clocks change.
    static let all: [Cron] = [
        Cron("30 2 * * *", [30], [2]), Cron("0 3 * * *", [0], [3]), Cron("15 1 * * *", [15], [1]),
        Cron("0,30 1-3 * * *", [0, 30], Set(1...3)), Cron("45 2,14 * * *", [45], [2, 14]),
        Cron("0 */2 * * *", [0], Set(stride(from: 0, to: 24, by: 2)), isByTheHour: true),
        Cron("20 * * * *", [20], Set(0...23), isByTheHour: true), Cron("10 9-17 * * *", [10], Set(9...17)),
    ]

    private init(_ text: String, _ minutes: Set<Int>, _ hours: Set<Int>, isByTheHour: Bool = false) {
        (self.text, self.minutes, self.hours, self.isByTheHour, zone) = (text, minutes, hours, isByTheHour, "UTC")
    }
}

extension Int {
    fileprivate func flooringDivision(by divisor: Int) -> Int {
        self >= 0 ? self / divisor : (self - divisor + 1) / divisor
    }
}
