internal import ArgumentParser
internal import Gateway
internal import GitOps
internal import Glibc
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import Store
internal import UnixSignals

/// `elafros serve`: polls, syncs what is new, and answers HTTP for the live services until it is told to end.
struct ServeCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Follows repositories and answers HTTP for their services, until SIGTERM.",
        discussion: """
            What is followed stands in the words, or as Sync objects in a file (--config), which is read again when it \
            changes, and on SIGHUP; SIGUSR1 has all Syncs run now. \
            Requests are answered by in-process responders that say which Revision they stand for; no container is run. \
            Other commands that write the same state folder are handed to this process.
            """
    )

    @OptionGroup var words: SyncWords

    @OptionGroup var file: ConfigWords

    @OptionGroup(title: "Reports")
    var reports: ReportWords

    @OptionGroup(title: "State")
    var state: StateWords

    @OptionGroup(title: "Waiting")
    var waiting: WaitWords

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How often to ask the remote. Default: 30s.", valueName: "time")
    )
    var interval: Span?

    @Option(
        help: ArgumentHelp(
            "Where to answer for the services: HOST:PORT, or :PORT for all addresses; port 0 takes a free one.",
            valueName: "address"
        )
    )
    var listen = ListenAddress(host: "127.0.0.1", port: 8080)

    @Option(
        help: ArgumentHelp(
            "Where to take webhooks, at /hooks/NAME for each Sync that has one. Default: nowhere.",
            valueName: "address"
        )
    )
    var hookListen: ListenAddress?

    @Option(
        help: ArgumentHelp(
            "Where to answer /healthz, /readyz and /metrics. Default: nowhere.",
            valueName: "address"
        )
    )
    var adminListen: ListenAddress?

    @Option(help: ArgumentHelp("How to log: text, or json with sync and commit on each line.", valueName: "form"))
    var logFormat = LogForm.text

    @Flag(help: "Ask no remote: serve what `sync` runs on the same state folder bring.")
    var noPoll = false

    mutating func validate() throws {
        if let config = file.config {
            if noPoll { throw ValidationError("--config and --no-poll exclude each other; the one says what to poll.") }
            try words.refuseBeside(config: config)
            if reports.areNamed || interval != nil {
                throw ValidationError(
                    "--config: the file says where reports go and how often to ask; leave those words out."
                )
            }
        } else if !noPoll, words.source.repo == nil {
            throw ValidationError("Missing --repo or --config: name what to follow, or pass --no-poll.")
        }
        if let interval, interval.duration < .milliseconds(100) {
            throw ValidationError("--interval: less than 100ms would do nothing but ask; name a longer one.")
        }
    }

    func run(in session: Session) async throws -> ExitCode {
        // Before the folder is taken: what is wrong with the words or the file changes nothing.
        let config = try file.file(in: session)
        let definitions = try config?.syncs ?? definitions(in: session)
        let daemon = try await Daemon(state, in: session)
        let engine = EngineLoop(daemon: daemon)
        try await engine.takeOver()
        daemon.gateway.load(daemon.store.state)

        let logger = logger("elafros", .info, session.console)
        if noPoll { logger.info("serving what is in \(daemon.writer.folder.path); no remote is asked") }
        // Nothing is applied by a daemon that turns out to be unable to listen.
        let (open, isOpen) = AsyncStream.makeStream(of: Void.self)
        let following = Following(
            surroundings: Conductor.Surroundings(
                daemon: daemon,
                session: session,
                showsStatistics: waiting.stats,
                logger: logger
            ),
            named: definitions,
            grants: config?.grants ?? [:],
            file: file.config,
            takesHooks: hookListen != nil,
            begin: open
        )
        let socket = try SocketPath(daemon.writer.folder.socket)
        defer { unlink(daemon.writer.folder.socket) }
        var services: [any Service] = [engine, Follower(daemon: daemon), following]
        services.append(Heartbeat(daemon: daemon, interval: ServiceManager.watchdogInterval(session.environment)))
        let listeners = Listeners(
            daemon: daemon,
            session: session,
            logger: logger,
            services: listen,
            hooks: hookListen,
            admin: adminListen
        )
        services += listeners.all(socketPath: socket.text, isOpen: isOpen)
        services.append(LastResort(store: daemon.store, logger: logger))
        // Shut down from the last to the first: the listeners first, the engine at the end.
        try await ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services,
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: self.logger("lifecycle", .critical, session.console)
            )
        ).run()
        try await daemon.store.flush()
        logger.info("stopped")
        return .success
    }

    /// What is followed: what the words name.
    private func definitions(in session: Session) throws -> [SyncDefinition] {
        if noPoll { return [] }
        var options = try words.options(reports, in: session)
        options.wait = waiting.wait ?? .progressing
        options.timeout = waiting.timeout?.duration ?? SyncDefinition.defaultPatience
        return [
            SyncDefinition(
                options,
                interval: interval?.duration ?? SyncDefinition.defaultInterval,
                gitTimeout: words.guards.gitTimeout?.duration ?? GuardWords.patience
            )
        ]
    }

    private func logger(_ label: String, _ level: Logger.Level, _ console: Console) -> Logger {
        let form = logFormat
        var logger = Logger(label: label) { _ in LineLogHandler(console: console, form: form) }
        logger.logLevel = level
        return logger
    }
}

/// Ends the process where something does not end by itself: a remote that hangs must not hold up a stop.
private struct LastResort: Service {
    let store: Store
    let logger: Logger

    /// How long the other services get.
    static let patience = Duration.seconds(5)

    func run() async throws {
        try await gracefulShutdown()
        // Awaited by nobody on purpose: it outlives the services that hang, and ends with the process.
        Task {
            // Nobody cancels it; were it to wake early, it would end what hangs all the same.
            try? await Task.sleep(for: Self.patience)
            do {
                // The store runs one transaction after the other, so this comes after the one that is on.
                try await store.flush()
                exit(ExitCode.success.rawValue)
            } catch {
                // A full disk is no reason to hang: what was promised to be kept is on it already.
                logger.error("\(Failure(error).sentence)")
                exit(ExitCode.cannotRun.rawValue)
            }
        }
    }
}

extension LogForm: ExpressibleByArgument {}
