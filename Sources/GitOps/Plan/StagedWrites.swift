internal import Engine
internal import Resources
internal import Store

/// What a plan decided about and may have to wait, by its wave.
struct StagedWrites {
    /// What is applied.
    private(set) var applied: [Int: [Application]] = [:]
    /// What is deleted.
    var pruned: [Int: [Key]] = [:]
    /// The objects that are applied.
    private(set) var keys: Set<Key> = []

    /// One object that is applied in its wave.
    struct Application {
        /// The object as it is put where nothing is in the way.
        let object: Object
        /// What is kept until then, where something is.
        let write: PlannedWrite.Application
        /// What is done at once all the same: healing, and where the manifest stands.
        let besides: [Change]
    }

    /// One step of a sync: the objects that are applied together, or deleted together.
    enum Step {
        case apply(wave: Int, [Application])
        case prune(wave: Int, [Key])
    }

    /// Adds an object to its wave.
    mutating func apply(_ application: Application, in wave: Int) {
        applied[wave, default: []].append(application)
        keys.insert(application.object.key)
    }

    /// The steps in their order: waves ascending, then what goes in descending order.
    var steps: [Step] {
        applied.sorted { $0.key < $1.key }.map { Step.apply(wave: $0.key, $0.value) }
            + pruned.sorted { $0.key > $1.key }.map { Step.prune(wave: $0.key, $0.value) }
    }
}

extension StagedWrites.Step {
    /// The number of the wave.
    var number: Int {
        switch self {
        case .apply(let wave, _), .prune(let wave, _): wave
        }
    }

    /// Whether it deletes what git names no more.
    var isPrune: Bool { if case .prune = self { true } else { false } }

    /// The objects that are applied, which the next wave waits for.
    var applied: [Key] { if case .apply(_, let applications) = self { applications.map(\.object.key) } else { [] } }

    /// What it does where nothing is in the way.
    var changes: [Change] {
        switch self {
        case .apply(_, let applications): applications.map { .put($0.object) }
        case .prune(_, let keys): keys.map { .delete($0, .background) }
        }
    }

    /// What it does for now where it waits.
    var changesBesides: [Change] {
        if case .apply(_, let applications) = self { applications.flatMap(\.besides) } else { [] }
    }

    /// What is kept of it where it waits.
    var writes: [PlannedWrite] {
        switch self {
        case .apply(_, let applications): applications.map { .apply($0.write) }
        case .prune(_, let keys): keys.map(PlannedWrite.prune)
        }
    }
}

/// What waits in a state when a plan is made.
struct WaitingWrites {
    /// The Sync's own waves, by their turn.
    let waves: [Wave]
    /// What they will apply: the source of each.
    let origins: [Key: Origin]
    /// What they will delete, ascending.
    let prunes: [Key]
    /// What other Syncs' waves will apply: it is theirs, though it may not be there yet.
    let elsewhere: [Key: Origin]

    init(of sync: String, in state: State) {
        waves = Wave.all(of: sync, in: state)
        origins = Self.origins(waves)
        prunes = waves.flatMap(\.changes).filter(\.isPrune).map(\.key).sorted()
        let others = state.count(.wave) > waves.count ? state.keys(.wave).filter { $0.namespace != sync } : []
        elsewhere = Self.origins(others.compactMap { state[$0] }.map(Wave.init))
    }

    private static func origins(_ waves: [Wave]) -> [Key: Origin] {
        var origins: [Key: Origin] = [:]
        for case .apply(let application) in waves.lazy.flatMap(\.changes) {
            origins[application.key] = application.origin
        }
        return origins
    }
}
