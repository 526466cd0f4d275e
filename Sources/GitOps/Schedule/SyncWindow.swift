internal import Resources

/// A time that comes again and again, in which commits may be applied, or may not.
public struct SyncWindow: Sendable {
    /// What a window does.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Commits are applied within it, and outside of windows of this kind no more.
        case allow
        /// No commit is applied within it, whatever else is open.
        case deny
    }

    /// What it does.
    public let kind: Kind
    /// When it opens.
    public let schedule: CronSchedule
    /// How long it stays open, in time that passes: clocks that are put forward meanwhile shorten nothing.
    public let duration: Duration

    /// A window. Throws if the duration is not between a second and 366 days.
    public init(kind: Kind, schedule: CronSchedule, duration: Duration) throws(ScheduleError) {
        guard (.seconds(1)...Self.longest).contains(duration) else {
            throw ScheduleError("duration of the window \"\(schedule.text)\": use 1 second to 366 days")
        }
        self.kind = kind
        self.schedule = schedule
        self.duration = duration
    }

    static let longest = Duration.seconds(366 * 86_400)
}

extension SyncWindow {
    /// When what is open at an instant closes, which no longer belongs to it; nil if it is not open. Counted from the last
    /// opening, and the window may open anew at that very moment.
    func end(at instant: Instant) -> Instant? {
        schedule.last(atOrBefore: instant, after: instant + (.zero - duration)).map { $0 + duration }
    }
}
