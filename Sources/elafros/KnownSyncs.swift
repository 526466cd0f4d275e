internal import GitOps
internal import Resources
internal import Store

/// The Syncs that a command can name: those that the daemon follows, and those that the state remembers.
struct KnownSyncs: Sendable {
    /// What the daemon follows, then the others; by name.
    let all: [SyncDefinition]

    /// Those of the file, else of the daemon, and of the state folder that the words name.
    init(_ words: StateWords, _ file: ConfigWords? = nil, in session: Session) async throws {
        let config = try file?.file(in: session)
        let facts: Facts?
        if let daemon = session.daemon {
            facts = daemon.store.facts
        } else {
            facts = try Store.readFacts(words.folder(in: session))
        }
        var followed = FollowedSyncs(config?.syncs ?? [], grants: config?.grants ?? [:], in: facts?.syncs ?? []).all
        if followed.isEmpty { followed = await session.daemon?.conductor.definitions ?? [] }
        let remembered = try (facts?.syncs ?? []).filter { sync in
            !followed.contains { $0.name == sync.metadata.name }
        }.map { sync in
            try SyncDefinition(
                remembered: sync,
                interval: SyncDefinition.defaultInterval,
                gitTimeout: GuardWords.patience
            )
        }
        all = followed + remembered
    }

    /// The one of that name, or the only one that there is.
    func one(_ name: String?) throws(Failure) -> SyncDefinition {
        guard let name else {
            guard all.count <= 1 else {
                throw Failure(
                    .usage,
                    "",
                    "there are several Syncs, \(all.map(\.name).joined(separator: ", ")); name one of them"
                )
            }
            guard let only = all.first else { throw Self.none }
            return only
        }
        guard let sync = all.first(where: { $0.name == name }) else {
            throw Failure.noSync(name, among: all.map(\.name))
        }
        return sync
    }

    /// All of them that are still followed, or the one of that name. Which of a file's Syncs are, only the file says.
    func some(_ name: String?) throws(Failure) -> [SyncDefinition] {
        if name != nil { return [try one(name)] }
        guard !all.isEmpty else { throw Self.none }
        let followed = all.filter { $0.place != "its file" }
        guard !followed.isEmpty else {
            throw Failure(.usage, "", "the Syncs stand in a file; name it with --config, or name one of the Syncs")
        }
        return followed
    }

    private static let none = Failure(.different, "", "nothing was synced here yet; run `elafros sync` first")
}
