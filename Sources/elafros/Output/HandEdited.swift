internal import Resources
internal import Store
internal import YAML

/// What people did by hand to the objects of one Sync, and whether the next sync undoes it.
struct HandEdited: Sendable {
    /// Objects that the next sync makes as git says, or creates again; in order.
    let healed: [Key]
    /// Objects whose edits touch nothing that git says, and so stay: an added label, an added variable.
    let kept: [Key]

    /// What the state marks as edited since the last sync.
    init(of sync: String, in state: State) {
        let keys = state.marked(.edited).filter { key in
            if let live = state[key] { return live.origin?.sync == sync }
            // The source went with the object: the manifest file that names it tells whose it is.
            return state.referrers(of: key).contains { $0.kind == .manifestFile && $0.namespace == sync }
        }
        healed = keys.filter { Self.isHealed($0, in: state) }
        kept = keys.filter { !Self.isHealed($0, in: state) }
    }

    /// Whether the next sync changes the object: the same three-way apply as the sync's own.
    static func isHealed(_ key: Key, in state: State) -> Bool {
        guard let live = state[key] else { return true }
        guard let applied = live.origin?.lastApplied else { return false }
        let wanted = Desired(
            key: key,
            labels: StringMap(applied["metadata"]?["labels"]),
            annotations: StringMap(applied["metadata"]?["annotations"]),
            spec: applied["spec"] ?? .map([:])
        ).applied(over: live, lastApplied: applied)
        return wanted.metadata != live.metadata || wanted.spec != live.spec
    }
}
