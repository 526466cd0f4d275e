public import Resources
public import Store
internal import YAML

/// What a Sync leaves different from git, because it was told to: shown at each sync, and no failure.
public struct Leftovers: Sendable {
    /// What people changed or deleted by hand, ascending by key; each as healing would undo it. One that was deleted has
    /// nothing before and after.
    public internal(set) var drift: [PlannedChange] = []
    /// What git no longer names, ascending by key; each as pruning would delete it.
    public internal(set) var orphans: [PlannedChange] = []
}

extension Leftovers {
    /// What a Sync has left in a state, by what is marked there.
    public init(of sync: Object, in state: State) {
        let (name, rules) = (sync.metadata.name, DriftRules(of: sync))
        if rules.policy == .report {
            let keys = Set(state.marked(.drifted) + state.marked(.edited))
            drift = keys.sorted().compactMap { Self.drift(of: $0, name, rules, in: state) }
        }
        orphans = state.marked(.orphaned).compactMap { key in
            guard let object = state[key], object.origin?.sync == name else { return nil }
            return PlannedChange(object, .pruned, after: nil)
        }
    }

    private static func drift(of key: Key, _ sync: String, _ rules: DriftRules, in state: State) -> PlannedChange? {
        guard let live = state[key] else {
            return state.record(of: key, in: sync).map { PlannedChange(deletedByHand: key, in: $0) }
        }
        guard live.origin?.sync == sync, !state.isMarked(key, .orphaned) else { return nil }
        return rules.reported(live).map { PlannedChange(live, .healed, after: $0) }
    }

    /// Whether nothing is left.
    public var isEmpty: Bool { drift.isEmpty && orphans.isEmpty }

    /// The same as what a person should know.
    public var findings: [Finding] { drift.map(Self.finding) + orphans.map(Self.orphan) }

    private static func orphan(_ change: PlannedChange) -> Finding {
        let message = "\(change.key) is no longer in git and stays, as the Sync may not prune it"
        let advice = "delete it by hand, or let the Sync prune it"
        return Finding(path: "", Diagnostic(.note, at: nil, "\(message); \(advice)"), key: change.key)
    }

    /// How many fields of one object are named.
    private static let mostFields = 5

    private static func finding(_ change: PlannedChange) -> Finding {
        let message: String
        if change.before == nil {
            message = "\(change.key) was deleted by hand and stays away; take its manifest out, or apply it by hand"
        } else {
            // Never what was typed: it may be a secret.
            let fields = change.fields.map(\.path.description)
            let rest = fields.count - mostFields
            let names = fields.prefix(mostFields).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
            message = "\(change.key) was changed by hand and stays so: \(names); take that into git, or undo it by hand"
        }
        let position = change.source.map { Position(line: $0.line, column: 1) }
        let diagnostic = Diagnostic(.warning, at: position, message)
        return Finding(path: change.source?.path ?? "", diagnostic, key: change.key)
    }
}

extension PlannedChange {
    /// What happens to an object from git, at the place where git has it or had it last.
    init(_ object: Object, _ action: Action, after: Object?) {
        let source = object.origin.map { origin in
            (path: ManifestRecord(sync: origin.sync, path: origin.path, blob: "").shownPath, line: origin.line)
        }
        self.init(key: object.key, action: action, source: source, before: object, after: after)
    }

    /// An object that people deleted and that a file names.
    init(deletedByHand key: Key, in record: ManifestRecord) {
        let line = record.documents.first { $0.key == key }?.position?.line
        self.init(key: key, action: .healed, source: (record.shownPath, line ?? 1), before: nil, after: nil)
    }
}

extension Store::State {
    /// The first file of a Sync that names an object, unless it waits for another to let go of it.
    fileprivate func record(of key: Key, in sync: String) -> ManifestRecord? {
        referrers(of: key).sorted().lazy.filter { $0.kind == .manifestFile && $0.namespace == sync }
            .compactMap { self[$0].map(ManifestRecord.init) }
            .first { $0.documents.contains { $0.key == key && !$0.isHeldByAnother } }
    }
}
