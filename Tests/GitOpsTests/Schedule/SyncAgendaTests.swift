import Git
import Resources
import Testing

@testable import GitOps

/// What a daemon does next about a Sync, told what happened.
@Suite struct SyncAgendaTests {
    private let noon: Instant
    private let old: ObjectID
    private let new: ObjectID

    init() throws {
        noon = try #require(Instant("2026-03-01T12:00:00Z"))
        old = try #require(ObjectID(hex: String(repeating: "a", count: 40)))
        new = try #require(ObjectID(hex: String(repeating: "b", count: 40)))
    }

    private func cadence(
        interval: Duration?,
        schedule: String? = nil,
        windows: [SyncWindow] = []
    ) throws -> Cadence {
        var cadence = Cadence(interval: interval)
        cadence.jitter = 0
        cadence.schedule = try schedule.map { try CronSchedule($0, in: .utc) }
        cadence.windows = SyncWindows(windows)
        return cadence
    }

    private func result(_ commit: ObjectID) throws -> SyncResult {
        let options = SyncOptions(remote: try RemoteURL("/srv/shop"))
        return SyncResult(options, commit: commit, runtime: "none")
    }

    /// An agenda whose first run has just ended at that commit.
    private func settled(_ cadence: Cadence, at commit: ObjectID) throws -> SyncAgenda {
        var agenda = SyncAgenda(cadence, scheduled: nil, now: noon)
        guard case .run = agenda.next(at: noon, point: 0, .init()) else { throw SyncError(.otherSetting, "no run") }
        agenda.ended(try result(commit), at: noon)
        return agenda
    }

    /// The run that comes next, with the answer that the remote gives on the way.
    private func run(
        _ agenda: inout SyncAgenda,
        at now: Instant,
        _ facts: SyncAgenda.Facts = .init(),
        tip: ObjectID
    ) -> SyncAgenda.Run? {
        while true {
            switch agenda.next(at: now, point: 0, facts) {
            case .ask(let instant): agenda.answered(tip, asOf: instant)
            case .tell(let obstacle): agenda.told(obstacle)
            case .keep(let scheduled): agenda.kept(scheduled)
            case .want: continue
            case .run(let run): return run
            case .pass, .wait: return nil
            }
        }
    }

    // MARK: - Polls

    @Test func `a poll is content with what another Sync was told within most of the interval`() throws {
        var agenda = try settled(cadence(interval: .seconds(100)), at: old)
        #expect(agenda.next(at: noon, point: 0, .init()) == .wait(until: noon + .seconds(100)))
        let poll = noon + .seconds(100)
        #expect(agenda.next(at: poll, point: 0, .init()) == .ask(asOf: noon + .seconds(20)))
        agenda.answered(old, asOf: noon + .seconds(20))
        #expect(agenda.next(at: poll, point: 0, .init()) == .pass)
        #expect(agenda.next(at: poll, point: 0, .init()) == .wait(until: poll + .seconds(100)))
        #expect(run(&agenda, at: poll + .seconds(100), tip: new)?.reason == .poll)
    }

    @Test func `where the state waits for something a poll runs, whatever the remote says`() throws {
        var agenda = try settled(cadence(interval: .seconds(100)), at: old)
        #expect(run(&agenda, at: noon + .seconds(100), .init(isQuiet: false), tip: old) != nil)
    }

    @Test func `what fails is tried again after the backoff, and once it went well after the interval`() throws {
        var agenda = try settled(cadence(interval: .seconds(30)), at: old)
        agenda.ring(.webhook)
        _ = agenda.next(at: noon, point: 0, .init())
        #expect(agenda.failed(at: noon) == .seconds(30))
        _ = agenda.next(at: noon + .seconds(30), point: 0, .init())
        #expect(agenda.failed(at: noon + .seconds(31)) == .seconds(60))
        let retry = noon + .seconds(91)
        #expect(agenda.next(at: retry - .milliseconds(1), point: 0, .init()) == .wait(until: retry))
        #expect(run(&agenda, at: retry, tip: new)?.reason == .retry)
        agenda.ended(try result(new), at: retry)
        #expect(agenda.next(at: retry, point: 0, .init()) == .wait(until: retry + .seconds(30)))
    }

    // MARK: - Schedules

    /// A timer is always some milliseconds late. Missed is what came while nobody was there, and not that.
    @Test func `a schedule that skips missed runs comes at its times`() throws {
        var hourly = try cadence(interval: nil, schedule: "0 * * * *")
        hourly.catchesUp = false
        var agenda = SyncAgenda(hourly, scheduled: noon - .seconds(7_200), now: noon + .seconds(1))
        let one = noon + .seconds(3_600)
        #expect(agenda.next(at: noon + .seconds(1), point: 0, .init()) == .wait(until: one), "none for what was missed")
        let late = one + .milliseconds(7)
        #expect(run(&agenda, at: late, tip: old)?.reason == .schedule)
        agenda.ended(try result(old), at: late)
        #expect(agenda.next(at: late, point: 0, .init()) == .keep(scheduled: late))
        agenda.kept(late)
        #expect(agenda.next(at: late, point: 0, .init()) == .wait(until: one + .seconds(3_600)))
    }

    @Test func `what is scheduled while a Sync is suspended is missed`() throws {
        var hourly = try cadence(interval: nil, schedule: "0 * * * *")
        for catchesUp in [false, true] {
            hourly.catchesUp = catchesUp
            var agenda = SyncAgenda(hourly, scheduled: nil, now: noon)
            let one = noon + .seconds(3_600)
            #expect(run(&agenda, at: one, .init(suspension: "a freeze"), tip: old) == nil)
            let resumed = one + .seconds(10_000)
            agenda.ring(.poll)
            #expect(run(&agenda, at: resumed, tip: old)?.reason == .poll)
            agenda.ended(try result(old), at: resumed)
            #expect((run(&agenda, at: resumed, tip: old)?.reason == .schedule) == catchesUp)
        }
    }

    /// A Sync whose daemon ends before its first scheduled run would otherwise begin to count when the next one starts.
    @Test func `since when a schedule is followed is kept with the first run`() throws {
        var agenda = SyncAgenda(try cadence(interval: .seconds(60), schedule: "0 3 * * *"), scheduled: nil, now: noon)
        _ = agenda.next(at: noon, point: 0, .init())
        agenda.ended(try result(old), at: noon)
        #expect(agenda.next(at: noon, point: 0, .init()) == .keep(scheduled: noon))
        // A disk that is full is no reason to stop.
        agenda.failed(at: noon)
        #expect(agenda.next(at: noon, point: 0, .init()) == .wait(until: noon + .seconds(60)))
    }

    // MARK: - Windows

    @Test func `outside its windows it waits for them, and a person does not`() throws {
        let night = try SyncWindow(
            kind: .allow,
            schedule: CronSchedule("0 22 * * *", in: .utc),
            duration: .seconds(3_600)
        )
        var agenda = SyncAgenda(try cadence(interval: .seconds(60), windows: [night]), scheduled: nil, now: noon)
        let opening = noon + .seconds(36_000)
        #expect(agenda.next(at: noon, point: 0, .init()) == .tell(.closed(until: opening)))
        agenda.told(.closed(until: opening))
        #expect(agenda.next(at: noon, point: 0, .init()) == .wait(until: opening))
        agenda.ring(.webhook)
        #expect(run(&agenda, at: noon + .seconds(9), tip: old) == nil)
        agenda.ring(.request)
        #expect(run(&agenda, at: noon + .seconds(10), tip: old)?.reason == .request)
        agenda.failed(at: noon + .seconds(10))
        #expect(run(&agenda, at: noon + .seconds(70), tip: old) == nil, "what a person asked for is not tried again")
        #expect(run(&agenda, at: opening, tip: old) != nil)
    }

    @Test func `a window that opens in some years is waited for`() throws {
        let leap = try SyncWindow(kind: .allow, schedule: CronSchedule("0 0 29 2 *", in: .utc), duration: .seconds(60))
        var agenda = SyncAgenda(try cadence(interval: .seconds(60), windows: [leap]), scheduled: nil, now: noon)
        agenda.ring(.poll)
        #expect(agenda.next(at: noon, point: 0, .init()) == .tell(.closed(until: nil)))
        agenda.told(.closed(until: nil))
        guard case .wait(let next?) = agenda.next(at: noon, point: 0, .init()) else {
            Issue.record("it is never looked at again")
            return
        }
        #expect(run(&agenda, at: next, tip: old) == nil)
        let day = try #require(Instant("2028-02-29T00:00:00Z"))
        #expect(agenda.next(at: next, point: 0, .init()) == .wait(until: day))
    }

    // MARK: - Dependencies

    /// A webhook comes for both at once. What the remote answered to somebody a moment ago is older than the push, and what it
    /// has now the other has not seen.
    @Test func `only what its dependency has seen is applied`() throws {
        var agenda = try settled(cadence(interval: .seconds(100)), at: old)
        let facts = SyncAgenda.Facts(dependencies: [.init("base", isReady: true, seen: [old.hex])])
        agenda.ring(.webhook)
        let now = noon + .seconds(5)
        #expect(agenda.next(at: now, point: 0, facts) == .ask(asOf: now - .seconds(80)))
        agenda.answered(old, asOf: now - .seconds(80))
        #expect(agenda.next(at: now, point: 0, facts) == .ask(asOf: now))
        agenda.answered(new, asOf: now)
        #expect(agenda.next(at: now, point: 0, facts) == .want("base"))
        #expect(agenda.next(at: now, point: 0, facts) == .tell(.waiting(for: ["base"])))
        agenda.told(.waiting(for: ["base"]))
        guard case .wait = agenda.next(at: now, point: 0, facts) else {
            Issue.record("it does not wait")
            return
        }
        agenda.ring(.dependency)
        let seen = SyncAgenda.Facts(dependencies: [.init("base", isReady: true, seen: [new.hex])])
        let run = try #require(run(&agenda, at: now, seen, tip: new))
        #expect(run.only == new)
        // The remote moves before it is fetched.
        agenda.overtaken()
        #expect(self.run(&agenda, at: now, seen, tip: old) == nil, "which base has not seen")
    }

    @Test func `what a dependency did moves none that does not wait for it`() throws {
        var agenda = SyncAgenda(try cadence(interval: nil, schedule: "0 3 * * *"), scheduled: nil, now: noon)
        let facts = SyncAgenda.Facts(dependencies: [.init("base", isReady: true)])
        agenda.ring(.dependency)
        #expect(run(&agenda, at: noon, facts, tip: new) == nil)
        agenda.ring(.wanted)
        #expect(run(&agenda, at: noon, facts, tip: new) != nil)
    }

    // MARK: - Answers

    @Test func `an answer is taken for what it says and as long as it is young enough`() throws {
        var tips = RemoteTips()
        tips.follow(.branch("main"))
        tips.take([.branch("main"): .success(old)], askedAt: noon)
        #expect(try tips.tip(of: .branch("main"), asOf: noon)?.get() == old)
        #expect(tips.tip(of: .branch("main"), asOf: noon + .milliseconds(1)) == nil)
        #expect(tips.tip(of: .head, asOf: noon) == nil)
    }
}

private func - (instant: Instant, duration: Duration) -> Instant { instant + (.zero - duration) }
