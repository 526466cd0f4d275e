internal import Git
public import Resources
public import YAML

/// What a followed repository says of another Sync: kept with that Sync for as long as the repository says it.
///
/// The Sync that follows the repository is its parent. What its parent may not touch, it may not either.
public struct ChildDefinition: Hashable, Sendable {
    /// The Sync that it defines.
    public let name: String
    /// Its parent.
    public let parent: String
    /// The manifest's path in the parent's repository, as records have it.
    public let path: String
    /// The line on which it begins.
    public let line: Int
    /// The spec as its author wrote it.
    let written: Value

    /// Where the spec of a Sync has it.
    static let field = "definition"

    /// For messages: `apps/shop.yaml:3`.
    public var place: String { "\(ManifestRecord(sync: parent, path: path, blob: "").shownPath):\(line)" }
}

// MARK: - As the state keeps it

extension ChildDefinition {
    /// What a Sync of the state is defined by; nil for one that no repository defines.
    public init?(of sync: Object) {
        guard sync.kind == .sync, let value = sync.spec[Self.field], let parent = value["sync"]?.string else {
            return nil
        }
        self.init(
            name: sync.metadata.name,
            parent: parent,
            path: value["path"]?.string ?? "",
            line: value["line"]?.int ?? 1,
            written: value["spec"] ?? .map([:])
        )
    }

    private var value: Value {
        ["sync": .string(parent), "path": .string(path), "line": .int(line), "spec": written]
    }

    /// The Sync with this as its definition, or one that has not run yet.
    func written(to sync: Object?, with options: SyncOptions) -> Object {
        let sync = sync ?? options.sync
        return sync.with(spec: Self.replaced(in: sync.spec, by: value))
    }

    /// A Sync without any.
    static func removed(from sync: Object) -> Object { sync.with(spec: replaced(in: sync.spec, by: nil)) }

    /// The spec of a Sync with another definition, or without one.
    static func replaced(in spec: Value, by definition: Value?) -> Value {
        var map = spec.map ?? [:]
        map[field] = definition
        return .map(map)
    }

    /// The object as its author wrote it.
    var manifest: Object { Object(kind: .sync, metadata: Metadata(name: name, namespace: ""), spec: written) }
}

// MARK: - What it means

extension ChildDefinition {
    /// What the Sync is told, whatever its secrets; nil where anything is wrong with it.
    func options(under parent: SyncOptions) -> SyncOptions? {
        read(under: parent, nil).definition?.options
    }

    /// The Sync, with its parent's limits and, where it follows its parent's repository, its parent's secrets.
    ///
    /// - Parameter grants: the Credentials of whoever runs the program.
    /// - Returns: nil where anything is wrong with it; and what is.
    func definition(
        under parent: SyncDefinition,
        _ grants: [String: CredentialsGrant]
    ) -> (definition: SyncDefinition?, errors: [Diagnostic]) {
        let (read, errors) = read(under: parent.options, grants)
        guard var definition = read else { return (nil, errors) }
        definition.child = self
        let isParents = definition.options.remote.isSame(as: parent.options.remote)
        if isParents, definition.credentials == nil { definition.credentials = parent.credentials }
        definition.mayUseAgent = isParents && parent.mayUseAgent
        return (definition, [])
    }

    private func read(
        under parent: SyncOptions,
        _ grants: [String: CredentialsGrant]?
    ) -> (definition: SyncDefinition?, errors: [Diagnostic]) {
        let document = ConfigDocument(kept: .sync, name: name, spec: written)
        var reading = SyncReading(document, .repository(parent: parent, grants: grants), place: place)
        let definition = reading.definition()
        return reading.findings.isEmpty ? (definition, []) : (nil, reading.findings)
    }
}

/// Reads the documents of a followed repository that define Syncs.
public struct ChildReading: Sendable {
    /// What the Sync is told that follows the repository; nil where it is not known.
    let parent: SyncOptions?

    /// A reader for the repository of a Sync that is told that.
    public init(parent: SyncOptions?) { self.parent = parent }

    /// What one document says.
    ///
    /// - Returns: the Sync, where there is nothing wrong; the key of the one that it speaks of; and all that is wrong.
    public func read(_ node: Node) -> (desired: Desired?, claimed: Key?, errors: [Diagnostic]) {
        let (document, findings) = ConfigDocument.read(node)
        guard let document else { return (nil, nil, findings) }
        guard document.kind == .sync else {
            let message =
                "a repository holds no \(document.kind.rawValue); they stand in the file of whoever follows it"
            return (nil, nil, [Diagnostic(.error, at: document.position, message)])
        }
        let key = Key(.sync, "", document.name)
        var reading = SyncReading(document, .repository(parent: parent, grants: nil), place: "")
        _ = reading.definition()
        let errors = findings + reading.findings
        let desired = Desired(key: key, spec: document.spec, position: document.position)
        return (errors.isEmpty ? desired : nil, key, errors)
    }
}
