/// What a Sync's author means by its schedule and windows, minute by minute.
struct SyncCalendar {
    private let first: Clockface.Minute
    /// In which minutes its schedule comes, and in which its windows are open.
    private var isDue: [Bool] = []
    private var isOpen: [Bool] = []
    /// In which minutes the clocks of its schedule are put forward or back.
    private var changes: [Clockface.Minute] = []

    init(_ plan: DaemonCircumstances.Plan, _ clocks: [String: Clockface]) throws {
        func clock(_ cron: Cron) throws -> Clockface {
            guard let clock = clocks[cron.zone] else { throw Defect("no clock of \(cron.zone)") }
            return clock
        }
        guard let minutes = clocks.values.first?.minutes else { throw Defect("no clocks") }
        first = minutes.lowerBound
        if let cron = plan.schedule {
            let clock = try clock(cron)
            isDue = minutes.map { clock.isDue(cron, $0) }
            changes = minutes.filter(clock.changes)
        }
        guard !plan.windows.isEmpty else { return }
        func held(_ windows: [DaemonCircumstances.Window]) throws -> [Bool] {
            var held = Array(repeating: false, count: minutes.count)
            for window in windows {
                let clock = try clock(window.cron)
                var left = 0
                for minute in minutes {
                    left = clock.isDue(window.cron, minute) ? window.minutes : left - 1
                    if left > 0 { held[minute - first] = true }
                }
            }
            return held
        }
        let (allowing, denying) = (plan.windows.filter(\.isAllowing), plan.windows.filter { !$0.isAllowing })
        let denied = try held(denying)
        isOpen = zip(allowing.isEmpty ? denied.map { _ in true } : try held(allowing), denied).map { $0 && !$1 }
    }

    func isDue(_ minute: Clockface.Minute) -> Bool {
        isDue.indices.contains(minute - first) && isDue[minute - first]
    }

    func isOpen(_ minute: Clockface.Minute) -> Bool {
        isOpen.isEmpty || isOpen.indices.contains(minute - first) && isOpen[minute - first]
    }

    func isNearChange(_ minute: Clockface.Minute) -> Bool { changes.contains { (0..<120).contains(minute - $0) } }
}
