internal import GitOps
internal import Resources
internal import Store

/// What people did by hand to the objects of one Sync, and whether the next sync undoes it.
///
/// What a Sync leaves because it was told to are its ``Leftovers``, and none of this.
struct HandEdited: Sendable {
    /// Objects that the next sync makes as git says, or creates again; in order.
    let healed: [Key]
    /// Objects whose edits touch nothing that git says, and so stay: an added label, an added variable.
    let kept: [Key]

    /// What the state marks as edited since the last sync.
    init(of sync: String, in state: State) {
        let rules = DriftRules(of: state[Key(.sync, "", sync)])
        guard !rules.leavesDrift else {
            (healed, kept) = ([], [])
            return
        }
        let keys = Set(state.marked(.edited) + state.marked(.drifted)).sorted().filter { key in
            if let live = state[key] { return live.origin?.sync == sync }
            // The source went with the object: the manifest file that names it tells whose it is.
            return state.referrers(of: key).contains { $0.kind == .manifestFile && $0.namespace == sync }
        }
        healed = keys.filter { key in state[key].map(rules.heals) ?? rules.restores(key) }
        let isHealed = Set(healed)
        kept = keys.filter { state.isMarked($0, .edited) && !isHealed.contains($0) }
    }

    /// Whether the next sync changes a live object: the same three-way apply as the sync's own.
    static func isHealed(_ live: Object, in state: State) -> Bool {
        guard let sync = live.origin?.sync else { return false }
        return DriftRules(of: state[Key(.sync, "", sync)]).heals(live)
    }
}
