public import Resources
public import Store
internal import YAML

/// One of the last commits that a Sync applied: who made it, what it changed, and what came of it.
///
/// Objects of kind `appliedCommit`, written in the transaction that applies the commit. Their names go round, so that a Sync
/// keeps as many as it may and no key more.
public struct AppliedCommit: Hashable, Sendable {
    /// Which one it is, counted from the Sync's first; nobody counts them but we.
    public var number: Int
    /// The commit, in hex.
    public var commit: String
    /// The first line of its message.
    public var subject: String
    /// Who wrote it.
    public var author: String
    /// When it was written.
    public var written: Instant
    /// When it was applied.
    public var applied: Instant
    /// How many objects were created, changed, pruned and so on.
    public var changes: [PlannedChange.Action: Int]
    /// The commit that a person went back from by applying this one, in hex; nil for one that git brought.
    public var rolledBack: String?
    /// The Revisions that it brought and that came to be ready, each with its namespace; the first of them, where there are
    /// very many.
    public var revisions: [String] = []
    /// What it came to, when what it brought had come to rest or the sync ended before.
    public var result: SyncOutcome?
    /// When that was.
    public var settled: Instant?

    /// How many a Sync keeps.
    public static let most = 100
    /// How many of its Revisions are kept.
    static let mostRevisions = 100
}

extension AppliedCommit {
    /// How long it took until what it brought was ready; nil where it is not.
    public var readyAfter: Duration? {
        guard let settled, result == .inSync else { return nil }
        return settled - applied
    }

    /// The last commits that a Sync applied, the newest first.
    public static func all(of sync: String, in state: State) -> [AppliedCommit] {
        // By name, as there are few: other Syncs may have a hundred each.
        (0..<most).compactMap { state[Key(.appliedCommit, sync, String($0))] }.map(AppliedCommit.init)
            .sorted { $0.number > $1.number }
    }

    /// The one that was applied last.
    static func last(of sync: String, in state: State) -> AppliedCommit? { all(of: sync, in: state).first }

    /// To which one goes back from the newest: the last before it that came to rest ready, else the one before it.
    public static func wayBack(of sync: String, in state: State) -> AppliedCommit? {
        let all = all(of: sync, in: state)
        guard let newest = all.first else { return nil }
        let others = all.dropFirst().filter { $0.commit != newest.commit && $0.commit != newest.rolledBack }
        return others.first { $0.result == .inSync } ?? others.first
    }
}

// MARK: - As an object

extension AppliedCommit {
    /// The object that holds it.
    func object(of sync: String) -> Object {
        let name = String(number % Self.most)
        return Object(kind: .appliedCommit, metadata: Metadata(name: name, namespace: sync), spec: .map(spec))
    }

    private var spec: Map {
        var map: Map = [
            "number": .int(number), "commit": .string(commit), "subject": .string(subject), "author": .string(author),
            "written": .string(written.description), "applied": .string(applied.description),
        ]
        let counts = changes.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key.rawValue, Value.int($0.value)) }
        if !counts.isEmpty { map["changes"] = .map(Map(counts)) }
        map["rolledBack"] = rolledBack.map(Value.string)
        map["revisions"] = revisions.isEmpty ? nil : .list(revisions.map(Value.string))
        map["result"] = result.map { .int(Int($0.rawValue)) }
        map["settled"] = settled.map { .string($0.description) }
        return map
    }

    /// Reads what `object` wrote.
    public init(_ object: Object) {
        let spec = object.spec
        func instant(_ field: String) -> Instant? { spec[field]?.string.flatMap(Instant.init) }
        number = spec["number"]?.int ?? 0
        commit = spec["commit"]?.string ?? ""
        subject = spec["subject"]?.string ?? ""
        author = spec["author"]?.string ?? ""
        written = instant("written") ?? Instant(milliseconds: 0)
        applied = instant("applied") ?? Instant(milliseconds: 0)
        changes = [:]
        for entry in spec["changes"]?.map?.entries ?? [] {
            if let action = PlannedChange.Action(rawValue: entry.key) { changes[action] = entry.value.int }
        }
        rolledBack = spec["rolledBack"]?.string
        revisions = (spec["revisions"]?.list ?? []).compactMap(\.string)
        result = spec["result"]?.int.flatMap(Int32.init(exactly:)).flatMap(SyncOutcome.init)
        settled = instant("settled")
    }
}
