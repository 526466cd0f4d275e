public import Engine
public import Git
public import Resources
internal import YAML

/// What a Sync follows and where it reports, as the state keeps it beside what it applied.
struct SyncSpec {
    /// As it is stored: `url`, one of `branch`, `tag`, `versions`, `commit` and
    /// `reference` unless the remote's default branch is followed, `path`,
    /// `namespace`, `domain`, `inProgress`, `keepRevisions`, `fromFile`, `reportBranch`, `reportDirectory`,
    /// `reportNotes`, `reportKeep`, `reportSigner`, `reportVerify`, what limits it, where anything does; and where a repository
    /// defines the Sync, `definition`.
    let value: Value

    /// The spec of a sync with those options.
    ///
    /// - Parameter old: the spec that the Sync had so far: what it says of the state is kept where the options do not.
    init(_ options: SyncOptions, keeping old: Value?) {
        var map: Map = ["url": .string(options.remote.withoutCredentials)]
        switch options.follow {
        case .head: break
        case .branch(let name): map["branch"] = .string(name)
        case .tag(let name): map["tag"] = .string(name)
        case .versions(let range): map["versions"] = .string(range.text)
        case .commit(let id): map["commit"] = .string(id.hex)
        case .reference(let name): map["reference"] = .string(name)
        }
        if !options.path.isEmpty { map["path"] = .string(options.path) }
        map["namespace"] = .string(options.defaultNamespace)
        map["domain"] = options.domain.map(Value.string) ?? old?["domain"]
        map["inProgress"] = options.inProgress.map { .string($0.rawValue) } ?? old?["inProgress"]
        map["keepRevisions"] = options.keptRevisions.map(\.value) ?? old?["keepRevisions"]
        map["fromFile"] = options.isOfFile ? true : nil
        map["reportBranch"] = options.reportBranch.map(Value.string)
        map["reportDirectory"] = options.reportDirectory.map(Value.string)
        map["reportNotes"] = options.reportNotes ? true : nil
        map["reportKeep"] = options.reportKeep.map(Value.int)
        let signer = options.reportSigning.key?.publicKey.fingerprint ?? options.reportSigner
        map["reportSigner"] = signer.map(Value.string)
        map["reportVerify"] = options.verifiesReport ? true : nil
        Self.addLimits(of: options, to: &map)
        map[ChildDefinition.field] = old?[ChildDefinition.field]
        value = .map(map)
    }
}

extension SyncSpec {
    /// Adds what limits the Sync, where anything does: `include`, `exclude`, `namespaces`, `kinds`, `prune`, `drift`,
    /// `ignoreDifferences`.
    private static func addLimits(of options: SyncOptions, to map: inout Map) {
        func list(_ words: [String]) -> Value { .list(words.map(Value.string)) }
        map["include"] = options.include.isEmpty ? nil : list(options.include)
        map["exclude"] = options.exclude.isEmpty ? nil : list(options.exclude)
        map["namespaces"] = options.namespaces.map(list)
        map["kinds"] = options.kinds.map { list($0.map(\.name)) }
        map["prune"] = options.prunes ? nil : false
        map["drift"] = options.drift == .heal ? nil : .string(options.drift.rawValue)
        let ignored = options.ignoreDifferences
        map["ignoreDifferences"] = ignored.isEmpty ? nil : .list(ignored.map(\.value))
    }
}

extension SyncOptions {
    /// Takes over what limits a Sync that is there.
    private mutating func takeLimits(from spec: Value) {
        func words(_ field: String) -> [String]? { spec[field]?.list?.compactMap(\.string) }
        include = words("include") ?? []
        exclude = words("exclude") ?? []
        namespaces = words("namespaces")
        kinds = words("kinds")?.compactMap(Kind.init(manifestName:))
        prunes = spec["prune"]?.bool ?? true
        drift = spec["drift"]?.string.flatMap(DriftPolicy.init) ?? .heal
        ignoreDifferences = (spec["ignoreDifferences"]?.list ?? []).map(IgnoredDifference.init)
    }

    /// What a Sync of the state was last told; guards and limits are the usual ones.
    ///
    /// - Throws: `GitError` where its address is none.
    public init(of sync: Object) throws(GitError) {
        let remote = try RemoteURL(sync.spec["url"]?.string ?? "")
        self = try SyncOptions(remote: remote, name: sync.metadata.name).taking(from: sync)
    }

    /// The object that remembers a Sync which has not run yet.
    public var sync: Object {
        Object(kind: .sync, metadata: Metadata(name: name, namespace: ""), spec: SyncSpec(self, keeping: nil).value)
    }

    /// Whether both follow the same, within the same limits that a parent may have set.
    func isSameSource(as other: SyncOptions) -> Bool {
        let (mine, theirs) = (SyncSpec(self, keeping: nil).value, SyncSpec(other, keeping: nil).value)
        return mine == theirs && isOfFile == other.isOfFile
    }

    /// The same guards and limits for a Sync that is there: what it follows, and what it says of the state, is its own.
    ///
    /// - Throws: `GitError` where its address is none, or its range of versions.
    func taking(from sync: Object) throws(GitError) -> SyncOptions {
        let spec = sync.spec
        func text(_ field: String) -> String? { spec[field]?.string }
        var options = self
        options.name = sync.metadata.name
        options.remote = try RemoteURL(text("url") ?? "")
        if let range = text("versions") {
            options.follow = .versions(try VersionRange(range))
        } else {
            options.follow =
                text("branch").map(Follow.branch) ?? text("tag").map(Follow.tag)
                ?? text("commit").flatMap(ObjectID.init(hex:)).map(Follow.commit)
                ?? text("reference").map(Follow.reference) ?? .head
        }
        options.path = text("path") ?? ""
        options.defaultNamespace = text("namespace") ?? "default"
        options.domain = text("domain")
        options.inProgress = text("inProgress").flatMap(Condition.Status.init)
        options.keptRevisions = spec["keepRevisions"].map { $0.int.map(KeptRevisions.newest) ?? .all }
        options.reportBranch = text("reportBranch")
        options.reportDirectory = text("reportDirectory")
        options.reportNotes = spec["reportNotes"]?.bool ?? false
        options.reportKeep = spec["reportKeep"]?.int
        options.reportSigner = text("reportSigner")
        options.verifiesReport = spec["reportVerify"]?.bool ?? false
        options.isOfFile = spec["fromFile"]?.bool ?? false
        options.takeLimits(from: spec)
        return options
    }
}

extension EngineSettings {
    /// Takes over what a Sync says of the state that it is in: the suffix of hosts, what `Ready` says of work in progress,
    /// and how many Revisions are kept.
    public mutating func take(from sync: Object?) {
        if let domain = sync?.spec["domain"]?.string { domainSuffix = domain }
        if let word = sync?.spec["inProgress"]?.string, let status = Condition.Status(rawValue: word) {
            inProgress = status
        }
        switch sync?.spec["keepRevisions"] {
        case .int(let number): retention.least = number
        case .string: retention = RevisionRetention(sinceCreation: nil, sinceReached: nil, most: nil)
        default: break
        }
    }
}

extension SyncOptions.KeptRevisions {
    /// As a Sync keeps it: a number, or `all`.
    fileprivate var value: Value {
        switch self {
        case .newest(let number): .int(number)
        case .all: "all"
        }
    }
}
