internal import Git
internal import YAML

/// What a Sync follows and where it reports, as the state keeps it beside what it applied.
struct SyncSpec {
    /// As it is stored: `url`, one of `branch`, `tag` and `commit` unless the remote's default branch is followed, `path`,
    /// `namespace`, `domain`, `reportBranch`, `reportDirectory`.
    let value: Value

    /// The spec of a sync with those options.
    ///
    /// - Parameter domain: the suffix that the Sync had so far, kept where the options name none.
    init(_ options: SyncOptions, domain: String?) {
        var map: Map = ["url": .string(options.remote.withoutCredentials)]
        switch options.follow {
        case .head: break
        case .branch(let name): map["branch"] = .string(name)
        case .tag(let name): map["tag"] = .string(name)
        case .commit(let id): map["commit"] = .string(id.hex)
        }
        if !options.path.isEmpty { map["path"] = .string(options.path) }
        map["namespace"] = .string(options.defaultNamespace)
        map["domain"] = (options.domain ?? domain).map(Value.string)
        map["reportBranch"] = options.reportBranch.map(Value.string)
        map["reportDirectory"] = options.reportDirectory.map(Value.string)
        value = .map(map)
    }
}
