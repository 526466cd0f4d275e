internal import Git
internal import Resources
public import YAML

/// A configuration file: the Syncs that `serve` follows and `sync` runs, and the Credentials that they may use.
///
/// It is read as a whole: where anything in it is wrong, nothing of it counts, and all of it is told at once.
public struct ConfigFile: Sendable {
    /// The Syncs, each after those that it depends on; else in the order of the file.
    public private(set) var syncs: [SyncDefinition] = []
    /// The Credentials, by name.
    public private(set) var grants: [String: CredentialsGrant] = [:]
    /// All that was found, by place.
    public private(set) var findings: [Finding] = []

    /// Whether anything is wrong.
    public var hasErrors: Bool { findings.contains { $0.severity == .error } }

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - bytes: of the file.
    ///   - path: as messages call it.
    ///   - folder: from which relative paths in it start, by its path from the root.
    public init(_ bytes: [UInt8], path: String, folder: String, limits: Limits = .default) {
        let file = YAMLParser(limits: limits).parse(bytes)
        var found = file.diagnostics
        var documents: [ConfigDocument] = []
        for document in file.documents {
            let (read, findings) = ConfigDocument.read(document.root)
            found += findings
            if let read { documents.append(read) }
        }
        if documents.isEmpty, found.isEmpty {
            found.append(
                Diagnostic(.error, at: nil, "the file holds no Sync; `elafros init` prints one to begin with")
            )
        }
        found += Self.twice(documents)

        for document in documents where document.kind == .credentials {
            var reading = CredentialsReading(document, folder: folder)
            grants[document.name] = reading.grant()
            found += reading.findings
        }
        var places: [String: ConfigDocument] = [:]
        for document in documents where document.kind == .sync {
            let place = document.position.map { "\(path):\($0.line)" } ?? path
            var reading = SyncReading(document, .file(folder: folder, grants: grants), place: place)
            if let definition = reading.definition() { syncs.append(definition) }
            found += reading.findings
            places[document.name] = document
        }
        // What is not there may stand in what could not be read.
        if !file.diagnostics.contains(where: { $0.severity == .error }) {
            found += contradictions(places) + order(places)
        }
        findings = found.map { Finding(path: path, $0) }.sorted()
    }

    private static func twice(_ documents: [ConfigDocument]) -> [Diagnostic] {
        let groups = Dictionary(grouping: documents) { "\($0.kind.rawValue) \($0.name)" }
        return groups.values.filter { $0.count > 1 }.flatMap { group in
            group.dropFirst().map { document in
                let first = group[0].position.map { ", also at line \($0.line)" } ?? ""
                return Diagnostic(
                    .error,
                    at: document.position(of: ["metadata", "name"]),
                    "\(document.kind.rawValue) \(document.name) stands twice\(first); give one of them another name"
                )
            }
        }
    }
}

// MARK: - What only several of them show

extension ConfigFile {
    /// Settings that hold for a whole state and that two Syncs give differently; reports into what another follows.
    private func contradictions(_ places: [String: ConfigDocument]) -> [Diagnostic] {
        var found: [Diagnostic] = []
        for (index, sync) in syncs.enumerated() {
            for other in syncs[..<index] {
                for field in ["domain", "inProgress", "keepRevisions"] {
                    guard let mine = sync.written[field], let theirs = other.written[field], mine != theirs else {
                        continue
                    }
                    found.append(
                        Diagnostic(
                            .error,
                            at: places[sync.name]?.position(of: ["spec", .init(field)]),
                            "Sync \(other.name) has \(field) \(theirs.string ?? theirs.json), and a state has one; write the same in "
                                + "both, or in one alone"
                        )
                    )
                }
            }
            for other in syncs where other.name != sync.name {
                guard let branch = sync.options.reportBranch, other.options.follow == .branch(branch),
                    other.options.remote.isSame(as: sync.options.remote)
                else { continue }
                found.append(
                    Diagnostic(
                        .error,
                        at: places[sync.name]?.position(of: ["spec", "report", "branch"]),
                        "Sync \(other.name) follows the branch \(branch); choose another for reports"
                    )
                )
            }
        }
        return found
    }

    /// Puts each Sync after those that it depends on.
    ///
    /// - Returns: what cannot be put in any order: circles, and Syncs that are not there.
    private mutating func order(_ places: [String: ConfigDocument]) -> [Diagnostic] {
        var found: [Diagnostic] = []
        func refuse(_ name: String, _ message: String) {
            found.append(Diagnostic(.error, at: places[name]?.position(of: ["spec", "dependsOn"]), message))
        }
        let byName = Dictionary(syncs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for circle in FollowedSyncs.circles(syncs) {
            refuse(
                circle[0],
                "these wait for each other: \(circle.joined(separator: " → ")); take one dependency away"
            )
        }
        var ordered: [SyncDefinition] = []
        var done: Set<String> = []

        func visit(_ sync: SyncDefinition) {
            guard done.insert(sync.name).inserted else { return }
            for name in sync.dependsOn {
                guard let other = byName[name] else {
                    let advice = didYouMean(name, among: byName.keys.sorted()).map { "did you mean \"\($0)\"?" }
                    refuse(
                        sync.name,
                        "this file holds no Sync \(name); \(advice ?? "add it, or remove the dependency")"
                    )
                    continue
                }
                visit(other)
            }
            ordered.append(sync)
        }
        for sync in syncs { visit(sync) }
        syncs = ordered
        return found
    }
}

// MARK: - Credentials

/// Reads the spec of Credentials.
private struct CredentialsReading {
    let document: ConfigDocument
    let folder: String
    private(set) var findings: [Diagnostic] = []

    init(_ document: ConfigDocument, folder: String) {
        self.document = document
        self.folder = folder
    }

    mutating func grant() -> CredentialsGrant {
        var sources: [CredentialsGrant.Field: CredentialsGrant.SecretSource] = [:]
        for field in CredentialsGrant.Field.allCases {
            guard let value = document.spec[field.rawValue] else { continue }
            switch (value["env"]?.string, value["file"]?.string) {
            case (let variable?, nil) where !variable.isEmpty: sources[field] = .environment(variable)
            case (nil, let path?) where !path.isEmpty:
                sources[field] = .file(path.hasPrefix("/") ? path : "\(folder)/\(path)")
            default: refuse(field.rawValue, "say where the secret is found, either env: VARIABLE or file: PATH")
            }
        }
        if sources.isEmpty { refuse(nil, "there is no secret in it; add one, as token: {env: VARIABLE}") }
        for (one, other) in [
            (CredentialsGrant.Field.password, CredentialsGrant.Field.username), (.sshKeyPassphrase, .sshKey),
        ]
        where sources[one] != nil && sources[other] == nil {
            refuse(one.rawValue, "\(one.rawValue) without \(other.rawValue) is of no use; add \(other.rawValue)")
        }
        return CredentialsGrant(name: document.name, prefixes: prefixes(sources), sources: sources)
    }

    private mutating func prefixes(_ sources: [CredentialsGrant.Field: CredentialsGrant.SecretSource]) -> [String] {
        let urls = (document.spec["urls"]?.list ?? []).compactMap(\.string)
        if urls.isEmpty, !Set(sources.keys).isSubset(of: CredentialsGrant.unsent) {
            refuse("urls", "urls is missing; name the beginnings of the addresses that may see these secrets")
        }
        return urls.compactMap { url -> String? in
            do {
                let remote = try RemoteURL(url)
                guard remote.kind != .path else {
                    refuse(
                        "urls",
                        "\"\(url)\" is a path, which needs no Credentials; name http(s):// or ssh:// addresses"
                    )
                    return nil
                }
                var prefix = remote.withoutCredentials[...]
                while prefix.hasSuffix("/") { prefix.removeLast() }
                return String(prefix)
            } catch {
                refuse("urls", "\(error)")
                return nil
            }
        }
    }

    private mutating func refuse(_ field: String?, _ message: String) {
        let place = FieldPath((["spec"] + (field.map { [$0] } ?? [])).map(FieldPath.Step.key))
        findings.append(Diagnostic(.error, at: document.position(of: place), message))
    }
}
