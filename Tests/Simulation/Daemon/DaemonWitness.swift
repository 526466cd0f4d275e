import Git
import GitOps
import Resources
import Store

/// Sees what a daemon does, and says what it must not: by what authors, forges and people meant, by each minute of the clocks,
/// and by nothing that the daemon itself has worked out.
struct DaemonWitness {
    /// What is wrong.
    var faults: [String] = []
    private var records: [String: Record]
    /// For each remote, when its commits came, by the time that has passed.
    private var pushes: [Int: [Duration]] = [:]
    /// When a remote was last asked in vain or not, in this process.
    private var answers: [Int: Instant] = [:]
    /// The deliveries that this process knows.
    private var known: Set<String> = []
    /// When somebody last set the clock, by the time that has passed.
    private var jumpedAt = Duration.seconds(-1_000_000)

    /// What is known of one Sync.
    struct Record {
        let plan: DaemonCircumstances.Plan
        let calendar: SyncCalendar
        /// Until when its schedule was followed, as this process and as the disk know it.
        var followed: Instant?
        var kept: Instant?
        /// Since when scheduled runs that are skipped when missed are not missed.
        var presentSince = Instant(milliseconds: 0)
        /// When it last ran, whatever for.
        var lastBegun = Instant(milliseconds: 0)
        var obstacle: SyncAgenda.Obstacle?
        var failures = 0
        var lastFailure = Duration.zero
        /// Whether a right call came that no run was begun for, and whether the Sync knows.
        var isCalled = false
        var hasTakenCall = false
        var runReason: Cadence.Reason?
        /// Whether the remote had moved on when it was to be fetched.
        var isOvertaken = false
        var commit: String?
        /// Since when nothing stands between a push and its being applied.
        var calmSince = Duration.zero
        /// The commit that a call told of, and when.
        var toldOf: (index: Int, at: Duration)?
        var editedAt: Duration?
    }

    init(_ circumstances: DaemonCircumstances) throws {
        var clocks: [String: Clockface] = [:]
        for zone in DaemonCircumstances.zones { clocks[zone] = try Clockface(zone, around: circumstances.start) }
        records = [:]
        for plan in circumstances.plans {
            records[plan.name] = Record(plan: plan, calendar: try SyncCalendar(plan, clocks))
        }
    }
}

// MARK: - What it is told

extension DaemonWitness {
    mutating func booted(_ now: Instant, _ elapsed: Duration, _ state: Store::State) {
        (answers, known) = ([:], [])
        for (name, before) in records {
            var record = Record(plan: before.plan, calendar: before.calendar)
            (record.kept, record.followed) = (before.kept, before.kept ?? now)
            (record.presentSince, record.lastBegun, record.calmSince) = (now, before.lastBegun, elapsed)
            (record.commit, record.editedAt) = (before.commit, before.editedAt)
            records[name] = record
        }
    }

    mutating func isDown() { for name in records.keys { records[name]?.editedAt = nil } }

    mutating func jumped(_ elapsed: Duration) { jumpedAt = elapsed }

    mutating func pushed(_ remote: Int, _ elapsed: Duration) { pushes[remote, default: []].append(elapsed) }

    mutating func edited(_ name: String, _ elapsed: Duration) { records[name]?.editedAt = elapsed }

    /// Somebody has it go on: what was scheduled while it stood still is missed.
    mutating func resumed(_ name: String, at now: Instant) {
        guard case .suspended = records[name]?.obstacle else { return }
        records[name]?.presentSince = now + .milliseconds(-1)
    }

    /// A call came, of a push to that remote, or one that is to be without effect.
    mutating func called(_ remote: Int?, id: String?, _ elapsed: Duration) {
        guard let remote, id.map({ known.insert($0).inserted }) ?? true else { return }
        let index = pushes[remote, default: []].count - 1
        for name in records.keys where records[name]?.plan.remote == remote {
            records[name]?.isCalled = true
            records[name]?.toldOf = (index, elapsed)
        }
    }

    mutating func tookCall(_ name: String) {
        if records[name]?.isCalled ?? false { records[name]?.hasTakenCall = true }
        records[name]?.isCalled = false
    }

    mutating func told(_ name: String, _ obstacle: SyncAgenda.Obstacle?, at now: Instant) {
        records[name]?.obstacle = obstacle
        guard case .closed(let opening?) = obstacle, let calendar = records[name]?.calendar else { return }
        if calendar.isOpen(now.minute) { faults.append("windows: \(name) waits for one that is open") }
        guard let minute = (now.minute..<now.minute + 2_000).first(where: calendar.isOpen) else { return }
        if minute != opening.minute { faults.append("windows: \(name) waits until \(opening), and one opens before") }
    }

    mutating func passed(_ name: String) { records[name]?.failures = 0 }

    mutating func failed(_ name: String, at now: Instant, _ elapsed: Duration) {
        // It may not have come to a run.
        records[name]?.lastBegun = now
        records[name]?.failures += 1
        records[name]?.lastFailure = elapsed
    }

    mutating func overtaken(_ name: String) {
        records[name]?.isOvertaken = true
        // It comes back for the same reason.
        if records[name]?.runReason == .webhook { records[name]?.hasTakenCall = true }
    }

    mutating func kept(_ name: String, _ scheduled: Instant) { records[name]?.kept = scheduled }

    mutating func succeeded(_ name: String, _ result: SyncResult) {
        records[name]?.failures = 0
        let (read, written) = (result.statistics.git, result.statistics.store)
        guard result.isNothingNew, result.heldBack == 0, result.report == nil else { return }
        if read.treesRead + read.blobsRead + written.objectsWritten > 0 {
            faults.append(
                "nothing new: \(name) read \(read.treesRead) trees and wrote \(written.objectsWritten) objects"
            )
        }
    }
}

// MARK: - Questions and runs

extension DaemonWitness {
    /// A Sync asks its remote, as no answer that another had is good enough for it.
    mutating func asks(_ plan: DaemonCircumstances.Plan, asOf instant: Instant, at now: Instant) {
        guard instant < now, let interval = plan.interval, let last = answers[plan.remote] else { return }
        // Nobody needs to know better than most of an interval ago.
        if now - last < .seconds(interval) * 0.79 {
            faults.append("polls: \(plan.name) asks \(now - last) after somebody else, at an interval of \(interval) s")
        }
    }

    mutating func answered(_ remote: Int, askedAt instant: Instant) { answers[remote] = instant }

    /// A Sync runs.
    ///
    /// - Returns: what is rare about it.
    mutating func begins(
        _ name: String,
        _ run: SyncAgenda.Run,
        at now: Instant,
        _ elapsed: Duration,
        _ state: Store::State
    ) -> [String] {
        guard var record = records[name] else { return [] }
        let plan = record.plan
        if state[Key(.sync, "", name)]?.syncStatus.suspension != nil {
            faults.append("suspended: \(name) runs")
        }
        if run.reason != .request, !record.calendar.isOpen(run.start.minute) {
            faults.append("windows: \(name) runs outside of them")
        }
        var situations: [String] = []
        switch run.reason {
        case .schedule:
            situations = scheduled(record, run.start)
            record.followed = run.start
        case .webhook:
            if !record.hasTakenCall { faults.append("calls: \(name) runs, and nobody called") }
            record.hasTakenCall = false
        case .retry where record.failures == 0:
            if !record.isOvertaken { faults.append("backoff: \(name) tries again, and nothing failed") }
        case .retry where jumpedAt < record.lastFailure:
            let least = min(
                Double(plan.interval ?? 30) * pow2(record.failures - 1),
                max(300, Double(plan.interval ?? 30))
            )
            if elapsed - record.lastFailure < .seconds(least * 0.89) {
                faults.append(
                    "backoff: \(name) tries again \(elapsed - record.lastFailure) after failure \(record.failures)"
                )
            }
            if record.failures > 2 { situations.append("many failures in a row") }
        default: break
        }
        (record.runReason, record.isOvertaken) = (run.reason, false)
        record.lastBegun = now
        records[name] = record
        return situations
    }

    private func pow2(_ exponent: Int) -> Double { Double(1 << min(exponent, 20)) }

    private mutating func scheduled(_ record: Record, _ start: Instant) -> [String] {
        guard let cron = record.plan.schedule, var earliest = record.followed else {
            faults.append("schedule: \(record.plan.name) has none, and runs for it")
            return []
        }
        if record.plan.skipsMissed { earliest = max(earliest, record.presentSince + .milliseconds(-1)) }
        let due = minutes(after: earliest, upTo: start).filter(record.calendar.isDue)
        guard let last = due.last else {
            faults.append("schedule: \(record.plan.name) runs for it at \(start), and it does not say so")
            return []
        }
        var situations: [String] = []
        if record.calendar.isNearChange(last) {
            situations.append("scheduled where clocks change, \(cron.zone)")
        }
        if start.minute - last > 11 { situations.append("a missed run was made up for") }
        return situations
    }
}

// MARK: - What has become so

extension DaemonWitness {
    /// Looks at what each Sync has applied.
    mutating func look(at state: Store::State, _ elapsed: Duration, _ remotes: DaemonRemotes, isFaulty: Bool) {
        for name in records.keys.sorted() {
            guard var record = records[name] else { continue }
            let status = state[Key(.sync, "", name)]?.syncStatus
            if status?.commit != record.commit {
                record.commit = status?.commit
                for other in record.plan.dependsOn { checkOrder(record, other, state, remotes) }
            }
            let isWaiting = if case .waiting = record.obstacle { true } else { false }
            // What failed is tried again after an interval or five minutes at most.
            let backoff = Duration.seconds(max(300, record.plan.interval ?? 30)) * 1.1 + .seconds(100)
            let mayWait = record.failures > 0 && elapsed - record.lastFailure < backoff
            if isFaulty || isWaiting || mayWait || status?.suspension != nil || remotes[record.plan.remote] != .fine {
                record.calmSince = elapsed
            }
            records[name] = record
        }
    }

    /// Nothing is applied before what comes before it.
    private mutating func checkOrder(
        _ record: Record,
        _ name: String,
        _ state: Store::State,
        _ remotes: DaemonRemotes
    ) {
        guard let other = records[name]?.plan, let before = state[Key(.sync, "", name)]?.syncStatus.commit else {
            faults.append("order: \(record.plan.name) was applied before \(name)")
            return
        }
        let isShared = other.remote == record.plan.remote
        let (own, theirs) = (
            remotes.index(of: record.commit, other.remote), remotes.index(of: before, other.remote)
        )
        if isShared, own ?? -1 > theirs ?? -1 {
            faults.append("order: \(record.plan.name) applied a commit that \(name) has not seen")
        }
        let service = state[Key(.service, "default", name)]
        if service?.serviceStatus.conditions.isTrue("Ready") != true {
            faults.append("order: \(record.plan.name) was applied while \(name) is not ready")
        }
    }

    /// Looks whether something is overdue.
    ///
    /// - Parameter busy: the Syncs in the middle of a turn.
    mutating func check(
        at now: Instant,
        _ elapsed: Duration,
        _ state: Store::State,
        busy: Set<String>,
        _ remotes: DaemonRemotes
    ) {
        // Whoever sleeps looks at a clock that was set after a while.
        guard elapsed - jumpedAt > .seconds(700) else { return }
        for name in records.keys.sorted() {
            guard let record = records[name] else { continue }
            let applied = remotes.index(of: record.commit, record.plan.remote) ?? -1
            // A run that waits for rest looks at the remote after an interval, and ends after ten minutes.
            let lookout = Duration.seconds(min(record.plan.interval ?? 30, 600) + 200)
            if let told = record.toldOf, elapsed - told.at > lookout {
                let isCalm = isCalm(record, for: elapsed - told.at, elapsed, now)
                if isCalm, applied < told.index {
                    faults.append("calls: \(name) was told of a commit, and did not apply it")
                }
                records[name]?.toldOf = nil
            }
            if let interval = record.plan.interval {
                let patience = Duration.seconds(3 * interval + 200)
                let last = pushes[record.plan.remote, default: []].lastIndex { $0 <= elapsed - patience }
                if let last, applied < last, isCalm(record, for: patience, elapsed, now) {
                    faults.append("late: \(name) has not applied what was pushed \(patience) ago")
                }
            }
            if let edited = record.editedAt, elapsed - edited > .seconds(800) {
                let isCalm = isCalm(record, for: elapsed - edited, elapsed, now)
                if isCalm, state.isMarked(Key(.service, "default", name), .edited) {
                    faults.append("drift: \(name) was changed by hand, and stays so")
                }
                records[name]?.editedAt = nil
            }
            if !busy.contains(name) { checkSchedule(record, now) }
        }
    }

    /// Whether nothing stood in the way of a Sync for so long.
    private func isCalm(_ record: Record, for duration: Duration, _ elapsed: Duration, _ now: Instant) -> Bool {
        guard elapsed - record.calmSince >= duration, elapsed - jumpedAt > duration else { return false }
        return record.plan.windows.isEmpty
            || minutes(after: now + (.zero - duration) + .seconds(-60), upTo: now).allSatisfy(record.calendar.isOpen)
    }

    private mutating func checkSchedule(_ record: Record, _ now: Instant) {
        guard let cron = record.plan.schedule, record.obstacle == nil, record.calendar.isOpen(now.minute),
            let followed = record.followed
        else { return }
        var earliest = max(followed, record.lastBegun)
        if record.plan.skipsMissed { earliest = max(earliest, record.presentSince) }
        guard let missed = minutes(after: earliest, upTo: now).first(where: record.calendar.isDue) else { return }
        faults.append(
            "schedule: \(record.plan.name) did not run at \(Instant(minute: missed)) (\(cron.text), \(cron.zone))"
        )
    }
}

// MARK: - Minutes

extension DaemonWitness {
    /// Whether a Sync's windows were open at any time in the day before.
    func hasOpened(_ name: String, before now: Instant) -> Bool {
        guard let calendar = records[name]?.calendar else { return false }
        return (now.minute - 1_740..<now.minute).contains(where: calendar.isOpen)
    }

    /// The minutes that begin after one instant, and not after another.
    private func minutes(after earliest: Instant, upTo latest: Instant) -> Range<Clockface.Minute> {
        let first = earliest.minute + 1
        return first..<max(first, latest.minute + 1)
    }
}

extension Instant {
    /// Minutes since 1970.
    fileprivate var minute: Clockface.Minute { Int(milliseconds / 60_000) }

    fileprivate init(minute: Clockface.Minute) { self.init(milliseconds: Int64(minute) * 60_000) }
}
