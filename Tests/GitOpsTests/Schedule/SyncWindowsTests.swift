import GitOps
import Resources
import Testing

@Suite struct SyncWindowsTests {
    private func window(
        _ kind: SyncWindow.Kind,
        _ schedule: String,
        _ duration: Duration,
        in zone: String = "UTC"
    ) throws -> SyncWindow {
        try SyncWindow(kind: kind, schedule: CronSchedule(schedule, in: TimeZoneRules(named: zone)), duration: duration)
    }

    private func expect(_ windows: SyncWindows, at text: String, opensAt opening: String?) throws {
        let instant = try #require(Instant(text))
        #expect(windows.isOpen(at: instant) == (opening == text), "at \(text)")
        #expect(windows.nextOpening(atOrAfter: instant)?.description == opening, "at \(text)")
    }

    @Test func `without windows it is always open`() throws {
        try expect(SyncWindows([]), at: "2026-01-01T00:00:00Z", opensAt: "2026-01-01T00:00:00Z")
    }

    @Test func `with an allow window it is open within it alone`() throws {
        let windows = try SyncWindows([window(.allow, "0 9 * * MON-FRI", .seconds(8 * 3_600))])
        try expect(windows, at: "2026-01-02T08:59:59.999Z", opensAt: "2026-01-02T09:00:00Z")
        try expect(windows, at: "2026-01-02T09:00:00Z", opensAt: "2026-01-02T09:00:00Z")
        try expect(windows, at: "2026-01-02T16:59:59.999Z", opensAt: "2026-01-02T16:59:59.999Z")
        // Friday afternoon until Monday.
        try expect(windows, at: "2026-01-02T17:00:00Z", opensAt: "2026-01-05T09:00:00Z")
    }

    @Test func `with deny windows alone it is open outside of them`() throws {
        let windows = try SyncWindows([window(.deny, "0 22 * * *", .seconds(8 * 3_600))])
        try expect(windows, at: "2026-01-01T21:59:59Z", opensAt: "2026-01-01T21:59:59Z")
        try expect(windows, at: "2026-01-01T22:00:00Z", opensAt: "2026-01-02T06:00:00Z")
        try expect(windows, at: "2026-01-02T06:00:00Z", opensAt: "2026-01-02T06:00:00Z")
    }

    @Test func `deny wins over allow`() throws {
        let windows = try SyncWindows([
            window(.allow, "0 9 * * *", .seconds(3_600)), window(.allow, "0 12 * * *", .seconds(3_600)),
            window(.deny, "30 8 * * *", .seconds(2_700)), window(.deny, "0 12 1 1 *", .seconds(86_400)),
        ])
        try expect(windows, at: "2026-01-01T09:00:00Z", opensAt: "2026-01-01T09:15:00Z")
        try expect(windows, at: "2026-01-01T09:59:00Z", opensAt: "2026-01-01T09:59:00Z")
        try expect(windows, at: "2026-01-01T10:00:00Z", opensAt: "2026-01-02T12:00:00Z")
        try expect(windows, at: "2026-01-01T12:30:00Z", opensAt: "2026-01-02T12:00:00Z")
    }

    @Test func `a window that opens anew while it is open stays open`() throws {
        let windows = try SyncWindows([
            window(.deny, "*/10 10 * * *", .seconds(900)), window(.deny, "0 11 * * *", .seconds(1_800)),
        ])
        try expect(windows, at: "2026-01-01T10:00:00Z", opensAt: "2026-01-01T11:30:00Z")
        try expect(windows, at: "2026-01-01T11:30:00Z", opensAt: "2026-01-01T11:30:00Z")
    }

    @Test func `what never opens within a year has no opening, and is not looked for minute by minute`() throws {
        let start = try #require(Instant("2026-01-01T00:00:00Z"))
        let frozen = try SyncWindows([window(.deny, "* * * * *", .seconds(3_600))])
        let crossed = try SyncWindows([
            window(.allow, "0 9 * * *", .seconds(3_600)), window(.deny, "0 0 * * *", .seconds(86_400)),
        ])
        let far = try SyncWindows([window(.allow, "0 0 29 2 *", .seconds(3_600))])
        let elapsed = ContinuousClock().measure {
            for windows in [frozen, crossed, far] {
                #expect(!windows.isOpen(at: start))
                #expect(windows.nextOpening(atOrAfter: start) == nil)
            }
        }
        #expect(elapsed < .seconds(5))
        try expect(far, at: "2027-03-01T00:00:00Z", opensAt: "2028-02-29T00:00:00Z")
    }

    @Test func `a duration is time that passes, on a night with a change of clocks too`() throws {
        let berlin = try SyncWindows([window(.allow, "0 1 * * *", .seconds(7_200), in: "Europe/Berlin")])
        // One to two, and three to four.
        try expect(berlin, at: "2026-03-29T01:59:59Z", opensAt: "2026-03-29T01:59:59Z")
        try expect(berlin, at: "2026-03-29T02:00:00Z", opensAt: "2026-03-29T23:00:00Z")
    }

    @Test(arguments: [Duration.zero, .seconds(-1), .seconds(367 * 86_400)])
    func `a duration that opens nothing, or more than a year, is refused`(duration: Duration) {
        #expect(throws: ScheduleError("duration of the window \"@daily\": use 1 second to 366 days")) {
            try window(.allow, "@daily", duration)
        }
    }
}
