public import Git
public import Resources

/// What a daemon does next about one Sync: told what happened and when, it says which step follows.
///
/// A value that waits for nothing and asks nobody. Whoever follows the Sync takes a step from ``next(at:point:_:)``, carries it
/// out, tells the agenda what came of it, and takes the next; so that a daemon and its simulation decide alike.
public struct SyncAgenda: Sendable {
    private let cadence: Cadence
    private var progress: Cadence.Progress
    private var phase = Phase.between
    /// Why somebody wants it to run, since the last turn.
    private var rung: Cadence.Reason?
    /// The commit of the last run, where nothing was left to do after it.
    private var settled: ObjectID?
    /// Why it does not run, as it was last told.
    private var obstacle: Obstacle?
    /// What it waits for instead of its cadence.
    private var hold: Hold?
    /// For which commit each dependency was asked to run: once is enough.
    private var wanted: [String: ObjectID] = [:]
    /// Until when its schedule was followed, as the state says.
    private var kept: Instant?
    /// Where in the jitter the wait falls that is on.
    private var point: Double?

    /// The agenda of a Sync that nobody has followed yet in this process.
    ///
    /// - Parameter scheduled: until when its schedule was followed before; nil for never.
    public init(_ cadence: Cadence, scheduled: Instant?, now: Instant) {
        self.cadence = cadence
        kept = scheduled
        progress = Cadence.Progress(scheduled: cadence.catchesUp ? scheduled ?? now : now)
    }
}

// MARK: - What it says and is told

extension SyncAgenda {
    /// What is to be done next.
    public enum Step: Hashable, Sendable {
        /// Wait for a ring, or until that instant, if there is one; no longer than ``longestWait`` without another look.
        case wait(until: Instant?)
        /// Ask where the remote stands, as of that instant or later: ``answered(_:asOf:)``.
        case ask(asOf: Instant)
        /// Have a Sync run that has not seen yet what this one is about to apply.
        case want(String)
        /// Say and keep why it does not run, or that nothing is in its way any more: ``told(_:)``.
        case tell(Obstacle?)
        /// Nothing: the remote stands where the last run left nothing to do.
        case pass
        /// Run it: ``ended(_:at:)``, or ``overtaken()``.
        case run(Run)
        /// Keep until when its schedule was followed: ``kept(_:)``.
        case keep(scheduled: Instant)
    }

    /// How it is to run.
    public struct Run: Hashable, Sendable {
        /// Why.
        public let reason: Cadence.Reason
        /// Since when it was about to.
        public let start: Instant
        /// The one commit that may be applied, where others have to see it first; nil for whichever the remote has.
        public let only: ObjectID?
        /// How often the remote is looked at while rest is waited for.
        public let lookout: Duration
    }

    /// Why a Sync that is due does not run.
    public enum Obstacle: Hashable, Sendable {
        /// Somebody wants nothing done.
        case suspended(String)
        /// Its windows are closed.
        case closed(until: Instant?)
        /// Others are not in sync and ready.
        case waiting(for: [String])
    }

    /// What it depends on besides, at the moment of the step.
    public struct Facts: Sendable {
        /// Since when and by whom nothing is to be done; nil where nobody wants that.
        public var suspension: String?
        /// The Syncs that come before it.
        public var dependencies: [Dependency]
        /// Whether the state waits for nobody.
        public var isQuiet: Bool

        /// What is so.
        public init(suspension: String? = nil, dependencies: [Dependency] = [], isQuiet: Bool = true) {
            self.suspension = suspension
            self.dependencies = dependencies
            self.isQuiet = isQuiet
        }
    }

    /// A Sync that comes before another.
    public struct Dependency: Sendable {
        /// Which.
        public let name: String
        /// Whether it is in sync and ready.
        public let isReady: Bool
        /// The commits, in hex, that it has seen of what the other follows too; nil where it follows something else.
        public let seen: Set<String>?

        /// A dependency.
        public init(_ name: String, isReady: Bool, seen: Set<String>? = nil) {
            self.name = name
            self.isReady = isReady
            self.seen = seen
        }
    }

    /// What a Sync waits for that may not run.
    private enum Hold {
        /// Somebody who says that things have changed.
        case ring
        /// A moment.
        case until(Instant)
    }

    private enum Phase {
        case between
        case turn(Turn)
        case ending
    }

    private struct Turn {
        let reason: Cadence.Reason
        let start: Instant
        /// Where the remote stands, as of when.
        var answer: (tip: ObjectID, asOf: Instant)?
    }
}

extension SyncAgenda {
    /// How long is waited at most without a look at the clock, which may have been set.
    public static let longestWait = Duration.seconds(600)
}

// MARK: - What happened

extension SyncAgenda {
    /// Somebody wants it to run. Many rings before it comes to that are one.
    public mutating func ring(_ reason: Cadence.Reason) { rung = reason.folded(over: rung) }

    /// The remote stands there.
    public mutating func answered(_ tip: ObjectID, asOf instant: Instant) {
        guard case .turn(var turn) = phase else { return }
        turn.answer = (tip, instant)
        phase = .turn(turn)
    }

    /// It was said and kept what is in its way.
    public mutating func told(_ obstacle: Obstacle?) {
        self.obstacle = obstacle
        settled = nil
    }

    /// It ran, whatever came of that.
    public mutating func ended(_ result: SyncResult, at now: Instant) {
        guard result.reportFailure == nil else {
            failed(at: now)
            return
        }
        let isSettled = result.outcome == .inSync && result.isAtRest && !result.isSuperseded
        settled = isSettled ? result.commit : nil
        close()
        // What is newer already does not wait.
        if result.isSuperseded { ring(.poll) }
    }

    /// The remote stood elsewhere than at the one commit that might be applied, so that nothing was: it looks again at once.
    public mutating func overtaken() {
        guard case .turn(let turn) = phase else { return }
        settled = nil
        phase = .between
        // What a dependency did moves those alone that wait for it, and this one was at work.
        ring(turn.reason == .dependency ? .retry : turn.reason)
    }

    /// A step could not be carried out.
    ///
    /// - Returns: how long it waits until it tries again.
    @discardableResult
    public mutating func failed(at now: Instant) -> Duration {
        progress.failures += 1
        progress.asked = now
        settled = nil
        phase = .between
        return cadence.backoff.wait(after: progress.failures)
    }

    /// Until when its schedule was followed is kept.
    public mutating func kept(_ scheduled: Instant) {
        kept = scheduled
        phase = .between
    }

    /// Ends a turn in which all was done that was to be.
    private mutating func close() {
        guard case .turn(let turn) = phase else { return }
        progress.failures = 0
        // From one question to the next, however long the sync itself took.
        progress.asked = turn.start
        phase = cadence.schedule != nil && kept != progress.scheduled ? .ending : .between
    }
}

// MARK: - What follows

extension SyncAgenda {
    /// The next step.
    ///
    /// - Parameter point: 0...1, uniform: where in the jitter a wait falls that begins now.
    public mutating func next(at now: Instant, point: Double, _ facts: Facts) -> Step {
        while true {
            switch phase {
            case .ending: return .keep(scheduled: progress.scheduled)
            case .turn(let turn): if let step = step(turn, at: now, facts) { return step }
            case .between:
                let drawn = self.point ?? point
                self.point = drawn
                let due = due(at: now, drawn)
                if let due, due.at <= now {
                    begin(due.reason, at: now)
                } else if let reason = takeRing() {
                    begin(reason, at: now)
                } else {
                    return .wait(until: due?.at)
                }
            }
        }
    }

    /// When it runs of its own accord.
    private func due(at now: Instant, _ point: Double) -> (at: Instant, reason: Cadence.Reason)? {
        switch hold {
        case .ring: nil
        case .until(let instant): (instant, .poll)
        case nil: cadence.next(after: progress, now: now, point: point)
        }
    }

    private mutating func takeRing() -> Cadence.Reason? {
        defer { rung = nil }
        // Who does not wait for another is not moved by it: its own schedule counts.
        if rung == .dependency {
            guard case .waiting = obstacle else { return nil }
        }
        return rung
    }

    private mutating func begin(_ reason: Cadence.Reason, at now: Instant) {
        if !cadence.catchesUp, let hold {
            // What came while it was held is missed, but not what comes as that ends.
            let end = if case .until(let opening) = hold { min(opening, now) } else { now }
            progress.scheduled = max(progress.scheduled, end + .milliseconds(-1))
        }
        if reason == .schedule { progress.scheduled = now }
        (hold, point) = (nil, nil)
        phase = .turn(Turn(reason: reason, start: now))
    }

    /// What a turn comes to next; nil where it is over, as something is in the way.
    private mutating func step(_ turn: Turn, at now: Instant, _ facts: Facts) -> Step? {
        var found = plainObstacle(to: turn, facts)
        if found == nil {
            switch unseen(turn, facts) {
            case .step(let step): return step
            case .dependencies(let names): found = names.isEmpty ? nil : .waiting(for: names)
            }
        }
        guard found == obstacle else { return .tell(found) }
        if let found {
            giveUp(because: found, at: now)
            return nil
        }
        return go(turn, facts)
    }

    /// Nothing is in the way.
    private mutating func go(_ turn: Turn, _ facts: Facts) -> Step {
        if turn.reason == .poll, let settled, facts.isQuiet {
            guard let answer = turn.answer else { return .ask(asOf: lately(turn)) }
            if answer.tip == settled {
                close()
                return .pass
            }
        }
        var only: ObjectID?
        if facts.dependencies.contains(where: { $0.seen != nil }) {
            // What they have seen is known of where the remote stands now alone.
            guard let answer = turn.answer, answer.asOf >= turn.start else { return .ask(asOf: turn.start) }
            only = answer.tip
        }
        return .run(
            Run(reason: turn.reason, start: turn.start, only: only, lookout: cadence.interval ?? Self.lookout)
        )
    }

    private mutating func giveUp(because obstacle: Obstacle, at now: Instant) {
        progress.asked = now
        switch obstacle {
        case .suspended: hold = .ring
        case .closed(let opening): hold = .until(opening ?? now + SyncWindow.longest)
        case .waiting: break
        }
        phase = .between
    }

    /// As of when an answer is good enough that another Sync asked for: so within one interval, a remote is asked once.
    private func lately(_ turn: Turn) -> Instant { turn.start + (.zero - (cadence.interval ?? .zero) * 0.8) }

    /// How often a sync that waits for rest looks at the remote, where there is no interval.
    private static let lookout = Duration.seconds(30)
}

// MARK: - What stands in the way

extension SyncAgenda {
    private enum Unseen {
        case step(Step)
        case dependencies([String])
    }

    private func plainObstacle(to turn: Turn, _ facts: Facts) -> Obstacle? {
        if let suspension = facts.suspension { return .suspended(suspension) }
        // A person decides for himself when.
        if turn.reason != .request, !cadence.windows.isOpen(at: turn.start) {
            return .closed(until: cadence.windows.nextOpening(atOrAfter: turn.start))
        }
        return nil
    }

    /// Those of its dependencies that are not in sync and ready, or have not seen yet what this one is about to apply; or the
    /// step that has to come before that is known.
    private mutating func unseen(_ turn: Turn, _ facts: Facts) -> Unseen {
        var names: [String] = []
        for dependency in facts.dependencies {
            guard dependency.isReady else {
                names.append(dependency.name)
                continue
            }
            guard let seen = dependency.seen else { continue }
            guard let answer = turn.answer else { return .step(.ask(asOf: lately(turn))) }
            if seen.contains(answer.tip.hex) { continue }
            // It may have seen more than an answer that another Sync asked for.
            guard answer.asOf >= turn.start else { return .step(.ask(asOf: turn.start)) }
            names.append(dependency.name)
            guard wanted[dependency.name] != answer.tip else { continue }
            wanted[dependency.name] = answer.tip
            return .step(.want(dependency.name))
        }
        return .dependencies(names)
    }
}

extension SyncAgenda.Obstacle {
    /// For messages, and for the state: `waits for base to be in sync and ready`.
    public var words: String {
        switch self {
        case .suspended(let why): "suspended, \(why)"
        case .closed(let opening?): "waits for its window, which opens at \(opening)"
        case .closed(nil): "waits for a window, and none opens within a year; check spec.windows"
        case .waiting(let names): "waits for \(names.joined(separator: ", ")) to be in sync and ready"
        }
    }
}
