public import Resources
public import Store

/// Runs the reconcilers on all that is due.
///
/// A value without memory: the queue of what is due is part of the state, so a restart continues exactly where the last
/// drain stood, and a preview on a copy of the state does what the real run will do.
public struct Engine: Sendable {
    /// What the operator chose.
    public let settings: EngineSettings

    private let services: ServiceReconciler
    private let configurations: ConfigurationReconciler
    private let revisions: RevisionReconciler
    private let routes: RouteReconciler
    private let builds: BuildReconciler
    private let buildTemplates = BuildTemplateReconciler()
    private let waves = WaveReconciler()

    /// For tests alone: another order within a round. What comes of it at rest must be the same.
    package var reorder: (@Sendable ([Key]) -> [Key])?

    /// An engine with those settings.
    public init(_ settings: EngineSettings = EngineSettings()) {
        self.settings = settings
        services = ServiceReconciler(settings: settings)
        configurations = ConfigurationReconciler(settings: settings)
        revisions = RevisionReconciler(settings: settings)
        routes = RouteReconciler(settings: settings)
        builds = BuildReconciler(settings: settings)
    }

    /// The same engine where somebody carries out Builds, or nobody does.
    public func with(hasBuilder: Bool) -> Engine {
        guard settings.hasBuilder != hasBuilder else { return self }
        var settings = settings
        settings.hasBuilder = hasBuilder
        var engine = Engine(settings)
        engine.reorder = reorder
        return engine
    }

    /// Wakes the Builds of a state that say otherwise than these settings do whether there is a builder: whoever begins to
    /// carry out a state applies this once. Takes time in proportion to the number of Builds.
    public func wakingForBuilder(_ state: State, at now: Instant) -> [Change] {
        state.keys(.build).compactMap { key in
            guard let told = state[key]?.buildStatus.conditions["Succeeded"], told.status == .unknown,
                (told.reason == "NoBuilder") == settings.hasBuilder
            else { return nil }
            return .setDue(key, now)
        }
    }

    /// How many objects a round takes at most: enough for a round to cost nothing itself, and so few that what they come
    /// to, a few thousand objects, is at hand until it is done.
    private static let window = 512
    /// Far more looks, for each object that there is, than any chain of owners and references needs at one instant.
    private static let mostLooks = 1_000
}

/// What one drain came to.
public struct Drained: Hashable, Sendable {
    /// How many objects were looked at; one that was woken again counts again.
    public var reconciled: Int
    /// Whether nothing is left that is due at that instant; false where the limit ended the drain.
    public var isExhausted: Bool

    /// A count and whether it was all.
    public init(reconciled: Int, isExhausted: Bool) {
        self.reconciled = reconciled
        self.isExhausted = isExhausted
    }
}

extension Kind {
    /// Whose turn is first in a drain: status flows from Builds and Revisions up to Services.
    package var rank: Int {
        switch self {
        case .workload, .split, .sync, .manifestFile, .appliedCommit, .buildTemplate: 0
        case .build: 1
        case .revision: 2
        case .configuration: 3
        case .route: 4
        case .service: 5
        // Only once all else has come as far as it can at an instant is it known what is ready.
        case .wave: 6
        }
    }
}

extension Engine {
    /// What is due, of whatever kind; housekeeping once nothing else is.
    private static func nextKeys(of state: State, at now: Instant) -> [Key] {
        let due = state.dueKeys(at: now)
        let work = due.filter { !state.isChore($0) }
        return work.isEmpty ? due : work
    }

    /// Whether a Route is due that was given another spec. What a person changed holds at once for the Revisions that there were;
    /// one that the same commit makes gets its traffic in steps, however fast it answers. So the Route looks before it does.
    private static func isRouteChanged(due now: Instant, in state: State) -> Bool {
        state.isDue(.route, at: now) { 1..<max(1, $0.metadata.generation) ~= $0.status.observedGeneration }
    }

    /// Reconciles all that is due at `now`, and what that wakes, until nothing is due at `now`.
    ///
    /// Work goes in rounds: of what is due, the kind on which most others depend, by ascending key, a bounded number of
    /// them; what a round wakes belongs to the next. So the order is the same on every machine, and what children came to
    /// is complete before their owner looks: a third fewer looks than by key alone. And of ten thousand Services the first
    /// few hundred come to rest, with all that is theirs, before the next are looked at. The cost follows the number of
    /// objects that are due, not that of the state.
    ///
    /// - Parameters:
    ///   - limit: After how many objects to stop.
    ///   - pause: Whether to end early where others may spare the engine work, to be called again: where it has made wishes,
    ///     before those look at their Revisions who would look again once the runtime has answered, unless a Route was given
    ///     another spec; and after that many objects, before it begins what was due earlier than what they woke, when as
    ///     little as possible is half done.
    ///   - observe: Called for each change, in order.
    /// - Throws: What the store refuses, or that objects keep waking each other, which no reconciler may do.
    @discardableResult
    public func drain(
        _ state: inout State,
        at now: Instant,
        limit: Int = .max,
        pausingAfter pause: Int? = nil,
        observing observe: ((Event) -> Void)? = nil
    ) throws(StoreError) -> Drained {
        var drained = Drained(reconciled: 0, isExhausted: false)
        let (oldest, wishes) = (state.nextDue, state.count(.wished))
        // Of those that there are now: who makes ever more of them must come to an end as well.
        let most = Self.mostLooks * Kind.allCases.reduce(1) { $0 + state.count($1) }
        while drained.reconciled <= most {
            let due =
                reorder.map { $0(Self.nextKeys(of: state, at: now)) }
                ?? state.dueKeys(at: now, lowest: \.rank, limit: Self.window)
            guard let first = due.first else {
                drained.isExhausted = true
                return drained
            }
            if let pause {
                let isAnswerDue = state.count(.wished) > wishes && first.kind.rank > Kind.revision.rank
                let isBeginning = drained.reconciled >= pause && state.due(first) == oldest
                if isAnswerDue && !Self.isRouteChanged(due: now, in: state) || isBeginning { return drained }
            }
            for key in due {
                guard drained.reconciled < limit else { return drained }
                drained.reconciled += 1
                guard let object = state[key] else {
                    try state.apply([.setDue(key, nil)], at: now)
                    continue
                }
                var work = work(on: object, in: state, at: now)
                work.changes.append(work.due(key))
                let events = try state.apply(work.changes, at: now, by: key)
                for event in events { event.note(in: &state, at: now) }
                if let observe { for event in events { observe(event) } }
            }
        }
        let names = state.dueKeys(at: now).prefix(5).map(\.description).joined(separator: ", ")
        throw StoreError(
            .other,
            doing: "reconcile \(names)",
            reason: "these objects keep changing each other; this is a defect, please report it with the objects"
        )
    }

    /// What one object needs. Also for objects without a reconciler: they go with their owner.
    func work(on object: Object, in state: State, at now: Instant) -> Reconciled {
        if let gone = departure(of: object, in: state) { return gone }
        if object.metadata.deletionTimestamp != nil { return dismissal(of: object, in: state) }
        switch object.kind {
        case .service: return services.reconcile(object, in: state, at: now)
        case .configuration: return configurations.reconcile(object, in: state, at: now)
        case .revision: return revisions.reconcile(object, in: state, at: now)
        case .route: return routes.reconcile(object, in: state, at: now)
        case .build: return builds.reconcile(object, in: state, at: now)
        case .buildTemplate: return buildTemplates.reconcile(object, in: state, at: now)
        case .wave: return waves.reconcile(object, in: state, at: now)
        case .workload, .split, .sync, .manifestFile, .appliedCommit: return Reconciled()
        }
    }

    /// The end of an object whose controller is gone, by uid: one of the same name that was made since is another
    /// (specification §12). Nil for all others.
    private func departure(of object: Object, in state: State) -> Reconciled? {
        guard let key = object.controllerKey else { return nil }
        if let owner = state[key], object.isControlled(by: owner) { return nil }
        var result = Reconciled()
        result.changes += end(of: object, in: state)
        return result
    }

    /// The way of an object whose children go first: those that own something are asked to go likewise, the others go at
    /// once, and when none is left the object itself does.
    private func dismissal(of object: Object, in state: State) -> Reconciled {
        var result = Reconciled()
        var waits = false
        for key in state.children(of: object.key) {
            // Owners that people wrote by hand may go round in a circle.
            guard key != object.key, let child = state[key], child.isControlled(by: object) else { continue }
            guard state.childCount(of: key) > 0 else {
                result.changes += end(of: child, in: state)
                continue
            }
            waits = true
            if child.metadata.deletionTimestamp == nil { result.changes.append(.delete(key, .foreground)) }
        }
        if !waits { result.changes.append(.delete(object.key, .background)) }
        return result
    }

    /// The deletion of an object with all that it put on others.
    private func end(of object: Object, in state: State) -> [Change] {
        let deletion = Change.delete(object.key, .background)
        guard object.kind == .split, let route = object.controllerKey else { return [deletion] }
        return RouteReach.changes(of: route, from: object, to: [], in: state) + [deletion]
    }
}
