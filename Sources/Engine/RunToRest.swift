public import Resources
public import Store

/// Runs the engine against a simulated runtime on a virtual clock until nothing moves, and writes down what happened.
///
/// What a preview shows is this, on a copy of the live state: the same engine, only the outside world is assumed.
public struct RunToRest: Sendable {
    /// The engine, with the settings of the state.
    public var engine: Engine
    /// The assumptions about the outside world.
    public var runtime: SimulatedRuntime
    /// After how many objects looked at to give up.
    public var maximumSteps = 1_000_000
    /// After how much virtual time to give up: no rollout that anyone watches takes longer.
    public var maximumTime = Duration.seconds(24 * 3_600)

    /// A run that has not begun.
    public init(engine: Engine = Engine(), runtime: SimulatedRuntime = SimulatedRuntime()) {
        self.engine = engine
        self.runtime = runtime
    }

    /// How a run ended.
    public struct Outcome: Sendable {
        /// What happened when, counted from the start.
        public let timeline: Timeline
        /// The instant of the last thing that happened.
        public let end: Instant
        /// How many objects were looked at.
        public let reconciled: Int
        /// Whether nothing moves any more; false where a cap ended the run: "never rests".
        public let isAtRest: Bool
    }

    /// Runs until neither the engine nor the runtime has anything to come.
    ///
    /// - Parameter start: When the run begins, and the zero of the timeline.
    public mutating func run(_ state: inout State, from start: Instant) throws(StoreError) -> Outcome {
        let clock = VirtualClock(start)
        var timeline = Timeline()
        var reconciled = 0
        while true {
            let now = clock.now()
            reconciled += try step(&state, at: now, since: start, limit: maximumSteps - reconciled, &timeline)
            guard let next = next(after: state) else {
                return Outcome(timeline: timeline, end: now, reconciled: reconciled, isAtRest: true)
            }
            guard reconciled < maximumSteps, next - start <= maximumTime else {
                return Outcome(timeline: timeline, end: now, reconciled: reconciled, isAtRest: false)
            }
            clock.advance(to: next)
        }
    }

    /// When something happens next; nil at rest.
    private func next(after state: State) -> Instant? {
        guard let due = state.nextDue else { return runtime.nextAnswer }
        return runtime.nextAnswer.map { min($0, due) } ?? due
    }

    /// Everything that happens at one instant: answers, reconciling, wishes, and what answers at once.
    private mutating func step(
        _ state: inout State,
        at now: Instant,
        since start: Instant,
        limit: Int,
        _ timeline: inout Timeline
    ) throws(StoreError) -> Int {
        var before: [Key: Object?] = [:]
        func observe(_ event: Event) {
            if before[event.key] == nil { before[event.key] = .some(event.old) }
        }
        var reconciled = 0
        repeat {
            for answer in runtime.answers(at: now) where state[answer.workload]?.metadata.uid == answer.uid {
                let status = Change.setStatus(answer.workload, .workload(answer.status))
                for event in try state.apply([status], at: now) { observe(event) }
            }
            let drained = try engine.drain(&state, at: now, limit: limit - reconciled, observing: observe)
            reconciled += drained.reconciled
            try takeWishes(&state, at: now)
            guard drained.isExhausted else { break }
        } while runtime.nextAnswer.map { $0 <= now } ?? false
        timeline.note(before.map { ($0.key, $0.value, state[$0.key]) }, at: now - start)
        return reconciled
    }

    private mutating func takeWishes(_ state: inout State, at now: Instant) throws(StoreError) {
        let wished = state.marked(.wished)
        guard !wished.isEmpty else { return }
        for key in wished {
            if let workload = state[key] { runtime.wish(workload, at: now) } else { runtime.withdraw(key) }
        }
        let version = state.version
        try state.apply(wished.map { .unmark($0, .wished, ifVersionAtMost: version) }, at: now)
    }
}
