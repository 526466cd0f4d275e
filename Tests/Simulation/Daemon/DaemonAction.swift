/// One thing that happens to a daemon, or that it lives through. Total, as ``Action`` is: numbers choose among what there is.
public enum DaemonAction: Sendable, Hashable {
    /// A push: which Syncs' images it changes, and how soon those are ready; and what becomes of the call that tells of it.
    case push(Int, [Image], Call)
    /// A call that no push is behind.
    case call(Int, FalseCall)
    /// The calls that were held up arrive, the last first.
    case arrivals
    /// Time passes.
    case pass(Int)
    /// Somebody wants nothing done, wants it done again, or wants it done now.
    case suspend(Int), resume(Int), request(Int)
    /// Somebody changes by hand what a Sync gave.
    case edit(Int)
    /// What a remote is like from now on.
    case remote(Int, Mood)
    /// The process is killed, at once or after so many effects; nobody is there for some seconds then.
    case kill(after: Int, down: Int)
    /// The process ends in order, and another begins after some seconds.
    case restart(down: Int)
    /// The wall clock is set, forwards or back.
    case jump(Int)
    /// The disk refuses writes: which one first, and how many.
    case disk(after: Int, count: Int)
    /// Faults end, everything comes to rest, and all that must hold then is checked.
    case quiet

    /// An image that a push changes.
    public struct Image: Sendable, Hashable {
        var sync: Int
        /// Seconds until it is ready; nil for never.
        var seconds: Int?
    }

    /// What becomes of the call that tells of a push.
    public enum Call: Sendable, Hashable { case arrives, comesTwice, floods, isLost, isHeldUp, none }

    /// A call that no push is behind.
    public enum FalseCall: Sendable, Hashable {
        case forged, tampered, foreign, unsigned, unknownName, ping, replayed
    }

    /// What a remote is like.
    public enum Mood: Sendable, Hashable { case fine, refuses, isSilent, isSlow }
}

extension DaemonAction {
    /// The names under which it is counted.
    var names: [String] {
        func word(_ value: Any) -> String { String("\(value)".prefix { $0 != "(" }) }
        let own = "action \(word(self))"
        return switch self {
        case .push(_, let images, let call):
            [own, "call \(call)"] + images.map { "image \($0.seconds.map { "after \($0) s" } ?? "never") ready" }
        case .call(_, let call): [own, "call \(call)"]
        case .remote(_, let mood): [own, "remote \(mood)"]
        case .jump(let seconds): [own, seconds < 0 ? "jump back" : "jump forwards"]
        default: [own]
        }
    }
}

/// Draws a seed's daemon and what happens to it.
struct DaemonGenerator {
    private var random: SplitMix64
    private var weights: [Int] = []

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func make(count: Int) -> (DaemonCircumstances, [DaemonAction]) {
        let circumstances = DaemonCircumstances(using: &random)
        weights = [30, 10, 4, 6, 4, 5, 4, 4, 1].map { $0 * [0, 1, 1, 2, 3][random.draw(5)] }
        weights[0] = max(weights[0], 20)
        // Between any two things some time passes mostly, or nothing would ever come to rest.
        let actions = (0..<count).flatMap { _ in
            random.happens(percent: 75) ? [action(), time()] : [action()]
        }
        return (circumstances, actions)
    }

    private mutating func time() -> DaemonAction {
        .pass([1, 7, 45, 200, 900, 3_000, 3_000, 10_000][random.draw(8)] + random.draw(40))
    }

    private mutating func action() -> DaemonAction {
        var point = random.draw(weights.reduce(0, +))
        var group = 0
        while point >= weights[group] {
            point -= weights[group]
            group += 1
        }
        let number = random.draw(12)
        switch group {
        case 0: return push(number)
        case 1: return .call(number, falseCall())
        case 2: return .arrivals
        case 3: return [.suspend(number), .resume(number), .resume(number), .request(number)][random.draw(4)]
        case 4: return .edit(number)
        case 5: return .remote(number, [.fine, .fine, .refuses, .isSilent, .isSlow][random.draw(5)])
        case 6:
            let down = [0, 0, 30, 5_000][random.draw(4)]
            return random.happens(percent: 60) ? .kill(after: random.draw(14), down: down) : .restart(down: down)
        case 7:
            return random.happens(percent: 50)
                ? .disk(after: random.draw(4), count: 1 + random.draw(2))
                : .jump([-25, -4, 50, 5_000, 30_000][random.draw(5)])
        default: return .quiet
        }
    }

    private mutating func push(_ number: Int) -> DaemonAction {
        let images = (0..<random.draw(3)).map { _ in
            DaemonAction.Image(
                sync: random.draw(5),
                seconds: [0, 0, 0, 0, 3, 3, 40, 1_500, 1_500, nil][random.draw(10)]
            )
        }
        let calls: [DaemonAction.Call] = [.arrives, .arrives, .comesTwice, .floods, .isLost, .isHeldUp, .none]
        return .push(number, images, calls[random.draw(7)])
    }

    private mutating func falseCall() -> DaemonAction.FalseCall {
        [.forged, .tampered, .foreign, .unsigned, .unknownName, .ping, .replayed][random.draw(7)]
    }
}
