internal import Dispatch
public import Resources
internal import Synchronization

/// The one writer: applies transactions, journals them, then publishes the new state and its events.
///
/// Readers never wait for it: they take ``state`` and keep it for as long as they like.
///
/// A durable commit is on the disk when it returns. Others stay in memory until the next durable commit or ``flush()``,
/// which then writes each changed object once, as it stands at the end: of a rollout's many statuses only the last. They
/// follow from what is on the disk, so after a crash the engine does them again. Flush before anything that tells of them
/// leaves the process: a report, a resource version.
///
/// Whoever commits a lot calls ``writeBehind()`` in between: thousands of objects are written on another thread while
/// commits go on, and those at rest are then let go until somebody asks for them. Each write, this one too, holds all of
/// the state as it stood between two commits, so what a crash leaves is always one moment.
public actor Store {
    private nonisolated let published: Mutex<Published>
    private nonisolated let journal: (any Journal)?
    /// Kept for as long as the store lives.
    private let lock: FolderLock?
    private var watch = WatchLog()

    /// The write that goes on while others commit. It cannot fail: what it did not write is pending again.
    private var writing: Task<Void, Never>?
    /// How many commits that have to be durable wait for it; no other is begun then, or they might wait for ever.
    private var waiting = 0
    private let thread = DispatchQueue(label: "elafros.store")

    /// What readers see.
    private enum Published {
        /// Only the facts were read so far.
        case facts(Facts)
        case state(State)
        /// The index could not be read.
        case failed(StoreError, Facts)
    }

    init(journal: any Journal, lock: FolderLock?) throws(StoreError) {
        published = Mutex(.facts(try journal.readFacts()))
        self.journal = journal
        self.lock = lock
    }

    private init(state: State) {
        published = Mutex(.state(state))
        journal = nil
        lock = nil
    }
}

// MARK: - Opening

extension Store {
    /// Opens the state in a folder for writing, and makes it where there is none. Reads only the facts.
    ///
    /// - Parameters:
    ///   - lock: the right to write the folder, from ``StateFolder/lock(as:timeout:sleep:)``; the store keeps it.
    ///   - newID: the identity of a state that is made here.
    public static func open(
        _ folder: StateFolder,
        lock: FolderLock,
        newID: String = Store.makeID()
    ) throws(StoreError) -> Store {
        try Store(journal: SQLiteJournal(path: folder.database, newID: newID), lock: lock)
    }

    /// Opens the state that any journal holds: for the simulation, whose disks fail when they are told to.
    package static func open(journal: any Journal) throws(StoreError) -> Store {
        try Store(journal: journal, lock: nil)
    }

    /// The journal that a state folder has, for whoever wraps it.
    ///
    /// - Parameter newID: the identity of a state that is made here.
    package static func journal(in folder: StateFolder, newID: String) throws(StoreError) -> any Journal {
        try SQLiteJournal(path: folder.database, newID: newID)
    }

    /// A store without a disk: for previews and tests. Durable commits are as durable as it is.
    public static func inMemory(id: String) -> Store { Store(state: State(id: id)) }

    /// A store without a disk that goes on from a given state.
    public static func inMemory(_ state: State) -> Store { Store(state: state) }

    /// A state as it stands in a folder at this moment, without the lock and without waiting for a writer; an empty one
    /// where no state was made yet.
    ///
    /// Objects are read when first asked for, all from one snapshot of the database, which is held open until the last
    /// copy of the state is gone.
    public static func read(_ folder: StateFolder) throws(StoreError) -> State {
        guard folder.holdsState else { return State(id: "") }
        let journal = try SQLiteJournal(readingAt: folder.database)
        return journal.isUnmade ? State(id: "") : try State(journal: journal)
    }

    /// The facts as they stand in a folder at this moment, without the lock; nil where no state was made yet.
    public static func readFacts(_ folder: StateFolder) throws(StoreError) -> Facts? {
        guard folder.holdsState else { return nil }
        let journal = try SQLiteJournal(readingAt: folder.database)
        return journal.isUnmade ? nil : try journal.readFacts()
    }

    /// A new state's identity: drawn, 128 bits in hex. The only thing about a state that is not derived.
    public static func makeID() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let digits = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

// MARK: - Reading

extension Store {
    /// The facts, which cost nothing to read.
    public nonisolated var facts: Facts {
        let facts: Facts
        switch published.withLock({ $0 }) {
        case .facts(let read), .failed(_, let read): facts = read
        case .state(let state): facts = Facts(of: state)
        }
        return facts
    }

    /// The published state. The first call reads the index.
    ///
    /// Where the index cannot be read, the state is empty and says so in ``State/readFailure``; nothing can be committed
    /// then. Call ``load()`` first to have the error thrown.
    public nonisolated var state: State {
        do {
            return try load()
        } catch {
            var empty = State(id: facts.stateID)
            empty.disk = journal.map(Disk.init)
            empty.disk?.note(error)
            return empty
        }
    }

    /// The published state, or why it cannot be read.
    @discardableResult
    public nonisolated func load() throws(StoreError) -> State {
        let result = published.withLock { published -> Result<State, StoreError> in
            switch published {
            case .state(let state): return .success(state)
            case .failed(let error, _): return .failure(error)
            case .facts(let facts):
                guard let journal else { preconditionFailure("a store without a journal holds a state from the start") }
                do throws(StoreError) {
                    let state = try State(journal: journal)
                    published = .state(state)
                    return .success(state)
                } catch {
                    published = .failed(error, facts)
                    return .failure(error)
                }
            }
        }
        return try result.get()
    }

    /// The objects whose keys are in a set, ascending. Where the index was not read yet, it is not read for this.
    public nonisolated func objects(marked mark: Mark) throws(StoreError) -> [Object] {
        if let journal, case .facts = published.withLock({ $0 }) {
            return try journal.readObjects(marked: mark).sorted { $0.key < $1.key }
        }
        let state = try load()
        return state.marked(mark).compactMap { state[$0] }
    }

    /// Returns once the writer has a moment: where it hangs, so does this.
    public func beat() {}

    /// What went between memory and disk since the store was opened.
    public nonisolated var counters: Counters { journal?.counters ?? Counters() }
}

// MARK: - Writing

extension Store {
    /// Runs a transaction: hands a copy of the state to `body`, journals what `body` changed, then publishes it.
    ///
    /// When `body` or the journal throws, nothing has changed, here and on the disk.
    ///
    /// - Parameter durably: whether this, and all before it, must be on the disk before the call returns.
    @discardableResult
    public func commit<Result: Sendable>(
        durably: Bool,
        _ body: @Sendable (inout State) throws -> Result
    ) async throws -> Result {
        if durably {
            // What is on the disk is in the order of the commits.
            waiting += 1
            while let writing { await writing.value }
            waiting -= 1
        }
        var state = try load()
        state.recorded = watch.isWatched ? [] : nil
        let result = try body(&state)
        // An object that could not be read seemed absent to the body: what it decided may be wrong.
        if let failure = state.readFailure { throw failure }
        let events = state.recorded.take() ?? []
        // Journal before publish: no reader may see what was acknowledged and then lost.
        if durably { try write(&state) }
        publish(state)
        watch.append(events)
        return result
    }

    /// Makes all commits so far durable, in one transaction on the disk. Does nothing where nothing is pending.
    public func flush() async throws(StoreError) {
        waiting += 1
        while let writing { await writing.value }
        waiting -= 1
        // A store whose state was never loaded has nothing pending.
        guard case .state(var state) = published.withLock({ $0 }) else { return }
        try write(&state)
        publish(state)
    }

    /// Makes all commits durable, closes the journal and gives the lock back; nothing can be committed any more.
    ///
    /// For whoever goes on after a store in the same process, as tests do: a process that ends need not close it. All
    /// readers must be through by then. A state that one of them still holds goes on giving the objects that are in memory;
    /// those that it would have to read from the disk seem absent, and ``State/readFailure`` says so.
    public func close() async throws(StoreError) {
        try await flush()
        journal?.close()
        lock?.release()
    }

    private func write(_ state: inout State) throws(StoreError) {
        guard let journal, let batch = state.takeBatch() else { return }
        try journal.write(batch)
    }
}

// MARK: - Writing while others commit

extension Store {
    /// How many changed objects are worth a write of their own, which costs some `fsync`s: what a window of the
    /// engine comes to.
    private static let many = 3_072

    /// Begins to write what is pending, where that is much, and returns while it is being written. Where an earlier such
    /// write goes on, waits for it only if twice as much is pending: so nobody commits faster than the disk takes it.
    ///
    /// For whoever commits a lot: to be called when little of it is about to change again. What could not be written is
    /// pending again, and the next ``flush()`` or durable commit throws.
    public func writeBehind() async {
        while let writing, pending >= 2 * Self.many { await writing.value }
        guard writing == nil, waiting == 0, pending >= Self.many, let journal,
            case .state(var state) = published.withLock({ $0 }), let batch = state.takeBatch()
        else { return }
        publish(state)
        writing = Task {
            // Not on the actor, which others are to have meanwhile, nor on one of Swift's few threads.
            let isWritten = await withCheckedContinuation { continuation in
                // Why it failed is found out by whoever tries again.
                thread.async { continuation.resume(returning: (try? journal.write(batch)) != nil) }
            }
            endWriting(batch, isWritten)
        }
    }

    /// How many changed objects are not being written yet.
    private var pending: Int {
        guard case .state(let state) = published.withLock({ $0 }) else { return 0 }
        return state.dirtyObjects.count
    }

    private func endWriting(_ batch: JournalBatch, _ isWritten: Bool) {
        writing = nil
        guard case .state(var state) = published.withLock({ $0 }) else { return }
        if isWritten { state.release(batch) } else { state.takeBack(batch) }
        publish(state)
    }

    private func publish(_ state: State) { published.withLock { $0 = .state(state) } }
}

// MARK: - Watching

extension Store {
    /// What happened after a version, and all that happens from now on: one element a transaction.
    ///
    /// The stream ends when its reader falls too far behind; the reader then asks again from the last version it saw.
    ///
    /// - Returns: nil where the version is too old, or was never reached: read the state and go on from its version.
    public func events(after version: Int) throws(StoreError) -> AsyncStream<[Event]>? {
        let state = try load()
        return watch.stream(after: version, current: state.version)
    }
}
