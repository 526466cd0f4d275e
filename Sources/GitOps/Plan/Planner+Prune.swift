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
        var going: [Object] = []
        var orphans: [Object] = []
        defer {
            noteOrphans(orphans)
            reportLost()
        }
        let neighbours = candidates.isEmpty ? [] : neighbours
        for object in candidates {
            if let heir = state.heir(to: object, of: sync, commit: input.commit) {
                release(object, to: heir)
            } else if let heir = newHeir(of: object, among: neighbours) {
                release(object, to: heir)
                // Should the heir's next commit drop it, the heir has to know that it was there.
                plan.writes.append(.mark(object.key, .orphaned))
            } else if object.metadata.annotations[Labels.prune] == "false" {
                release(object, to: nil)
            } else if !input.options.prunes || !rules.scope.holds(object.key) || mayBeHeld(object.key, by: neighbours) {
                orphans.append(object)
            } else {
                going.append(object)
            }
        }
        guard !going.isEmpty else { return }
        if let refusal = refusal(of: going) {
            plan.pruneRefusal = refusal
            plan.refusedPrunes = going.map { PlannedChange($0, .pruned, after: nil) }
            return
        }
        for object in going {
            stagePrune(object)
            settle(object.key)
            plan.changes.append(PlannedChange(object, .pruned, after: nil))
        }
    }

    /// Has those reported anew that stay though their files dropped them: the file's record stands with one of them no more.
    private mutating func reportLost() {
        let left = (plan.leftovers.orphans + plan.refusedPrunes).map(\.key) + staged.pruned.values.joined()
        for key in Set(left).intersection(lost).sorted() { markReport(key) }
    }

    /// Notes what is left though git names it no more, and forgets what is not so any more.
    private mutating func noteOrphans(_ orphans: [Object]) {
        plan.leftovers.orphans = orphans.map { PlannedChange($0, .pruned, after: nil) }
        for object in orphans {
            settle(object.key)
            if !state.isMarked(object.key, .orphaned) { plan.writes.append(.mark(object.key, .orphaned)) }
        }
        let left = Set(orphans.map(\.key))
        for key in state.marked(.orphaned) where !left.contains(key) {
            // Another Sync's is for that one to judge.
            guard state[key]?.origin.map({ $0.sync == sync }) ?? true else { continue }
            plan.writes.append(.unmark(key, .orphaned, ifVersionAtMost: .max))
        }
    }

    /// The objects of this Sync that no file names, ascending.
    private func unnamedObjects() -> [Object] {
        var keys = Set(lost).union(state.marked(.orphaned))
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

    private mutating func release(_ object: Object, to heir: Origin?) {
        plan.writes.append(.setOrigin(object.key, heir))
        // The heir heals what people changed: it knows what git had said.
        if heir == nil { settle(object.key) }
        plan.changes.append(PlannedChange(object, .released, after: object.with(origin: heir)))
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
    /// A repository may rename its only object, so that any claim will do while the Sync follows what it did.
    private var isNothingLeft: Bool { isSourceDoubted || !followsSomethingElse && !namesAnything }

    /// Whether what is followed may be the wrong thing: it is another than at the last sync, and names nothing that the
    /// Sync has. What the Sync makes of it after that proves nothing, so that the doubt outlives the sync.
    private var isSourceDoubted: Bool {
        followsSomethingElse ? !namesOwn : SourceDoubt.isOpen(state[Key(.sync, "", sync)])
    }

    /// Whether address, branch, path, namespace or the choice of files are others than at the last sync.
    private var followsSomethingElse: Bool {
        guard let old = state[Key(.sync, "", sync)] else { return true }
        let new = SyncSpec(input.options, keeping: nil).value
        let fields = ["url", "branch", "tag", "versions", "commit", "path", "include", "exclude", "namespace"]
        return fields.contains { old.spec[$0] != new[$0] }
    }

    /// The doubt that the Sync remembers: until somebody allows it, or nothing is left that git does not name.
    var remainingDoubt: SourceDoubt {
        let isOpen = !input.options.allowsEmpty && isSourceDoubted && isAnythingUnnamed
        return SourceDoubt(isOpen: isOpen)
    }

    /// Whether anything is left of what the Sync had and git does not name.
    private var isAnythingUnnamed: Bool {
        plan.pruneRefusal != nil || !plan.leftovers.orphans.isEmpty || keepsUnnamed
    }

    /// Whether a broken file keeps an object that no document names.
    private var keepsUnnamed: Bool {
        anyDocument { document in
            document.outcome == .heldBack(.unreadable) && document.key.map { state[$0]?.origin?.sync == sync } ?? false
        }
    }

    /// Whether any file of the new tree names an object that is this Sync's now.
    private var namesOwn: Bool {
        anyDocument { document in
            document.outcome != .heldBack(.unreadable) && document.key.map { state[$0]?.origin?.sync == sync } ?? false
        }
    }

    /// Whether any document of the new tree, read now or before, is such a one.
    private func anyDocument(_ isOne: (ManifestRecord.Document) -> Bool) -> Bool {
        if records.contains(where: { $0.documents.contains(where: isOne) }) { return true }
        return state.keys(.manifestFile).contains { key in
            key.namespace == sync && isUntouched(key.name)
                && record(key.name)?.documents.contains(where: isOne) ?? false
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

/// That nobody confirmed yet what a Sync follows: it is something else than before, and names nothing that the Sync has.
///
/// Kept as an annotation of the Sync, since its spec says at once what is followed now.
struct SourceDoubt {
    private static let annotation = "gitops.elafros.dev/source-doubted"

    /// Whether it is still to be confirmed.
    let isOpen: Bool

    /// Whether a Sync remembers that.
    static func isOpen(_ sync: Object?) -> Bool { sync?.metadata.annotations[annotation] != nil }

    /// Notes it, or that it is confirmed, among a Sync's annotations.
    func write(to annotations: inout StringMap) { annotations[Self.annotation] = isOpen ? "true" : nil }
}
