public import Engine
public import Resources
public import Store

/// Carries the state towards rest: reconciles what is due, has the runtime carry out what is wished, and waits for the next
/// moment at which something is due.
///
/// All decisions are the engine's; this only goes round. Time comes from a clock and passes in `sleep`, so that a test runs
/// a rollout of minutes in no time.
public struct Driver: Sendable {
    private let store: Store
    private let engine: Engine
    private let runtime: any Runtime
    private let builder: (any Builder)?
    private let clock: any Clock
    private let sleep: @Sendable (Instant) async throws -> Void

    /// A driver of one store.
    ///
    /// - Parameters:
    ///   - builder: who carries out Builds; they wait where there is none.
    ///   - sleep: returns at that instant of the clock, or earlier when there may be something to do.
    public init(
        store: Store,
        engine: Engine,
        runtime: any Runtime,
        builder: (any Builder)? = nil,
        clock: any Clock,
        sleep: @escaping @Sendable (Instant) async throws -> Void
    ) {
        self.store = store
        self.engine = engine.with(hasBuilder: builder != nil)
        self.runtime = runtime
        self.builder = builder
        self.clock = clock
        self.sleep = sleep
    }

    /// What driving came to.
    public struct Driven: Hashable, Sendable {
        /// How many objects were looked at; one that was woken again counts again.
        public var reconciled = 0
        /// How many workloads the runtime was handed, and Builds the builder.
        public var carriedOut = 0
        /// Whether nothing is due any more, neither now nor later, but for housekeeping.
        public var isAtRest = false

        /// Nothing yet.
        public init() {}
    }

    /// After how many objects a transaction ends, so that readers see progress and other writers get their turn.
    private static let transactionSize = 2_048
    /// How long the runtime is left alone when it has not answered about a workload.
    private static let patience = Duration.milliseconds(500)
}

extension Driver {
    /// Makes a new process's runtime and builder carry out all that there is: nothing runs yet, whatever the state says.
    public func takeOver() async throws {
        let (engine, now) = (engine, clock.now())
        try await store.commit(durably: false) { state in
            let wishes = state.keys(.workload) + state.keys(.build).filter { state[$0]?.awaitsBuilder ?? false }
            try state.apply(wishes.map { .mark($0, .wished) } + engine.wakingForBuilder(state, at: now), at: now)
        }
        _ = try await step()
    }

    /// Does all that can be done at this moment. Nothing of it is durable yet.
    ///
    /// - Returns: `isAtRest` says that nothing is due later either, and that the runtime has answered everything.
    public func step() async throws -> Driven {
        var driven = Driven()
        var asked = 0
        while true {
            let isExhausted = try await drain(&driven)
            // After each transaction: an answer spares the Revision's owners a look, and what was begun comes to rest, and can
            // be written and let go, before the next is begun.
            let hasBuilt = try await build(&driven)
            let isAnswered = try await carryOut(&driven, since: &asked)
            if isAnswered || hasBuilt { continue }
            if isExhausted { break }
            // What was begun has come as far as it can.
            await store.writeBehind()
        }
        let state = store.state
        driven.isAtRest = state.nextDue == nil && state.count(.wished) == 0
        return driven
    }

    /// Steps until rest, or until the deadline has come.
    ///
    /// - Parameter isSettled: asked before each wait, whether what is still due is worth waiting for.
    public func run(
        until deadline: Instant,
        isSettled: @Sendable (State) -> Bool = { _ in false }
    ) async throws -> Driven {
        var driven = Driven()
        while true {
            let step = try await step()
            driven.reconciled += step.reconciled
            driven.carriedOut += step.carriedOut
            driven.isAtRest = step.isAtRest
            let state = store.state
            let now = clock.now()
            guard !step.isAtRest, now < deadline, !isSettled(state) else { return driven }
            let asked = state.count(.wished) > 0 ? now + Self.patience : deadline
            // Housekeeping is nothing to wait for, but while one waits it is done when it is due.
            try await sleep(min(state.nextLook ?? deadline, asked, deadline))
        }
    }

    /// Reconciles what is due now, in a transaction of bounded size.
    ///
    /// - Returns: whether that was all.
    private func drain(_ driven: inout Driven) async throws -> Bool {
        let now = clock.now()
        guard let due = store.state.nextLook, due <= now else { return true }
        let engine = engine
        let drained = try await store.commit(durably: false) { state in
            try engine.drain(&state, at: now, pausingAfter: Self.transactionSize)
        }
        driven.reconciled += drained.reconciled
        return drained.isExhausted
    }

    /// Hands the runtime what is wished, and writes down what it says.
    ///
    /// - Parameter version: of the state when it was last asked in this step: it is asked once about each wish. Becomes
    ///   the present one.
    /// - Returns: whether anything was answered, which may have made something due.
    private func carryOut(_ driven: inout Driven, since version: inout Int) async throws -> Bool {
        let state = store.state
        let wished = state.marked(.wished).filter { $0.kind == .workload && state.version(of: $0) > version }
        version = state.version
        guard !wished.isEmpty else { return false }
        let workloads = wished.compactMap { state[$0] }
        let gone = wished.filter { !state.contains($0) }
        driven.carriedOut += wished.count
        let answers = await runtime.carryOut(workloads, gone: gone)
        let now = clock.now()
        let limit = state.version
        let asked = Dictionary(uniqueKeysWithValues: workloads.map { ($0.key, $0.metadata.uid) })
        try await store.commit(durably: false) { state in
            // What became another workload while the runtime was at it will be asked about again.
            let current = answers.filter { asked[$0.0] != nil && state[$0.0]?.metadata.uid == asked[$0.0] }
            // Unmarked first: writing a status is a change after that version.
            let done = current.map(\.0) + gone
            try state.apply(done.map { .unmark($0, .wished, ifVersionAtMost: limit) }, at: now)
            try state.apply(current.map { .setStatus($0.0, .workload($0.1)) }, at: now)
        }
        return !answers.isEmpty
    }
}

// MARK: - Builds

extension Driver {
    /// Hands the builder what waits for it and what ended, and writes down what it says.
    ///
    /// - Returns: whether anything changed by that, which may have made something due.
    private func build(_ driven: inout Driven) async throws -> Bool {
        let state = store.state
        let wished = state.marked(.wished).filter { $0.kind == .build }
        guard !wished.isEmpty else { return false }
        let orders = wished.compactMap { state[$0].flatMap(BuildOrder.init) }
        let open = Set(orders.map(\.key))
        let ended = wished.filter { !open.contains($0) }
        driven.carriedOut += builder == nil ? 0 : wished.count
        let answers = await builder?.carryOut(orders, ended: ended) ?? []
        let now = clock.now()
        let (engine, hasBuilder, version) = (engine, builder != nil, state.version)
        let asked = Dictionary(uniqueKeysWithValues: orders.map { ($0.key, $0) })
        return try await store.commit(durably: false) { state in
            let before = state.version
            // One that is not over is asked about again; its end marks it once more, for the builder to clear away.
            let done = hasBuilder ? ended : wished
            try state.apply(done.map { .unmark($0, .wished, ifVersionAtMost: version) }, at: now)
            if !hasBuilder { try state.apply(engine.wakingForBuilder(state, at: now), at: now) }
            for (key, report) in answers {
                try state.apply(asked[key]?.changes(after: report, in: state, at: now) ?? [], at: now)
            }
            return state.version != before || !hasBuilder
        }
    }
}
