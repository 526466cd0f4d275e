internal import Resources

/// How fast a target's traffic moves to a newer Revision: which step shows what, and when it is due (specification §5.5).
///
/// Steps count from 1, which is shown at the start. A pure function of the step, so that doing it twice moves nothing.
enum RolloutPace: Hashable {
    /// Everything in the first step.
    case atOnce
    /// A quarter of the target's share each.
    case quarters(every: Duration)
    /// So many percent of the target's share after each step, and all of it after one more.
    case chosen([Int], every: Duration)
    /// First 1 %, then equal steps of at least 1 % and at least a second, so that all is moved after that many seconds.
    case evenly(seconds: Int)

    /// The pace of a Route: its own steps, else its annotation, else the setting.
    init(of route: Object, _ settings: EngineSettings) {
        let usual = settings.stepInterval
        if let steps = route.routeSpec.steps {
            // Who asks for steps gets steps, also where the usual way is at once.
            let interval = steps.interval ?? (usual > .zero ? usual : .seconds(1))
            self = steps.percents.map { .chosen($0, every: interval) } ?? .quarters(every: interval)
        } else if let seconds = RolloutDuration.seconds(in: route.metadata.annotations) {
            self = seconds == 0 ? .atOnce : .evenly(seconds: seconds)
        } else {
            self = usual <= .zero ? .atOnce : .quarters(every: usual)
        }
    }
}

extension RolloutPace {
    /// The percents that have moved at a step, of a share of so many percent.
    func moved(at step: Int, of share: Int) -> Int {
        guard step > 0 else { return 0 }
        switch self {
        case .atOnce: return share
        case .quarters: return step >= 4 ? share : min(share, (share * 25 * step + 50) / 100)
        case .chosen(let percents, _):
            guard step <= percents.count else { return share }
            // A step that shows nothing would be none.
            return min(share, max(1, (share * percents[step - 1] + 50) / 100))
        case .evenly:
            let count = stepCount(of: share)
            guard step <= count else { return share }
            let size = (share - 1 + count / 2) / count
            return min(share, 1 + (step - 1) * size)
        }
    }

    /// The time between two steps.
    func interval(of share: Int) -> Duration {
        switch self {
        case .atOnce: .zero
        case .quarters(let interval), .chosen(_, let interval): interval
        case .evenly(let seconds): .milliseconds(Int64(max(1, seconds - 1)) * 1_000 / Int64(stepCount(of: share)))
        }
    }

    /// How many steps follow the first. The data plane confirms at once, so a step may be a second.
    private func stepCount(of share: Int) -> Int {
        guard case .evenly(let seconds) = self else { return 1 }
        return max(1, min(max(1, seconds - 1), share - 1))
    }
}

/// One target's rollout at an instant: what it shows, and what comes next.
struct Rollout {
    let progress: RolloutProgress
    let pace: RolloutPace
    /// What the older Revisions had at the start, together.
    private let share: Int

    init(_ progress: RolloutProgress, _ pace: RolloutPace) {
        self.progress = progress
        self.pace = pace
        share = progress.from.reduce(0) { $0 + $1.percent }
    }

    /// Whether the older Revisions have nothing left.
    var isDone: Bool { pace.moved(at: progress.step, of: share) >= share }

    /// When the step that is shown was due.
    var lastStep: Instant { after(progress.step - 1) }

    /// When the next step is due.
    var nextStep: Instant { after(progress.step) }

    private func after(_ steps: Int) -> Instant {
        progress.start + .milliseconds(pace.interval(of: share).wholeMilliseconds * Int64(steps))
    }

    /// The same rollout with the steps that are due at `now`.
    ///
    /// A step that is late by more than the time between two was missed because nobody was there. Then one step is taken
    /// and the start moves, so that those that follow keep their distance: a restart goes on where it stood.
    func advanced(to now: Instant) -> Rollout {
        guard now >= nextStep, !isDone else { return self }
        let interval = pace.interval(of: share).wholeMilliseconds
        var (start, step) = (progress.start, progress.step + 1)
        if interval == 0 {
            // The pace was changed on the way, and now nothing is to be waited for.
        } else if now > nextStep + .milliseconds(interval) {
            start = now + .milliseconds(-interval * Int64(progress.step))
        } else {
            step = Int((now - start).wholeMilliseconds / interval) + 1
        }
        let moved = RolloutProgress(
            configurationName: progress.configurationName,
            name: progress.name,
            to: progress.to,
            start: start,
            step: step,
            from: progress.from
        )
        return Rollout(moved, pace)
    }

    /// Who has how much of the target's `percent`: older Revisions first, those without traffic left out.
    ///
    /// The newest of the older ones gives first. Where the target's percent is no longer what it was at the start, the new
    /// Revision gets what came, and the oldest lose what went; so do Revisions that are gone give theirs to the new one.
    func shares(of percent: Int, isThere: (String) -> Bool) -> [TrafficShare] {
        let moved = pace.moved(at: progress.step, of: share)
        var rest = progress.from.map(\.percent)
        Self.take(moved, from: &rest, in: rest.indices.reversed())
        for (index, older) in progress.from.enumerated() where !isThere(older.revisionName) { rest[index] = 0 }
        let room = max(0, percent - moved)
        Self.take(rest.reduce(0, +) - room, from: &rest, in: Array(rest.indices))
        var shares: [TrafficShare] = []
        for (older, left) in zip(progress.from, rest) where left > 0 {
            shares.append(TrafficShare(revisionName: older.revisionName, name: progress.name, percent: left))
        }
        let newest = percent - rest.reduce(0, +)
        return shares + [TrafficShare(revisionName: progress.to, name: progress.name, percent: newest)]
    }

    private static func take(_ amount: Int, from rest: inout [Int], in order: some Sequence<Int>) {
        var left = amount
        for index in order where left > 0 {
            let taken = min(left, rest[index])
            rest[index] -= taken
            left -= taken
        }
    }
}
