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

    /// All of them, the one that tells that the daemon is there last: once it listens, so do the others.
    ///
    /// - Parameter socketPath: of the folder's socket, in a form that the system takes.
    func all(socketPath: String) -> [any Service] {
        var quiet = logger
        quiet.logLevel = .critical
        let (bound, isBound) = AsyncStream.makeStream(of: Void.self)
        let control = ControlSocket(
            path: daemon.writer.folder.socket,
            run: daemon.run,
            onListening: { isBound.finish() }
        )
        var all: [any Service] = [control.application(boundTo: socketPath, logger: quiet)]
        if let hooks {
            all.append(
                hookListener.application(
                    listeningOn: hooks.bindAddress,
                    logger: quiet,
                    onListening: telling("taking webhooks on", hooks)
                )
            )
        }
        if let admin {
            all.append(
                adminListener.application(
                    listeningOn: admin.bindAddress,
                    logger: quiet,
                    onListening: telling("health and metrics on", admin)
                )
            )
        }
        let (console, services) = (session.console, services)
        all.append(
            daemon.gateway.application(
                listeningOn: services.bindAddress,
                logger: quiet,
                onListening: { port in
                    // Whoever reads the line may hand over commands at once.
                    for await _ in bound {}
                    console.line("listening on http://\(services.text(port: port))")
                    ServiceManager.tell("READY=1")
                }
            )
        )
        return all
    }

    private func telling(_ what: String, _ address: ListenAddress) -> @Sendable (Int) async -> Void {
        let logger = logger
        return { port in logger.info("\(what) http://\(address.text(port: port))") }
    }

    private var hookListener: HookListener {
        let (daemon, logger) = (daemon, logger)
        return HookListener(hook: daemon.hooks.hook) { name, verdict in
            guard let hook = daemon.hooks.hook(name) else { return }
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

extension ListenAddress {
    fileprivate var bindAddress: BindAddress { .hostname(host, port: port) }
}
