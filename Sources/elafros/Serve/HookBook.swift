internal import APIServer
internal import GitOps
internal import Logging
internal import Synchronization

/// The webhooks of the Syncs that are followed: who may call for which. Secrets are read when somebody calls, so that one that
/// was renewed counts at once.
final class HookBook: Sendable {
    private struct Page {
        var webhooks: [String: (provider: HookProvider, secret: CredentialsGrant)] = [:]
        /// Of which a wrong call was told already: a stranger must not be able to fill the log.
        var told: Set<String> = []
    }

    private let page = Mutex(Page())

    /// The hook of a Sync; nil where it has none, or its secret cannot be had.
    func hook(_ name: String, environment: [String: String]) -> Hook? {
        guard let webhook = page.withLock({ $0.webhooks[name] }) else { return nil }
        // Why it cannot be had was told when the hook was taken, and calls must not be able to fill the log.
        return try? Self.hook(webhook, environment)
    }

    private static func hook(
        _ webhook: (provider: HookProvider, secret: CredentialsGrant),
        _ environment: [String: String]
    ) throws -> Hook {
        let secret = try webhook.secret.value(of: .webhookSecret, environment: environment) { try Files.read($0) }
        guard let hook = Hook(provider: webhook.provider, secret: Array((secret ?? "").utf8)) else {
            let what = "the webhookSecret of Credentials \(webhook.secret.name) is empty"
            throw Failure(.cannotRun, "", "\(what); anybody could sign with it, so enter one here and at the forge")
        }
        return hook
    }

    /// Takes the webhooks of these Syncs, and of no others. One whose secret cannot be had takes no calls until it can.
    func load(_ definitions: [SyncDefinition], environment: [String: String], logger: Logger) {
        var page = Page()
        for definition in definitions {
            guard let webhook = definition.webhook, let provider = HookProvider(word: webhook.provider) else {
                continue
            }
            page.webhooks[definition.name] = (provider, webhook.secret)
            do {
                _ = try Self.hook((provider, webhook.secret), environment)
            } catch {
                logger.error("\(definition.name): its webhooks are not taken: \(Failure(error).sentence)")
            }
        }
        self.page.withLock { $0 = page }
    }

    /// Whether a call that was refused is to be told: the first after one that was right.
    func isWorthTelling(_ name: String) -> Bool { page.withLock { $0.told.insert(name).inserted } }

    /// Notes a call that was right.
    func noteRight(_ name: String) { page.withLock { _ = $0.told.remove(name) } }
}
