internal import APIServer
internal import Gateway
internal import GitOps
internal import Glibc
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import Resources
internal import ServiceLifecycle
internal import Store

/// All that the daemon listens on: the state folder's socket, the services, and where they are asked for webhooks, health
/// and metrics.
struct Listeners: Sendable {
    let daemon: Daemon
    let session: Session
    let logger: Logger
    /// Where the services answer.
    let services: ListenAddress
    /// Where webhooks are taken; nil for nowhere.
    let hooks: ListenAddress?
    /// Where health and metrics are told; nil for nowhere.
    let admin: ListenAddress?

    /// All of them. Each throws a `Failure` that names its own address where it cannot listen there.
    ///
    /// - Parameters:
    ///   - socketPath: of the folder's socket, in a form that the system takes.
    ///   - isOpen: finished once all of them listen.
    func all(socketPath: String, isOpen: AsyncStream<Void>.Continuation) -> [any Service] {
        var quiet = logger
        quiet.logLevel = .critical
        let (bound, isBound) = AsyncStream.makeStream(of: Void.self)
        let (taking, isTaking) = AsyncStream.makeStream(of: Void.self)
        let (telling, isTelling) = AsyncStream.makeStream(of: Void.self)
        if hooks == nil { isTaking.finish() }
        if admin == nil { isTelling.finish() }
        let control = ControlSocket(
            path: daemon.writer.folder.socket,
            run: daemon.run,
            onListening: { isBound.finish() }
        )
        var all: [any Service] = [control.application(boundTo: socketPath, logger: quiet)]
        if let hooks {
            let listener = hookListener.application(
                listeningOn: hooks.bindAddress,
                logger: quiet,
                onListening: onListening("taking webhooks on", hooks, isTaking)
            )
            all.append(Listening(word: "--hook-listen", address: hooks, service: listener))
        }
        if let admin {
            let listener = adminListener.application(
                listeningOn: admin.bindAddress,
                logger: quiet,
                onListening: onListening("health and metrics on", admin, isTelling)
            )
            all.append(Listening(word: "--admin-listen", address: admin, service: listener))
        }
        let (console, services) = (session.console, services)
        let listener = daemon.gateway.application(
            listeningOn: services.bindAddress,
            logger: quiet,
            onListening: { port in
                // Whoever reads the line may hand over commands at once, and call.
                for others in [bound, taking, telling] { for await _ in others {} }
                guard !Task.isCancelled else { return }
                console.line("listening on http://\(services.text(port: port))")
                isOpen.finish()
                ServiceManager.tell("READY=1")
            }
        )
        all.append(Listening(word: "--listen", address: services, service: listener))
        return all
    }

    private func onListening(
        _ what: String,
        _ address: ListenAddress,
        _ isListening: AsyncStream<Void>.Continuation
    ) -> @Sendable (Int) async -> Void {
        let logger = logger
        return { port in
            logger.info("\(what) http://\(address.text(port: port))")
            isListening.finish()
        }
    }

    private var hookListener: HookListener {
        let (daemon, logger) = (daemon, logger)
        @Sendable func hook(_ name: String) -> Hook? { daemon.hooks.hook(name, environment: daemon.environment) }
        return HookListener(hook: hook) { name, verdict in
            guard let hook = hook(name) else { return }
            daemon.metrics.received(verdict, from: hook.provider)
            switch verdict {
            case .push(let reference, _):
                daemon.hooks.noteRight(name)
                logger.info("\(name): webhook\(reference.map { ", \(FindingLines.oneLine($0)) was pushed" } ?? "")")
                // Only a hint, so that it harms nobody to look at all that follow the repository.
                guard let definition = await daemon.conductor.definition(name) else { return }
                await daemon.conductor.ring(remote: definition.options.remote, .webhook)
            case .refused(let refusal) where daemon.hooks.isWorthTelling(name):
                logger.warning("\(name): a webhook was refused: \(refusal)")
            case .ping, .ignored, .repeated, .refused: break
            }
        }
    }

    private var adminListener: AdminListener {
        let daemon = daemon
        return AdminListener(
            isAlive: {
                await daemon.beat()
                return true
            },
            hindrances: {
                let syncs = daemon.store.facts.syncs
                return await daemon.conductor.definitions.filter { definition in
                    !definition.isSuspended
                        && !syncs.contains { sync in
                            sync.metadata.name == definition.name
                                && (sync.syncStatus.commit != nil || sync.syncStatus.suspension != nil
                                    || sync.syncStatus.waiting != nil)
                        }
                }.map { "\($0.name): nothing was applied yet" }
            },
            metrics: { daemon.metrics.page }
        )
    }
}

/// A listener that says which word of the command line named the address, where it cannot listen there.
private struct Listening<Listener: Service>: Service {
    let word: String
    let address: ListenAddress
    let service: Listener

    func run() async throws {
        func failure(_ message: String) -> Failure {
            Failure(.cannotRun, "\(word) \(address.text(port: address.port))", message)
        }
        do {
            try await service.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw failure("another program listens there; stop it, or name another address")
        } catch let error as IOError {
            throw failure("cannot listen: \(String(cString: strerror(error.errnoCode)))")
        } catch is SocketAddressError.UnknownHost {
            throw failure("there is no such host; name an address of this machine")
        }
    }
}

extension ListenAddress {
    fileprivate var bindAddress: BindAddress { .hostname(host, port: port) }
}
