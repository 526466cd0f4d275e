internal import Resources
internal import Store

/// Deleting what git no longer names, and the guards before it.
extension Planner {
    /// How many objects may always go at once, whatever their share.
    private static let alwaysAllowed = 4

    /// Plans what goes: objects of this Sync that no file of its tree names, not even one that is held back.
    mutating func prune() {
        let candidates = unnamedObjects()
        guard !candidates.isEmpty else { return }
        var going: [Object] = []
        for object in candidates {
            if object.metadata.annotations[Labels.prune] == "false" || isWantedElsewhere(object.key) {
                release(object)
            } else {
                going.append(object)
            }
        }
        guard !going.isEmpty else { return }
        if let refusal = refusal(of: going) {
            plan.pruneRefusal = refusal
            return
        }
        for object in going {
            plan.writes.append(.delete(object.key, .background))
            if state.isMarked(object.key, .edited) {
                plan.writes.append(.unmark(object.key, .edited, ifVersionAtMost: .max))
            }
            note(object, .pruned, after: nil)
        }
    }

    /// The objects of this Sync that no file names, ascending.
    private func unnamedObjects() -> [Object] {
        var keys = Set(lost)
        if status.pruneRefused > 0 {
            // What a guard kept the last time is named by no record any more: look for it among all that is ours.
            for kind in Kind.allCases where kind.isAPI { keys.formUnion(state.keys(kind)) }
        }
        return keys.compactMap { key -> Object? in
            guard let object = state[key], object.origin?.sync == sync, claims[key] == nil,
                untouchedClaims(on: key).isEmpty
            else { return nil }
            return object
        }.sorted { $0.key < $1.key }
    }

    /// Whether another Sync names the object, and holds it back because it is ours: then pruning hands it over.
    private func isWantedElsewhere(_ key: Key) -> Bool {
        state.referrers(of: key).contains { $0.kind == .manifestFile && $0.namespace != sync }
    }

    private mutating func release(_ object: Object) {
        plan.writes.append(.setOrigin(object.key, nil))
        if state.isMarked(object.key, .edited) {
            plan.writes.append(.unmark(object.key, .edited, ifVersionAtMost: .max))
        }
        note(object, .released, after: object)
    }

    private mutating func note(_ object: Object, _ action: PlannedChange.Action, after: Object?) {
        let source = object.origin.map {
            (path: ManifestRecord(sync: sync, path: $0.path, blob: "").shownPath, line: $0.line)
        }
        plan.changes.append(
            PlannedChange(key: object.key, action: action, source: source, before: object, after: after)
        )
    }

    // MARK: Guards

    private func refusal(of going: [Object]) -> PruneRefusal? {
        let options = input.options
        if !options.allowsEmpty, !namesAnything {
            return PruneRefusal(keys: going.map(\.key), total: ownCount, reason: .nothingLeft)
        }
        guard going.count > Self.alwaysAllowed, !(options.allowsEmpty && !namesAnything) else { return nil }
        let total = ownCount
        guard going.count * 100 > total * options.maxPrunePercent else { return nil }
        return PruneRefusal(
            keys: going.map(\.key),
            total: total,
            reason: .tooMany(maxPercent: options.maxPrunePercent)
        )
    }

    /// Whether any file of the new tree names any object of ours, be it one that is held back.
    private var namesAnything: Bool {
        if !claims.isEmpty { return true }
        return state.keys(.manifestFile).contains { key in
            key.namespace == sync && isUntouched(key.name) && !(state[key]?.references.isEmpty ?? true)
        }
    }

    /// How many live objects are of this Sync.
    private var ownCount: Int {
        var count = 0
        for kind in Kind.allCases where kind.isAPI {
            for key in state.keys(kind) where state[key]?.origin?.sync == sync { count += 1 }
        }
        return count
    }
}
