internal import Engine
internal import Git
internal import GitOps
internal import Glibc
internal import Resources
internal import Runtimes
internal import Store
internal import YAML

/// The pieces of a process that writes a state, put together: the one file that knows every adapter.
struct Writer: Sendable {
    /// Where the state is.
    let folder: StateFolder
    /// The one writer of it.
    let store: Store
    /// The machine's clock, kept from going back behind the state.
    let clock: any Clock
    /// Who carries out workloads.
    let runtime: any Runtime
    /// The mirrors that are open, by the name of their Sync.
    let mirrors: MirrorPool
    /// Returns at an instant of the clock, or earlier where there may be something to do.
    let sleep: @Sendable (Instant) async throws -> Void
}

extension Writer {
    /// The writer of the session: the daemon's, or one that takes the lock of the folder that the words name.
    ///
    /// - Parameters:
    ///   - command: what the lock says of this process to others that wait for it.
    ///   - sync: whose report branch knows better than the state that is there, which is thrown away first.
    static func open(
        _ words: StateWords,
        as command: String,
        discardingForReportOf sync: String? = nil,
        in session: Session
    ) async throws -> Writer {
        if let daemon = session.daemon { return daemon.writer }
        let folder = try words.folder(in: session)
        let timeout = words.lockTimeout.duration
        let store = try await openStore(folder, as: command, lockTimeout: timeout, discardingForReportOf: sync)
        let clock = SystemClock(notBefore: store.facts.lastInstant)
        return Writer(
            folder: folder,
            store: store,
            clock: clock,
            runtime: AssumedRuntime(),
            mirrors: MirrorPool(folder),
            sleep: { try await Task.sleep(for: max($0 - clock.now(), .zero)) }
        )
    }

    /// Takes the lock, waiting for another holder, and opens the store.
    ///
    /// - Parameter sync: whose report branch knows better than the state that is there, which is thrown away first.
    static func openStore(
        _ folder: StateFolder,
        as command: String,
        lockTimeout: Duration,
        discardingForReportOf sync: String? = nil
    ) async throws -> Store {
        try folder.create()
        let hadSocket = HandOver.isSocket(folder.socket)
        let holder = FolderLock.Holder.thisProcess(command, since: SystemClock().now())
        let lock = try await folder.lock(as: holder, timeout: lockTimeout) { pause in
            // Whoever holds the folder turns out to be a daemon that was still starting.
            if !hadSocket, HandOver.isSocket(folder.socket) { throw HandOver.DaemonAppeared() }
            try await Task.sleep(for: pause)
        }
        if let sync { try folder.discardState(forReportOf: sync) }
        return try Store.open(folder, lock: lock)
    }

    /// A sync with those options.
    func sync(
        _ options: SyncOptions,
        gitTimeout: Duration,
        credentials: Credentials
    ) -> SyncRun {
        SyncRun(
            options,
            store: store,
            mirror: mirrors.mirror(options, timeout: gitTimeout, credentials: credentials),
            settings: settings,
            runtime: runtime,
            clock: clock,
            sleep: sleep
        )
    }

    /// What carries the state to rest after a change that no sync made.
    var driver: Driver {
        Driver(store: store, engine: Engine(settings), runtime: runtime, clock: clock, sleep: sleep)
    }

    /// The reconcilers' settings: what holds for all of a state, its Syncs say, and do not contradict each other.
    var settings: EngineSettings {
        var settings = EngineSettings()
        for sync in store.facts.syncs { settings.take(from: sync) }
        return settings
    }
}

extension Writer {
    /// Changes live objects by hand: one durable transaction, then all that the engine can do about it at once.
    func edit(_ body: @Sendable (State) throws -> [HandEdit]) async throws -> [HandEdit] {
        let clock = clock
        let edits = try await store.commit(durably: true) { state in
            let edits = try body(state)
            for edit in edits { try state.apply(edit.changes, at: clock.now()) }
            return edits
        }
        _ = try await driver.step()
        try await store.flush()
        return edits
    }
}

extension StateFolder {
    /// Throws the state away, unless the report branch of that Sync could not give all of it back; the mirrors stay. To be
    /// called by the lock's holder alone.
    fileprivate func discardState(forReportOf sync: String) throws {
        let state = try Store.read(self)
        let lost = Self.unreported(by: sync, in: state)
        // What cannot be read seems absent.
        if let failure = state.readFailure { throw failure }
        guard lost.isEmpty else {
            let names = lost.prefix(5).joined(separator: ", ") + (lost.count > 5 ? " and \(lost.count - 5) more" : "")
            throw Failure(
                .cannotRun,
                path,
                "another runner of this state moved the report branch, and going by it would lose what only this folder "
                    + "holds: \(names); let only one runner sync this state, or move this folder away, sync, and bring "
                    + "those back"
            )
        }
        for path in [database, "\(database)-wal", "\(database)-shm"] where unlink(path) != 0 && errno != ENOENT {
            throw Failure.file(path, "remove", errno)
        }
    }

    /// What no report in the branch of that Sync tells of: Syncs that report elsewhere, and what was made by hand.
    private static func unreported(by name: String, in state: State) -> [String] {
        let sync = state[Key(.sync, "", name)]
        let others = state.keys(.sync).filter { key in
            ["url", "reportBranch"].contains { state[key]?.spec[$0] != sync?.spec[$0] }
        }
        let handmade = Kind.allCases.filter(\.isAPI).flatMap { state.keys($0) }.filter { key in
            state[key].map { $0.origin == nil && $0.controllerKey == nil } ?? false
        }
        // What the next sync heals is lost either way; the rest no sync marks or looks at any more.
        let edited = state.changedByHand.filter { key in
            state[key].map { !HandEdited.isHealed($0, in: state) } ?? false
        }
        return others.map { "Sync \($0.name)" } + handmade.map(\.description)
            + edited.map { "\($0), changed by hand" }
    }
}
