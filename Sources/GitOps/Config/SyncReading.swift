internal import Git
internal import Resources
internal import YAML

/// Reads the spec of one Sync. All that is wrong with it is found, each with its place.
struct SyncReading {
    let document: ConfigDocument
    /// Where its author wrote it.
    let ground: Ground
    /// Where it stands: `elafros.yaml:3`.
    let place: String
    private(set) var findings: [Diagnostic] = []

    /// Where a Sync is written, which decides what it may say.
    enum Ground {
        /// In the file of whoever runs the program, with the folder that its relative paths start from, and its grants.
        case file(folder: String, grants: [String: CredentialsGrant])
        /// In a repository that another Sync follows.
        ///
        /// - Parameters:
        ///   - parent: what that one is told; nil where it is not known.
        ///   - grants: those of the file of whoever runs the program; nil where they are not known.
        case repository(parent: SyncOptions?, grants: [String: CredentialsGrant]?)
    }

    /// A reading that has not begun.
    init(_ document: ConfigDocument, _ ground: Ground, place: String) {
        self.document = document
        self.ground = ground
        self.place = place
    }

    var spec: Value { document.spec }

    /// What the Sync is told in whose repository this one stands.
    var parent: SyncOptions? { if case .repository(let parent, _) = ground { parent } else { nil } }

    var isInRepository: Bool { if case .repository = ground { true } else { false } }

    /// The Sync, or nil where its address is missing or wrong; what else is wrong is among the findings.
    mutating func definition() -> SyncDefinition? {
        if !SyncOptions.isName(document.name) {
            refuse(
                FieldPath(["metadata", "name"].map(FieldPath.Step.key)),
                "\"\(document.name)\" can be no Sync's name; use up to 63 letters, digits, '-', '_' and '.', a letter or "
                    + "digit first"
            )
        }
        guard let remote = remote() else { return nil }
        var options = SyncOptions(
            remote: remote,
            follow: follow(),
            path: text(["path"]) ?? "",
            name: document.name
        )
        // What is its parent's repository is reached as that is.
        options.isOfFile = parent.map { $0.isOfFile || !$0.remote.isSame(as: remote) } ?? true
        if options.path.split(separator: "/").contains("..") {
            refuse(["spec", "path"], "\"..\" leads out of the repository; name a folder of it")
        }
        readScope(&options)
        readGuards(&options)
        readState(&options)
        readReport(&options)
        options.wait = text(["wait"]).flatMap(SyncOptions.Wait.init) ?? .progressing
        options.timeout = duration(["timeout"], atLeast: .zero) ?? SyncDefinition.defaultPatience

        var definition = SyncDefinition(options, place: place, written: spec)
        definition.cadence = cadence()
        definition.isSuspended = spec["suspend"]?.bool ?? false
        definition.dependsOn = names(["dependsOn"])
        definition.gitTimeout = duration(["gitTimeout"], atLeast: .milliseconds(100)) ?? definition.gitTimeout
        definition.credentials = grant(["secretRef"], for: remote)
        definition.webhook = webhook(of: remote)
        definition.reportSecrets = reportSecrets(options)
        checkWords()
        checkDuties(definition)
        return definition
    }
}

// MARK: - What is followed

extension SyncReading {
    private mutating func remote() -> RemoteURL? {
        guard let url = text(["url"]), !url.isEmpty else {
            // The repository in which it stands; whoever follows that knows which it is.
            if isInRepository, spec["url"] == nil { return parent?.remote ?? (try? RemoteURL("/")) }
            refuse(["spec", "url"], "spec.url is missing; name the repository's path or address")
            return nil
        }
        do {
            let remote = try RemoteURL(url)
            if remote.holdsPassword {
                refuse(
                    ["spec", "url"],
                    "the address holds a password; take it out, and name Credentials in spec.secretRef instead"
                )
            }
            guard remote.kind == .path else { return remote }
            guard case .file(let folder, _) = ground else {
                refuse(
                    ["spec", "url"],
                    "a repository can name no path of whoever follows it; name an address, or leave url out for this repository"
                )
                return remote
            }
            return url.hasPrefix("file://") ? remote : try RemoteURL(Self.absolute(url, in: folder))
        } catch {
            refuse(["spec", "url"], error.description)
            return nil
        }
    }

    private mutating func follow() -> Follow {
        let words = ["branch", "tag", "semver", "commit"].filter { spec["ref"]?[$0] != nil }
        if words.count > 1 {
            refuse(["spec", "ref"], "\(words.joined(separator: " and ")) exclude each other; name one of them")
        }
        if let branch = text(["ref", "branch"]) {
            guard GitName.isBranch(branch) else {
                refuse(
                    ["spec", "ref", "branch"],
                    "git takes no branch called \"\(branch)\"; name it without refs/heads/"
                )
                return .head
            }
            return .branch(branch)
        }
        if let tag = text(["ref", "tag"]) { return .tag(tag) }
        if let range = text(["ref", "semver"]) {
            do {
                return .versions(try VersionRange(range))
            } catch {
                refuse(["spec", "ref", "semver"], "\(error)")
            }
        }
        if let commit = text(["ref", "commit"]) {
            if let id = ObjectID(hex: commit) { return .commit(id) }
            refuse(["spec", "ref", "commit"], "not a whole commit id; name all 40 hexadecimal digits")
        }
        return spec["url"] == nil ? parent?.follow ?? .head : .head
    }

    /// The grants of whoever runs the program; nil where they are not known.
    private var grants: [String: CredentialsGrant]? {
        switch ground {
        case .file(_, let grants): grants
        case .repository(_, let grants): grants
        }
    }

    /// For which address Credentials have to be granted that are not sent there: what a repository defines names no others.
    func addressToGrant(_ remote: RemoteURL) -> RemoteURL? { isInRepository && remote.kind != .path ? remote : nil }

    /// The Credentials that a field names; nil where it names none, they are not known here, or that is refused.
    mutating func grant(_ field: [String], for remote: RemoteURL? = nil) -> CredentialsGrant? {
        guard spec.at(field) != nil else { return nil }
        let place = FieldPath((["spec"] + field + ["name"]).map(FieldPath.Step.key))
        guard let name = text(field + ["name"]), !name.isEmpty else {
            refuse(
                place,
                "\(place) is missing; name Credentials of \(isInRepository ? "the configuration" : "this file")"
            )
            return nil
        }
        guard let grants else { return nil }
        guard let grant = grants[name] else {
            let advice = didYouMean(name, among: Array(grants.keys)).map { "did you mean \"\($0)\"?" }
            let file = isInRepository ? "the configuration" : "this file"
            refuse(place, "\(file) holds no Credentials \(name); \(advice ?? "add them")")
            return nil
        }
        if let remote, !grant.covers(remote) {
            refuse(
                place,
                "Credentials \(name) are not granted for \(remote); add the beginning of that address to their spec.urls"
            )
        }
        return grant
    }

    private mutating func webhook(of remote: RemoteURL) -> SyncDefinition.Webhook? {
        guard spec["webhook"] != nil else { return nil }
        guard let provider = text(["webhook", "provider"]) else {
            refuse(["spec", "webhook"], "spec.webhook.provider is missing; write github, gitlab, gitea or generic")
            return nil
        }
        guard spec["webhook"]?["secretRef"] != nil else {
            refuse(
                ["spec", "webhook"],
                "spec.webhook.secretRef is missing; name the Credentials with the webhookSecret"
            )
            return nil
        }
        guard let grant = grant(["webhook", "secretRef"], for: addressToGrant(remote)) else { return nil }
        guard grant.sources[.webhookSecret] != nil else {
            refuse(
                ["spec", "webhook", "secretRef", "name"],
                "Credentials \(grant.name) have no webhookSecret; say there where it is found"
            )
            return nil
        }
        return SyncDefinition.Webhook(provider: provider, secret: grant)
    }
}

// MARK: - How far it may go

extension SyncReading {
    private mutating func readScope(_ options: inout SyncOptions) {
        options.include = texts(["include"])
        options.exclude = texts(["exclude"])
        options.namespaces = spec["namespaces"] == nil ? parent?.namespaces : texts(["namespaces"])
        for (index, namespace) in texts(["namespaces"]).enumerated() where !SyncOptions.isNamespace(namespace) {
            refuse(item(["namespaces"], index), "\"\(namespace)\" can be no namespace; use a-z, 0-9 and '-'")
        }
        options.kinds = parent?.kinds
        if spec["kinds"] != nil {
            options.kinds = texts(["kinds"]).enumerated().compactMap { index, word in
                if let kind = Kind(word: word), kind.isAPI || kind == .sync { return kind }
                let known = Kind.allCases.filter { $0.isAPI || $0 == .sync }.map(\.name)
                let advice = didYouMean(word, among: known).map { "did you mean \"\($0)\"?" }
                refuse(
                    item(["kinds"], index),
                    "there is no kind \"\(word)\"; \(advice ?? "write \(known.joined(separator: ", "))")"
                )
                return nil
            }
        }
        if let namespace = text(["defaultNamespace"]) {
            options.defaultNamespace = namespace
            if !SyncOptions.isNamespace(namespace) {
                refuse(
                    ["spec", "defaultNamespace"],
                    "\"\(namespace)\" can be no namespace; use up to 63 of a-z, 0-9 and '-'"
                )
            }
        }
    }

    private mutating func readGuards(_ options: inout SyncOptions) {
        options.isAtomic = text(["failurePolicy"]) == "atomic"
        options.allowsEmpty = spec["allowEmpty"]?.bool ?? false
        options.prunes = spec["prune"]?.bool ?? true
        if let percent = spec["maxPrune"]?.int {
            options.maxPrunePercent = percent
            if !(0...100).contains(percent) {
                refuse(["spec", "maxPrune"], "\(percent) is no percentage; write 0 to 100")
            }
        }
        options.drift = text(["drift"]).flatMap(DriftPolicy.init) ?? .heal
        options.ignoreDifferences = (spec["ignoreDifferences"]?.list ?? []).enumerated().compactMap { index, value in
            ignoredDifference(value, at: index)
        }
    }

    private mutating func ignoredDifference(_ value: Value, at index: Int) -> IgnoredDifference? {
        let place = item(["ignoreDifferences"], index)
        var kind: Kind?
        if let word = value["kind"]?.string {
            kind = Kind(word: word)
            if kind == nil {
                refuse(place.appending(key: "kind"), "there is no kind \"\(word)\"; write Service, or leave it out")
            }
        }
        let pointers = (value["jsonPointers"]?.list ?? []).compactMap(\.string)
        if pointers.isEmpty { refuse(place, "jsonPointers is missing; name the fields, as in /spec/runLatest/rollout") }
        return IgnoredDifference(
            kind: kind,
            namespace: value["namespace"]?.string,
            name: value["name"]?.string,
            pointers: pointers.compactMap { text in
                do {
                    return try JSONPointer(text)
                } catch {
                    refuse(place.appending(key: "jsonPointers"), "\(error)")
                    return nil
                }
            }
        )
    }

    private mutating func readState(_ options: inout SyncOptions) {
        options.domain = text(["domain"])
        options.inProgress = text(["inProgress"]).flatMap(Condition.Status.init)
        switch spec["keepRevisions"] {
        case .int(let number) where (0...1_000_000).contains(number): options.keptRevisions = .newest(number)
        case .string("all"): options.keptRevisions = .all
        case nil: break
        default: refuse(["spec", "keepRevisions"], "write a number from 0 to 1000000, or all")
        }
    }
}

// MARK: - Fields

extension SyncReading {
    /// Refuses words that a table names and nobody knows: the table itself lets them pass.
    private mutating func checkWords() {
        let words: [(field: [String], known: [String])] = [
            (["missedRuns"], ["run", "skip"]), (["concurrency"], ["forbid", "replace"]),
            (["drift"], ["heal", "report", "ignore"]), (["failurePolicy"], ["isolate", "atomic"]),
            (["inProgress"], ["False", "Unknown"]), (["wait"], SyncOptions.Wait.allCases.map(\.rawValue)),
            (["webhook", "provider"], ["github", "gitlab", "gitea", "generic"]),
        ]
        for (field, known) in words {
            guard let word = text(field), !known.contains(word) else { continue }
            let advice = didYouMean(word, among: known).map { "did you mean \"\($0)\"?" }
            refuse(
                FieldPath((["spec"] + field).map(FieldPath.Step.key)),
                "\"\(word)\" is none of \(known.joined(separator: ", "))"
                    + (advice.map { "; \($0)" } ?? "; write one of them")
            )
        }
    }

    func text(_ field: [String]) -> String? { spec.at(field)?.string }

    func texts(_ field: [String]) -> [String] { (spec.at(field)?.list ?? []).compactMap(\.string) }

    private mutating func names(_ field: [String]) -> [String] {
        (spec.at(field)?.list ?? []).enumerated().compactMap { index, value in
            if let name = value["name"]?.string, !name.isEmpty { return name }
            refuse(item(field, index), "the name is missing; write \"- name: NAME\"")
            return nil
        }
    }

    mutating func duration(_ field: [String], atLeast least: Duration) -> Duration? {
        guard let text = text(field) else { return nil }
        let place = FieldPath((["spec"] + field).map(FieldPath.Step.key))
        guard let duration = Duration(go: text), duration >= least, duration <= .seconds(366 * 86_400) else {
            refuse(
                place,
                "\"\(text)\" is no time that can be waited; write it as 30s, 5m or 1h30m, \(least.goText) or more"
            )
            return nil
        }
        return duration
    }

    func item(_ field: [String], _ index: Int) -> FieldPath {
        FieldPath((["spec"] + field).map(FieldPath.Step.key) + [.item(index)])
    }

    static func absolute(_ path: String, in folder: String) -> String {
        path.hasPrefix("/") ? path : path == "." ? folder : "\(folder)/\(path)"
    }

    mutating func refuse(_ place: FieldPath, _ message: String) {
        findings.append(Diagnostic(.error, at: document.position(of: place), message))
    }
}
