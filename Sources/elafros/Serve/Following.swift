internal import Glibc
internal import GitOps
internal import Logging
internal import Resources
internal import ServiceLifecycle
internal import Store
internal import UnixSignals

/// Follows what is configured, and what the repositories define, for as long as the daemon runs; reads the configuration again
/// when it changes.
struct Following: Service {
    let surroundings: Conductor.Surroundings
    /// What whoever runs the daemon names at first.
    let named: [SyncDefinition]
    /// The Credentials of the same.
    let grants: [String: CredentialsGrant]
    /// The file that it came from; nil where the command line named it.
    let file: String?
    /// Whether webhooks are taken at all.
    let takesHooks: Bool
    /// Ends when the first Sync may run.
    let begin: AsyncStream<Void>

    /// How often the file is looked at: a look is one question to the file system.
    private static let lookInterval = Duration.seconds(1)

    func run() async throws {
        for await _ in begin.cancelOnGracefulShutdown() {}
        guard !Task.isCancelled, !Task.isShuttingDownGracefully else { return }
        let book = FollowingBook(named, grants)
        await follow(book)
        // Read by one after the other, and the newest file last, whoever asks for it.
        let (reasons, reason) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await answerSignals(reason) }
            group.addTask { await watchFile(reason) }
            group.addTask {
                for await reason in reasons.cancelOnGracefulShutdown() { await reload(book, because: reason) }
            }
            group.addTask { await followChildren(book) }
            // All of them end when the daemon is to end, and not before.
            await group.waitForAll()
        }
        await surroundings.daemon.conductor.stop()
    }

    private func follow(_ book: FollowingBook) async {
        let (daemon, logger) = (surroundings.daemon, surroundings.logger)
        guard let definitions = await book.definitions(in: daemon.store.facts.syncs, tell: { logger.error("\($0)") })
        else { return }
        daemon.hooks.load(definitions, environment: daemon.environment, logger: logger)
        let called = definitions.filter { $0.webhook != nil }.map(\.name)
        if !takesHooks, !called.isEmpty {
            logger.warning(
                "\(called.joined(separator: ", ")): their webhooks are not taken; pass --hook-listen ADDRESS"
            )
        }
        await daemon.conductor.follow(definitions, in: surroundings)
    }

    /// Follows what the repositories define, once a run has changed it.
    private func followChildren(_ book: FollowingBook) async {
        for await _ in surroundings.daemon.conductor.redefinitions.cancelOnGracefulShutdown() { await follow(book) }
    }

    private func answerSignals(_ reload: AsyncStream<String>.Continuation) async {
        let signals = await UnixSignalsSequence(trapping: [.sighup, .sigusr1])
        for await signal in signals.cancelOnGracefulShutdown() {
            if signal == .sighup {
                reload.yield("SIGHUP")
            } else {
                surroundings.logger.info("SIGUSR1: all Syncs run now")
                await surroundings.daemon.conductor.ringAll(.request)
            }
        }
    }

    private func watchFile(_ reload: AsyncStream<String>.Continuation) async {
        guard let file else { return }
        let path = surroundings.session.absolute(file)
        var seen = FileStamp(path)
        do {
            while true {
                try await GracefulSleep.sleep(for: Self.lookInterval)
                let stamp = FileStamp(path)
                // A file that is gone is being replaced: what it said counts until there is another.
                guard stamp != nil, stamp != seen else { continue }
                seen = stamp
                reload.yield("the file has changed")
            }
        } catch {
            // The daemon is to end.
        }
    }

    private func reload(_ book: FollowingBook, because reason: String) async {
        guard let file else {
            surroundings.logger.warning(
                "\(reason): nothing to read again; what is followed was named by words, not by --config"
            )
            return
        }
        do {
            let config = try ConfigWords.file(file, in: surroundings.session) { finding in
                surroundings.logger.warning("\(finding)")
            }
            surroundings.logger.info("\(file): read again, as \(reason)")
            await book.name(config.syncs, config.grants)
            await follow(book)
        } catch {
            surroundings.logger.error("\(Failure(error).sentence); what was followed before still is")
        }
    }
}

/// What is to be followed, and whether that has changed.
private actor FollowingBook {
    private var named: [SyncDefinition]
    private var grants: [String: CredentialsGrant]
    private var children: [ChildDefinition] = []
    /// Whether what is named is followed already.
    private var isFollowed = false
    private var told: Set<String> = []

    init(_ named: [SyncDefinition], _ grants: [String: CredentialsGrant]) {
        self.named = named
        self.grants = grants
    }

    /// Notes what whoever runs the daemon names from now on.
    func name(_ named: [SyncDefinition], _ grants: [String: CredentialsGrant]) {
        (self.named, self.grants) = (named, grants)
        isFollowed = false
    }

    /// What is to be followed; nil where that is what was the last time.
    ///
    /// - Parameter tell: is given why something is not, once.
    func definitions(in syncs: [Object], tell: @Sendable (String) -> Void) -> [SyncDefinition]? {
        let children = syncs.compactMap(ChildDefinition.init(of:))
        guard !isFollowed || children != self.children else { return nil }
        (self.children, isFollowed) = (children, true)
        let followed = FollowedSyncs(named, grants: grants, in: syncs)
        let lines = followed.refusals.map { "\($0.name): not followed: \($0.message)" }
        for line in lines where !told.contains(line) { tell(line) }
        told = Set(lines)
        return followed.all
    }
}

/// What tells one content of a file from the next without reading it.
private struct FileStamp: Equatable {
    private let numbers: [Int64]

    /// Nil where there is no such file.
    init?(_ path: String) {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return nil }
        numbers = [
            Int64(bitPattern: UInt64(facts.st_ino)), Int64(facts.st_size), Int64(facts.st_mtim.tv_sec),
            Int64(facts.st_mtim.tv_nsec),
        ]
    }
}
