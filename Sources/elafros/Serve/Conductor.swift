internal import APIServer
internal import Git
internal import GitOps
internal import Store
internal import Logging
internal import Resources

/// The Syncs that a daemon follows, each in a loop of its own: begins them, ends them, and has them run.
actor Conductor {
    private var loops: [String: Loop] = [:]
    /// Of each remote, by address and secrets, what is asked once for all who follow it.
    private var boards: [BoardKey: RemoteBoard] = [:]
    /// The board that a Sync looks at.
    private var boardsOfSyncs: [String: BoardKey] = [:]
    /// Says that runs have changed which Syncs repositories define, to one who follows these.
    nonisolated let redefinitions: AsyncStream<Void>
    private let redefinition: AsyncStream<Void>.Continuation

    init() {
        // Who looks, looks at everything.
        (redefinitions, redefinition) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    private struct Loop {
        let definition: SyncDefinition
        let bell: Bell
        let task: Task<Void, Never>
    }

    private struct BoardKey: Hashable {
        let remote: RemoteURL
        let credentials: Credentials
        let timeout: Duration
    }

    /// What all loops of a daemon share.
    struct Surroundings: Sendable {
        let daemon: Daemon
        let session: Session
        /// Whether each poll tells what it read and did, also one that brought nothing new.
        let showsStatistics: Bool
        let logger: Logger
    }
}

// MARK: - Beginning and ending

extension Conductor {
    /// Follows exactly these from now on: those that say the same as before go on as they are.
    ///
    /// Nobody is waited for: a loop that is at a dead remote ends in its own time, and its successor begins after it.
    func follow(_ definitions: [SyncDefinition], in surroundings: Surroundings) {
        let wanted = Dictionary(definitions.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for (name, loop) in loops {
            if let definition = wanted[name], definition.isSame(as: loop.definition) { continue }
            loop.task.cancel()
            guard wanted[name] == nil else { continue }
            loops[name] = nil
            leaveBoard(name)
            surroundings.daemon.metrics.forget(name)
            surroundings.logger.info("\(name): followed no more; what it applied stays")
        }
        for definition in definitions {
            let former = loops[definition.name]
            if let former, definition.isSame(as: former.definition) { continue }
            begin(definition, after: former?.task, surroundings)
        }
    }

    private func begin(_ definition: SyncDefinition, after former: Task<Void, Never>?, _ surroundings: Surroundings) {
        let (bell, session) = (Bell(), surroundings.session)
        var logger = surroundings.logger
        logger[metadataKey: "sync"] = .string(definition.name)
        let loop = SyncLoop(
            definition: definition,
            daemon: surroundings.daemon,
            bell: bell,
            board: { await self.board(of: definition, $0, surroundings.daemon) },
            session: session,
            showsStatistics: surroundings.showsStatistics,
            logger: logger
        )
        logger.info("following \(definition.summary)")
        let task = Task {
            await former?.value
            await loop.run()
        }
        loops[definition.name] = Loop(definition: definition, bell: bell, task: task)
    }

    /// The board of a Sync's remote. Other secrets, as renewed ones are, make another board; one at which nobody looks any more
    /// goes.
    private func board(of definition: SyncDefinition, _ credentials: Credentials, _ daemon: Daemon) async -> RemoteBoard
    {
        let key = BoardKey(
            remote: definition.options.remote,
            credentials: credentials,
            timeout: definition.gitTimeout
        )
        if boardsOfSyncs[definition.name] != key { leaveBoard(definition.name) }
        boardsOfSyncs[definition.name] = key
        let board = boards[key] ?? newBoard(key, daemon)
        boards[key] = board
        await board.follow(definition.options.follow)
        return board
    }

    private func newBoard(_ key: BoardKey, _ daemon: Daemon) -> RemoteBoard {
        let watch = RemoteWatch(key.remote, credentials: key.credentials, timeout: key.timeout)
        return RemoteBoard(watch, clock: daemon.clock, metrics: daemon.metrics)
    }

    private func leaveBoard(_ name: String) {
        guard let key = boardsOfSyncs.removeValue(forKey: name), !boardsOfSyncs.values.contains(key) else { return }
        boards[key] = nil
    }

    /// Ends all loops, and waits for them.
    func stop() async {
        for loop in loops.values { loop.task.cancel() }
        for loop in loops.values { await loop.task.value }
        loops = [:]
    }
}

// MARK: - Having them run

extension Conductor {
    /// The definition of a Sync that is followed.
    func definition(_ name: String) -> SyncDefinition? { loops[name]?.definition }

    /// The Syncs that are followed, by name.
    var definitions: [SyncDefinition] { loops.values.map(\.definition).sorted { $0.name < $1.name } }

    /// Has a Sync run.
    ///
    /// - Returns: whether it is followed.
    @discardableResult
    func ring(_ name: String, _ reason: Cadence.Reason) async -> Bool {
        guard let loop = loops[name] else { return false }
        await loop.bell.ring(reason)
        return true
    }

    /// Has all Syncs run that follow a remote.
    func ring(remote: RemoteURL, _ reason: Cadence.Reason) async {
        for loop in loops.values where loop.definition.options.remote.isSame(as: remote) {
            await loop.bell.ring(reason)
        }
    }

    /// Has all Syncs run.
    func ringAll(_ reason: Cadence.Reason) async {
        for loop in loops.values { await loop.bell.ring(reason) }
    }

    /// Has a Sync run soon whose objects somebody changed by hand: not at once, as one change is often followed by others.
    func noteEdit(of name: String) {
        guard let bell = loops[name]?.bell else { return }
        // Awaited by nobody: a ring that comes to a loop which has ended is lost, as it should be.
        Task {
            try await GracefulSleep.sleep(for: Self.healingDelay)
            await bell.ring(.drift)
        }
    }

    /// As long as Argo CD waits before it heals itself.
    private static let healingDelay = Duration.seconds(5)

    /// Has those run that wait for a Sync which has run, and tells where what is to be followed has changed.
    func ended(_ name: String, _ result: SyncResult) async {
        if result.changes.contains(where: { $0.key.kind == .sync }) { redefinition.yield() }
        for loop in loops.values where loop.definition.dependsOn.contains(name) { await loop.bell.ring(.dependency) }
    }
}
