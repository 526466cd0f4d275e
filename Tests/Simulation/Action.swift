/// One thing that happens. Total: what does not apply to the world as it stands is skipped, so that any part of a list of
/// actions is a list of actions. Numbers choose among what there is, whatever its count.
public enum Action: Sendable, Hashable {
    /// A commit on the followed branch.
    case commit([Edit])
    /// A commit that brings back the files of so many commits ago.
    case rollBack(Int)
    /// The branch goes back by so many commits, with force.
    case forcePush(Int)
    /// One sync; `isPatient` waits for rest, else only what is due at once is done.
    case sync(Int, isPatient: Bool)
    /// The daemon goes on for so many seconds.
    case drive(Int)
    /// So many seconds in which nobody is there.
    case pass(Int)
    /// The wall clock jumps, forwards or back.
    case jump(Int)
    /// Edits of live objects by people.
    case hand(HandEdit)
    /// What becomes of a container.
    case workload(Int, Fate)
    /// A Build ends.
    case build(Int, succeeds: Bool)
    /// The process dies after so many more effects.
    case crash(Int)
    /// The disk refuses writes: which one first, and how many.
    case disk(DiskFault, after: Int, count: Int)
    /// The remote refuses: which exchange.
    case remote(Wrong, after: Int)
    /// Somebody else pushes to the report branch, now or while a report is being pushed.
    case foreignPush(isMeanwhile: Bool)
    /// Somebody edits a live object while the runtime is at work.
    case meanwhile(HandEdit)
    /// The same sync twice from one beginning: once left alone, once killed after so many effects and done again. Both must
    /// come to the same rest.
    case twins(killedAfter: Int)
    /// The process ends in order and another begins.
    case restart
    /// The state folder is lost.
    case loseDisk
    /// The mirror is lost.
    case loseMirror
    /// Work is taken from the queue in another order; 0 is the usual one.
    case order(Int)
    /// Faults end, everything comes to rest, and all that must hold then is checked.
    case quiet

    /// An edit of the files.
    public enum Edit: Sendable, Hashable {
        case create(Int, file: Int), image(Int, Int), runLatest(Int), pin(Int, revision: Int, percent: Int)
        case release(Int, Int, Int, percent: Int), manual(Int), extras(Int, Int), respell(Int), pace(Int, Int)
        case steps(Int, [Int]), build(Int)
        case breakFile(Int), mendFile(Int), breakDocument(Int), move(Int, file: Int), rename(Int, to: Int), delete(Int)
        case duplicate(Int, file: Int), keep(Int), wave(Int, Int), unrelated
    }

    /// An edit of a live object.
    public enum HandEdit: Sendable, Hashable {
        case image(Int, Int), label(Int), delete(Int, isOrphaning: Bool), deleteChild(Int), create(Int), stale(Int)
    }

    /// What becomes of a container.
    public enum Fate: Sendable, Hashable { case ready, fails, starting }

    /// What a disk does.
    public enum DiskFault: Sendable, Hashable { case full, fails }

    /// What a remote does.
    public enum Wrong: Sendable, Hashable { case refuses, timesOut, declines, answerIsLost, isLate }
}

extension Action {
    /// The name under which it is counted.
    var name: String { Self.word("\(self)") }

    /// The names of all that it holds: an edit each.
    var names: [String] {
        switch self {
        case .commit(let edits): edits.map { "edit \(Self.word("\($0)"))" }
        case .hand(let edit), .meanwhile(let edit): ["hand \(Self.word("\(edit)"))"]
        case .disk(let fault, _, _): ["disk \(fault)"]
        case .remote(let wrong, _): ["remote \(wrong)"]
        case .workload(_, let fate): ["workload \(fate)"]
        default: []
        }
    }

    private static func word(_ text: String) -> String { String(text.prefix { $0 != "(" }) }
}

/// What one seed lives in: drawn first, so that seeds differ in kind and not only in order.
public struct Circumstances: Sendable, Hashable {
    /// The folders that are followed, a Sync each.
    public var folders: [String]
    /// Whether one process goes on, or each sync is a process.
    public var isDaemon: Bool
    /// Whether somebody carries out Builds.
    public var hasBuilder: Bool
    /// Whether the journal is SQLite's, which is slower than the model.
    public var hasRealDisk: Bool
    /// Whether Revisions that nothing leads to go within a minute, and not after days.
    public var keepsFewRevisions: Bool

    /// Circumstances that somebody chose.
    public init(
        folders: [String],
        isDaemon: Bool,
        hasBuilder: Bool,
        hasRealDisk: Bool = false,
        keepsFewRevisions: Bool = false
    ) {
        self.folders = folders
        self.isDaemon = isDaemon
        self.hasBuilder = hasBuilder
        self.hasRealDisk = hasRealDisk
        self.keepsFewRevisions = keepsFewRevisions
    }
}

/// Draws a seed's circumstances and actions.
public struct Generator {
    private var random: SplitMix64
    private let seed: UInt64
    /// How likely each group of actions is: drawn for each seed, so that some live long without a fault and others hardly
    /// get through a sync.
    private var weights: [Int] = []

    /// A generator for one seed.
    public init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        self.seed = seed
    }

    /// The circumstances and the actions.
    public mutating func make(count: Int) -> (Circumstances, [Action]) {
        let circumstances = Circumstances(
            folders: random.happens(percent: 30) ? ["east", "west"] : [""],
            isDaemon: random.happens(percent: 65),
            hasBuilder: random.happens(percent: 50),
            hasRealDisk: random.happens(percent: 6),
            // Not drawn, so that the numbers after it are those of before.
            keepsFewRevisions: SplitMix64.hash("few Revisions", seed: seed) % 4 == 0
        )
        weights = [30, 22, 14, 8, 8, 6, 6, 3, 2].map { $0 * [0, 1, 1, 2, 3][random.draw(5)] }
        // Without commits and syncs nothing happens.
        weights[0] = max(weights[0], 15)
        weights[1] = max(weights[1], 15)
        return (circumstances, withWaves(prologue + (0..<count).map { _ in action() }))
    }

    /// What chance hardly ever puts in this order, in front of one seed in twenty: while a target is missing, a Revision fails
    /// that has a share in status, and that the data plane does not serve. Then the target comes.
    private var prologue: [Action] {
        let number = SplitMix64.hash("prologue", seed: seed)
        guard number % 20 == 0 else { return [] }
        let (name, file) = (Int((number >> 8) % 9), Int((number >> 16) % 8))
        let syncs: [Action] = [.sync(0, isPatient: true), .sync(1, isPatient: true)]
        return [.commit([.create(name, file: file)])] + syncs + [.commit([.image(name, 1)])] + syncs
            + [.commit([.release(name, 0, 2, percent: 50)])] + syncs
            + [.workload(0, .fails), .commit([.image(name, 2)])] + syncs
    }

    /// Whether some of a seed's manifests name waves.
    private var hasWaves: Bool { SplitMix64.hash("waves", seed: seed) % 3 == 0 }

    /// The same actions with a wave for some of what is created or changed. Not drawn, so that the numbers after it are those
    /// of before.
    private func withWaves(_ actions: [Action]) -> [Action] {
        guard hasWaves else { return actions }
        return actions.enumerated().map { index, action in
            guard case .commit(let edits) = action else { return action }
            return .commit(withWaves(edits, "\(index)"))
        }
    }

    private func withWaves(_ edits: [Action.Edit], _ place: String) -> [Action.Edit] {
        guard hasWaves else { return edits }
        return edits.enumerated().flatMap { index, edit -> [Action.Edit] in
            let point = SplitMix64.hash("wave \(place) \(index)", seed: seed)
            let wave = [-1, 0, 1, 2][Int((point >> 8) % 4)]
            switch edit {
            case .create(let number, _): return [edit, .wave(number, wave)]
            case .image(let number, _) where point % 6 == 0: return [edit, .wave(number, wave)]
            default: return [edit]
            }
        }
    }

    private mutating func action() -> Action {
        var point = random.draw(weights.reduce(0, +))
        var group = 0
        while point >= weights[group] {
            point -= weights[group]
            group += 1
        }
        switch group {
        case 0: return push()
        case 1: return .sync(random.draw(2), isPatient: random.happens(percent: 60))
        case 2:
            return random.happens(percent: 80) ? .drive([0, 1, 3, 30, 200][random.draw(5)]) : .pass(random.draw(4_000))
        case 3: return .workload(random.draw(50), [.ready, .fails, .starting][random.draw(3)])
        case 4: return random.happens(percent: 70) ? .hand(handEdit()) : .meanwhile(handEdit())
        case 5:
            return random.happens(percent: 80)
                ? .crash(random.draw(12))
                : .disk(random.happens(percent: 50) ? .full : .fails, after: random.draw(4), count: 1 + random.draw(3))
        case 6:
            if random.happens(percent: 25) { return .foreignPush(isMeanwhile: random.happens(percent: 60)) }
            let wrong: [Action.Wrong] = [.refuses, .timesOut, .declines, .answerIsLost, .isLate]
            return .remote(wrong[random.draw(5)], after: random.draw(5))
        case 7:
            return random.happens(percent: 50)
                ? .build(random.draw(20), succeeds: random.happens(percent: 70)) : .order(random.draw(5))
        default: return rarity()
        }
    }

    private mutating func rarity() -> Action {
        switch random.draw(8) {
        case 6, 7: .twins(killedAfter: random.draw(14))
        case 0: .restart
        case 1: .loseDisk
        case 2: .loseMirror
        case 3: .jump([-20, 20, 5_000, 100_000][random.draw(4)])
        default: .quiet
        }
    }

    private mutating func push() -> Action {
        switch random.draw(20) {
        case 0: .rollBack(1 + random.draw(6))
        case 1: .forcePush(1 + random.draw(4))
        default: .commit((0..<(1 + random.draw(4))).map { _ in edit() })
        }
    }

    private mutating func edit() -> Action.Edit {
        let name = random.draw(9)
        let file = random.draw(8)
        switch random.draw(34) {
        case 0...6: return .create(name, file: file)
        case 7...14: return .image(name, random.draw(6))
        case 15, 16: return .runLatest(name)
        case 17, 18: return .pin(name, revision: random.draw(4), percent: [0, 0, 10, 50][random.draw(4)])
        case 19: return .release(name, random.draw(4), random.draw(5), percent: random.draw(100))
        case 20: return .manual(name)
        case 21: return .extras(name, random.draw(8))
        case 22: return .respell(name)
        case 23: return .pace(name, random.draw(4))
        case 24: return .build(name)
        case 25: return .breakFile(file)
        case 26: return .mendFile(file)
        case 27: return .breakDocument(name)
        case 28: return .move(name, file: file)
        case 29: return .rename(name, to: random.draw(9))
        case 30: return .delete(name)
        case 31: return .duplicate(name, file: file)
        case 32: return .keep(name)
        default: return .unrelated
        }
    }

    private mutating func handEdit() -> Action.HandEdit {
        let number = random.draw(40)
        switch random.draw(7) {
        case 0, 1: return .image(number, random.draw(6))
        case 2: return .label(number)
        case 3: return .delete(number, isOrphaning: random.happens(percent: 25))
        case 4: return .deleteChild(number)
        case 5: return .create(number)
        default: return .stale(number)
        }
    }
}

// MARK: - Pull requests

/// One pull request: what was before, what both sides did, and how it is carried out.
struct PullRequest {
    /// The life before it.
    var life: [Action] = []
    /// By how many commits the base went on after the head left it.
    var lag = 0
    /// What the head does.
    var edits: [Action.Edit] = []
    /// What happens right before the preview: hand edits, a commit that is not synced yet, a rollout that has begun.
    var last: [Action] = []
    /// How long after the preview it is synced.
    var delay = Duration.zero
    /// The order of work in the instance that syncs.
    var order = 0
    /// Whether the instance that syncs ends in the middle, and another goes on.
    var isCutOff = false
    /// Whether guards may refuse.
    var isGuarded = false
    /// Which Sync it is of.
    var sync = 0
}

extension Generator {
    /// The circumstances and a pull request under them. Nothing fails but manifests and containers.
    mutating func makePullRequest() -> (Circumstances, PullRequest) {
        let circumstances = Circumstances(
            folders: random.happens(percent: 25) ? ["east", "west"] : [""],
            isDaemon: random.happens(percent: 60),
            hasBuilder: false,
            hasRealDisk: random.happens(percent: 5)
        )
        var pull = PullRequest()
        // Enough services for most edits to find one.
        pull.life = [.commit((0..<6).map { .create($0, file: random.draw(8)) }), .sync(0, isPatient: true)]
        pull.life += (0..<random.draw(16)).map { _ in peace() }
        pull.sync = random.draw(2)
        pull.life.append(.sync(pull.sync, isPatient: random.happens(percent: 70)))
        pull.lag = random.happens(percent: 35) ? 1 + random.draw(3) : 0
        pull.edits = (0..<(1 + random.draw(5))).map { _ in edit() }
        if random.happens(percent: 10) {
            pull.edits.append(.pin(random.draw(6), revision: random.draw(3), percent: [0, 10, 50][random.draw(3)]))
        }
        if random.happens(percent: 10) { pull.edits.append(.rename(random.draw(6), to: 6 + random.draw(3))) }
        switch random.draw(6) {
        case 0: pull.last = [.hand(handEdit())]
        case 1: pull.last = [.commit([edit(), edit()])]
        case 2, 3:
            // A rollout that has begun.
            pull.last = [
                .commit((0..<4).map { .image($0, 6 + random.draw(6)) }), .sync(pull.sync, isPatient: false),
                .drive(random.draw(3)),
            ]
        default: pull.last = []
        }
        pull.delay = .milliseconds([0, 300, 2_000, 100_000][random.draw(4)])
        pull.order = random.draw(5)
        pull.isCutOff = random.happens(percent: 40)
        pull.isGuarded = random.happens(percent: 25)
        // More than a guard lets go.
        if pull.isGuarded, random.happens(percent: 40) { pull.edits = (0..<9).map { .delete($0) } }
        // Another pace that comes with the image that it is for.
        if random.happens(percent: 20) {
            let name = random.draw(6)
            func steps() -> [Int] { [[], [50], [5, 25, 60]][random.draw(3)] }
            pull.life.insert(.commit([.steps(name, steps())]), at: 1)
            pull.edits += [.steps(name, steps()), .image(name, 12)]
        }
        (pull.life, pull.last) = (withWaves(pull.life), withWaves(pull.last))
        pull.edits = withWaves(pull.edits, "of the pull request")
        return (circumstances, pull)
    }

    private mutating func peace() -> Action {
        switch random.draw(16) {
        case 0...7: push()
        case 8...10: .sync(random.draw(2), isPatient: random.happens(percent: 60))
        case 11: .drive([0, 1, 3, 30, 200][random.draw(5)])
        case 12: .workload(random.draw(50), [.ready, .fails, .starting][random.draw(3)])
        case 13: .hand(handEdit())
        case 14: .pass(random.draw(4_000))
        default: .order(random.draw(5))
        }
    }
}
