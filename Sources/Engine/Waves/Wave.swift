package import Resources
package import Store
internal import YAML

/// What one wave of a sync changes once its turn has come.
///
/// Objects of kind `wave`, written by the transaction that plans a commit and numbered by their turn; what waits is in them
/// whole, so that nothing else is read when it goes. Who plans anew writes them anew. `WaveReconciler` carries them out.
package struct Wave: Hashable, Sendable {
    /// Whose wave it is.
    package let sync: String
    /// Its turn among the waves that wait, from 1.
    package let turn: Int
    /// The number that its objects' manifests name.
    package let number: Int
    /// The objects that must be ready before: what the wave before changed, and what was not ready when this was planned.
    package let waitsFor: [Key]
    /// What it does, in this order; all of one sort.
    package let changes: [PlannedWrite]

    /// A wave that waits.
    package init(sync: String, turn: Int, number: Int, waitsFor: [Key], changes: [PlannedWrite]) {
        self.sync = sync
        self.turn = turn
        self.number = number
        self.waitsFor = waitsFor
        self.changes = changes
    }

    /// Whether it takes away what git names no more.
    package var isPrune: Bool { changes.allSatisfy(\.isPrune) }
}

// MARK: - As an object

extension Wave {
    /// The key of the wave of that turn.
    package static func key(_ sync: String, turn: Int) -> Key {
        let digits = String(turn)
        // So that the order of keys is that of turns.
        return Key(.wave, sync, String(repeating: "0", count: max(0, 5 - digits.count)) + digits)
    }

    /// The key of the object that holds it.
    package var key: Key { Self.key(sync, turn: turn) }

    /// The object that holds it.
    package var object: Object {
        var map: Map = ["wave": .int(number), "changes": .list(changes.map(\.value))]
        map["after"] = turn > 1 ? .string(Self.key(sync, turn: turn - 1).name) : nil
        map["waitsFor"] = waitsFor.isEmpty ? nil : .list(waitsFor.map { .string($0.path) })
        return Object(kind: .wave, metadata: Metadata(name: key.name, namespace: sync), spec: .map(map))
    }

    /// Reads what `object` wrote.
    package init(_ object: Object) {
        let spec = object.spec
        self.init(
            sync: object.metadata.namespace,
            turn: Int(object.metadata.name) ?? 1,
            number: spec["wave"]?.int ?? 0,
            waitsFor: Array(Self.awaited(by: object)),
            changes: (spec["changes"]?.list ?? []).compactMap(PlannedWrite.init)
        )
    }

    /// The keys that `waitsFor` has, read one by one.
    static func awaited(by object: Object) -> some Sequence<Key> {
        (object.spec["waitsFor"]?.list ?? []).lazy.compactMap { $0.string.flatMap(Key.init(path:)) }
    }

    /// The waves of a Sync that wait, by their turn.
    package static func all(of sync: String, in state: State) -> [Wave] {
        guard state.count(.wave) > 0 else { return [] }
        return state.keys(.wave).filter { $0.namespace == sync }.compactMap { state[$0] }.map(Wave.init)
    }
}
