internal import APIServer
internal import GitOps
internal import Logging
internal import Synchronization

/// The webhooks of the Syncs that are followed: who may call for which, with the secrets as they were last read.
final class HookBook: Sendable {
    private struct Page {
        var hooks: [String: Hook] = [:]
        /// Of which a wrong call was told already: a stranger must not be able to fill the log.
        var told: Set<String> = []
    }

    private let page = Mutex(Page())

    /// The hook of a Sync; nil where it has none.
    func hook(_ name: String) -> Hook? { page.withLock { $0.hooks[name] } }

    /// Takes the webhooks of these Syncs, and of no others. One whose secret cannot be had takes no calls.
    func load(_ definitions: [SyncDefinition], in session: Session, logger: Logger) {
        var hooks: [String: Hook] = [:]
        for definition in definitions {
            guard let webhook = definition.webhook, let provider = HookProvider(word: webhook.provider) else {
                continue
            }
            do {
                let secret = try webhook.secret.value(of: .webhookSecret, environment: session.environment) {
                    try Files.read($0)
                }
                hooks[definition.name] = Hook(provider: provider, secret: Array((secret ?? "").utf8))
            } catch {
                logger.error("\(definition.name): its webhooks are not taken: \(Failure(error).sentence)")
            }
        }
        page.withLock { $0 = Page(hooks: hooks) }
    }

    /// Whether a call that was refused is to be told: the first after one that was right.
    func isWorthTelling(_ name: String) -> Bool { page.withLock { $0.told.insert(name).inserted } }

    /// Notes a call that was right.
    func noteRight(_ name: String) { page.withLock { _ = $0.told.remove(name) } }
}
