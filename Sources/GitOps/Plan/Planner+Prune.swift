internal import Resources
internal import Store
internal import YAML

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
            plan.refusedPrunes = going.map { change(of: $0, .pruned, after: nil) }
            return
        }
        for object in going {
            plan.writes.append(.delete(object.key, .background))
            if state.isMarked(object.key, .edited) {
                plan.writes.append(.unmark(object.key, .edited, ifVersionAtMost: .max))
            }
            plan.changes.append(change(of: object, .pruned, after: nil))
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
        state.referrers(of: key).contains { referrer in
            guard referrer.kind == .manifestFile, referrer.namespace != sync, let record = state[referrer] else {
                return false
            }
            return ManifestRecord(record).documents.contains { $0.key == key && $0.outcome == .heldBack(.conflict) }
        }
    }

    private mutating func release(_ object: Object) {
        plan.writes.append(.setOrigin(object.key, nil))
        if state.isMarked(object.key, .edited) {
            plan.writes.append(.unmark(object.key, .edited, ifVersionAtMost: .max))
        }
        plan.changes.append(change(of: object, .released, after: object))
    }

    private func change(of object: Object, _ action: PlannedChange.Action, after: Object?) -> PlannedChange {
        let source = object.origin.map {
            (path: ManifestRecord(sync: sync, path: $0.path, blob: "").shownPath, line: $0.line)
        }
        return PlannedChange(key: object.key, action: action, source: source, before: object, after: after)
    }

    // MARK: Guards

    private func refusal(of going: [Object]) -> PruneRefusal? {
        let options = input.options
        if going.count <= Self.alwaysAllowed, options.allowsEmpty { return nil }
        if isNothingLeft {
            return options.allowsEmpty
                ? nil : PruneRefusal(keys: going.map(\.key), total: ownCount, reason: .nothingLeft)
        }
        guard going.count > Self.alwaysAllowed else { return nil }
        let total = ownCount
        guard going.count * 100 > total * options.maxPrunePercent else { return nil }
        return PruneRefusal(
            keys: going.map(\.key),
            total: total,
            reason: .tooMany(maxPercent: options.maxPrunePercent)
        )
    }

    /// Whether the tree looks like one that was never meant for this Sync.
    ///
    /// A repository may rename its only object. But where the Sync follows something else than it did, what the tree names
    /// has to be the Sync's already. Once that was refused, it stays so until somebody allows it or the objects are named
    /// again: the refused sync itself made objects of the new tree the Sync's.
    private var isNothingLeft: Bool {
        if followsSomethingElse { return !namesOwn }
        return SourceDoubt.isOpen(state[Key(.sync, "", sync)]) || !namesAnything
    }

    /// Whether address, branch, path or namespace are others than at the last sync.
    private var followsSomethingElse: Bool {
        guard let old = state[Key(.sync, "", sync)] else { return true }
        let new = SyncSpec(input.options, domain: nil).value
        return ["url", "branch", "tag", "commit", "path", "namespace"].contains { old.spec[$0] != new[$0] }
    }

    /// What the Sync remembers of the refusal: nothing, unless the guard was in doubt of what is followed.
    var refusalToRemember: SourceDoubt {
        let isRefused = plan.pruneRefusal?.reason == .nothingLeft
        return SourceDoubt(
            isOpen: isRefused && (followsSomethingElse || SourceDoubt.isOpen(state[Key(.sync, "", sync)]))
        )
    }

    /// Whether any file of the new tree names an object that is this Sync's now.
    private var namesOwn: Bool {
        func isOwn(_ document: ManifestRecord.Document) -> Bool {
            guard let key = document.key, document.outcome != .heldBack(.unreadable) else { return false }
            return state[key]?.origin?.sync == sync
        }
        if records.contains(where: { $0.documents.contains(where: isOwn) }) { return true }
        return state.keys(.manifestFile).contains { key in
            key.namespace == sync && isUntouched(key.name)
                && record(key.name)?.documents.contains(where: isOwn) ?? false
        }
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

/// That a guard refused to prune because the Sync follows something else than it did.
///
/// Kept as an annotation of the Sync, since its spec says at once what is followed now.
struct SourceDoubt {
    private static let annotation = "gitops.elafros.dev/source-doubted"

    /// Whether nobody has allowed it yet.
    let isOpen: Bool

    /// Whether a Sync remembers one.
    static func isOpen(_ sync: Object?) -> Bool { sync?.metadata.annotations[annotation] != nil }

    /// Notes it, or that it is settled, among a Sync's annotations.
    func write(to annotations: inout StringMap) { annotations[Self.annotation] = isOpen ? "true" : nil }
}
