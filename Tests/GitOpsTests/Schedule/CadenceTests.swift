import GitOps
import Resources
import Testing

/// When a Sync runs next, told what happened.
@Suite struct CadenceTests {
    private func at(_ text: String) throws -> Instant { try #require(Instant(text)) }

    private func daily(_ zone: String = "UTC") throws -> CronSchedule {
        try CronSchedule("0 3 * * *", in: try TimeZoneRules(named: zone))
    }

    @Test func `each failure doubles the wait up to five minutes`() {
        let backoff = Backoff(initial: .seconds(30))
        #expect((1...6).map(backoff.wait) == [30, 60, 120, 240, 300, 300].map { .seconds($0) })
        #expect(
            Backoff(initial: .seconds(900)).wait(after: 3) == .seconds(900),
            "an interval longer than the bound stays"
        )
        #expect(Backoff(initial: .seconds(1), factor: 10, longest: .seconds(50)).wait(after: 9) == .seconds(50))
        #expect(Backoff(initial: .seconds(7), factor: 1).wait(after: 9) == .seconds(7))
    }

    @Test func `it runs at once, then an interval after each question, moved by the jitter`() throws {
        let now = try at("2026-03-01T12:00:00Z")
        var cadence = Cadence(interval: .seconds(100))
        var progress = Cadence.Progress(scheduled: now)
        #expect(cadence.next(after: progress, now: now, point: 0.5)?.at == now)
        progress.asked = now
        #expect(cadence.next(after: progress, now: now, point: 0)?.at == now + .seconds(90))
        #expect(cadence.next(after: progress, now: now, point: 1)?.at == now + .seconds(110))
        cadence.jitter = 0
        #expect(cadence.next(after: progress, now: now, point: 1)?.at == now + .seconds(100))
        progress.failures = 2
        let retry = try #require(cadence.next(after: progress, now: now, point: 0.5))
        #expect(retry.reason == .retry)
        #expect(retry.at == now + .seconds(200))
    }

    @Test func `with a schedule alone it waits for its first time`() throws {
        let now = try at("2026-03-01T12:00:00Z")
        var cadence = Cadence(interval: nil)
        #expect(cadence.next(after: Cadence.Progress(scheduled: now), now: now, point: 0) == nil)
        cadence.schedule = try daily()
        let next = try #require(cadence.next(after: Cadence.Progress(scheduled: now), now: now, point: 0))
        #expect(next.reason == .schedule)
        #expect(next.at == (try at("2026-03-02T03:00:00Z")))
    }

    @Test func `runs that were missed are made up for by one`() throws {
        let now = try at("2026-03-05T12:00:00Z")
        var cadence = Cadence(interval: nil)
        cadence.schedule = try daily()
        var progress = Cadence.Progress(scheduled: try at("2026-03-01T12:00:00Z"))
        #expect(cadence.next(after: progress, now: now, point: 0)?.at == now)
        progress.scheduled = now
        #expect(
            cadence.next(after: progress, now: now, point: 0)?.at == (try at("2026-03-06T03:00:00Z")),
            "one, not four"
        )
    }

    @Test func `of many rings the one counts that asks for most`() {
        let reasons: [Cadence.Reason] = [.dependency, .poll, .webhook, .request, .drift, .poll, .dependency]
        var rung: [Cadence.Reason] = []
        for reason in reasons { rung.append(reason.folded(over: rung.last)) }
        #expect(rung == [.dependency, .poll, .webhook, .request, .request, .request, .request])
        #expect(Cadence.Reason.poll.folded(over: .webhook) == .webhook)
        #expect(Cadence.Reason.dependency.folded(over: .poll) == .poll)
    }

    @Test func `a sync that gives way waits no longer than until the next is scheduled`() throws {
        var cadence = Cadence(interval: nil)
        cadence.schedule = try daily()
        let now = try at("2026-03-05T02:59:00Z")
        #expect(cadence.patience(.seconds(300), now: now) == .seconds(300))
        cadence.replaces = true
        #expect(cadence.patience(.seconds(300), now: now) == .seconds(60))
        #expect(cadence.patience(.seconds(10), now: now) == .seconds(10))
    }
}
