internal import Resources
internal import Store

/// What of a kind's objects was shown so far, and so what there is to show of a newer state.
///
/// Holds the objects that are shown, and of a newer state reads only those that were touched since.
struct ObjectChanges: Sendable {
    let kind: Kind
    /// The names that are meant; none for all.
    let names: [String]
    /// The namespace; nil for all.
    let scope: String?
    let selector: LabelSelector?
    /// What a row shows of an object but its age, where rows are shown: it may change with other objects than its own.
    let row: (@Sendable (Object, Reader) -> [String])?

    private var shown: [Key: Shown] = [:]
    private var stateID = ""
    private var version = 0

    private struct Shown: Sendable {
        let object: Object
        let row: [String]?
    }

    init(
        of kind: Kind,
        names: [String],
        scope: String?,
        _ selector: LabelSelector?,
        row: (@Sendable (Object, Reader) -> [String])?
    ) {
        (self.kind, self.names, self.scope, self.selector, self.row) = (kind, names, scope, selector, row)
    }
}

extension ObjectChanges {
    /// The objects that were made, changed or deleted since the last state, the latest last; of a first state, or one that is
    /// another, in the order of keys. A deleted one is given as it was.
    mutating func take(_ reader: Reader) -> [Object] {
        let state = reader.state
        // Versions of another state, or of one that was rebuilt, tell nothing.
        let isSame = state.id == stateID && state.version >= version
        var changed: [Object] = []
        var next: [Key: Shown] = [:]
        for key in GetCommand.keys(kind, names: names, scope, in: state) {
            let before = shown[key]
            if let before, isSame, !isTouched(before.object, in: state) {
                next[key] = before
                continue
            }
            // One that was there, is not shown, and was not touched since has other labels than are meant.
            if before == nil, isSame, state.version(of: key) <= version { continue }
            guard let object = state[key], selector?.matches(object.metadata.labels) ?? true else { continue }
            let now = Shown(object: object, row: row?(object, reader))
            next[key] = now
            if before?.object != object || before?.row != now.row { changed.append(object) }
        }
        changed += shown.filter { next[$0.key] == nil }.map { state[$0.key] ?? $0.value.object }
        (shown, stateID, version) = (next, state.id, state.version)
        func age(_ object: Object) -> (Int, Key) { (isSame ? state.version(of: object.key) : 0, object.key) }
        return changed.sorted { age($0) < age($1) }
    }

    private func isTouched(_ object: Object, in state: State) -> Bool {
        ([object.key] + (row == nil ? [] : ObjectTable.relatives(of: object))).contains {
            state.version(of: $0) > version
        }
    }
}
