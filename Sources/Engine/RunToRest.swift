public import Resources
public import Store

/// Runs the engine against a simulated runtime and builder on a virtual clock until nothing moves, and writes down what happened.
///
/// What a preview shows is this, on a copy of the live state: the same engine, only the outside world is assumed.
public struct RunToRest: Sendable {
    /// The engine, with the settings of the state.
    public let engine: Engine
    /// The assumptions about what runs.
    public var runtime: SimulatedRuntime
    /// The assumptions about what is built; nil where there is no builder, and Builds wait.
    public private(set) var builder: SimulatedBuilder?
    /// After how many objects looked at to give up.
    public var maximumSteps = 1_000_000
    /// How far ahead a run looks where nothing else is said.
    public static let longest = Duration.seconds(24 * 3_600)
    /// After how much virtual time to give up: no rollout that anyone watches takes longer.
    public var maximumTime = longest

    /// A run that has not begun.
    public init(
        engine: Engine = Engine(),
        runtime: SimulatedRuntime = SimulatedRuntime(),
        builder: SimulatedBuilder? = nil
    ) {
        self.engine = engine.with(hasBuilder: builder != nil)
        self.runtime = runtime
        self.builder = builder
    }

    /// How a run ended.
    public struct Outcome: Sendable {
        /// What happened when, counted from the start.
        public let timeline: Timeline
        /// The instant of the last thing that happened, or up to which was looked.
        public let end: Instant
        /// How many objects were looked at.
        public let reconciled: Int
        /// Why it ended.
        public let ending: Ending
        /// Whether nothing moves any more.
        public var isAtRest: Bool { ending == .rest }
    }

    /// Why a run ended.
    public enum Ending: Hashable, Sendable {
        /// Nothing moves any more.
        case rest
        /// Something is still to come after the time that was looked at.
        case timeIsUp
        /// So many objects were looked at that there is no end to it: "never rests".
        case neverRests
    }

    /// Runs until neither the engine nor the runtime nor the builder has anything to come.
    ///
    /// - Parameters:
    ///   - start: When the run begins, and the zero of the timeline.
    ///   - events: What happened at the start already, by whoever began this: it is part of the timeline.
    ///   - end: Until when it goes on, at rest or not, as somebody does who carries a state out all the time: with its
    ///     housekeeping. What is still to be answered then is answered in the next run. Nil for until rest.
    public mutating func run(
        _ state: inout State,
        from start: Instant,
        after events: [Event] = [],
        until end: Instant? = nil
    ) throws(StoreError) -> Outcome {
        let clock = VirtualClock(start)
        var timeline = Timeline()
        var reconciled = 0
        var events = events
        try state.apply(engine.wakingForBuilder(state, at: start), at: start)
        while true {
            let now = clock.now()
            reconciled += try step(&state, at: now, since: start, events, limit: maximumSteps - reconciled, &timeline)
            events = []
            guard let next = next(after: state, withChores: end != nil) else {
                return Outcome(timeline: timeline, end: now, reconciled: reconciled, ending: .rest)
            }
            guard reconciled < maximumSteps else {
                return Outcome(timeline: timeline, end: now, reconciled: reconciled, ending: .neverRests)
            }
            let limit = end ?? start + maximumTime
            guard next <= limit else {
                return Outcome(timeline: timeline, end: limit, reconciled: reconciled, ending: .timeIsUp)
            }
            clock.advance(to: next)
        }
    }

    /// When something happens next; nil at rest, also where housekeeping is still to come, unless that counts.
    private func next(after state: State, withChores: Bool) -> Instant? {
        guard withChores || state.nextDue != nil || nextAnswer != nil else { return nil }
        return [state.nextLook, nextAnswer].compactMap { $0 }.min()
    }

    /// When somebody outside answers next; nil when nobody does.
    private var nextAnswer: Instant? {
        guard let built = builder?.nextAnswer else { return runtime.nextAnswer }
        return runtime.nextAnswer.map { min($0, built) } ?? built
    }

    /// Everything that happens at one instant: reconciling, wishes, answers, and what they lead to.
    private mutating func step(
        _ state: inout State,
        at now: Instant,
        since start: Instant,
        _ events: [Event],
        limit: Int,
        _ timeline: inout Timeline
    ) throws(StoreError) -> Int {
        var before: [Key: Object?] = [:]
        func observe(_ event: Event) {
            guard Timeline.tells(of: event.key.kind), before[event.key] == nil else { return }
            before[event.key] = .some(event.old)
        }
        for event in events { observe(event) }
        var reconciled = 0
        repeat {
            // In the order of a real run: first what is due, then what others say; and what is wished is asked for before
            // those look who wait for the answer.
            let drained = try engine.drain(
                &state,
                at: now,
                limit: limit - reconciled,
                pausingAfter: .max,
                observing: observe
            )
            reconciled += drained.reconciled
            try takeWishes(&state, at: now)
            for answer in builder?.answers(at: now) ?? [] {
                let changes = answer.order.changes(after: answer.report, in: state, at: now)
                for event in try state.apply(changes, at: now) { observe(event) }
            }
            for answer in runtime.answers(at: now) where state[answer.workload]?.metadata.uid == answer.uid {
                let status = Change.setStatus(answer.workload, .workload(answer.status))
                for event in try state.apply([status], at: now) { observe(event) }
            }
        } while reconciled < limit && state.nextLook.map { $0 <= now } ?? false
        timeline.note(before.map { ($0.key, $0.value, state[$0.key]) }, at: now - start)
        return reconciled
    }

    private mutating func takeWishes(_ state: inout State, at now: Instant) throws(StoreError) {
        let wished = state.marked(.wished)
        guard !wished.isEmpty else { return }
        for key in wished {
            if key.kind == .build {
                takeOrder(of: key, in: state, at: now)
            } else if let workload = state[key] {
                // One that nobody has answered about was wished when it was made, which may be before this run.
                let isNew = workload.workloadStatus.runtime.isEmpty
                runtime.wish(workload, at: isNew ? workload.metadata.creationTimestamp : now)
            } else {
                runtime.withdraw(key)
            }
        }
        let version = state.version
        try state.apply(wished.map { .unmark($0, .wished, ifVersionAtMost: version) }, at: now)
    }

    private mutating func takeOrder(of key: Key, in state: State, at now: Instant) {
        if let order = state[key].flatMap(BuildOrder.init) {
            builder?.wish(order, at: now)
        } else {
            builder?.withdraw(key)
        }
    }
}
