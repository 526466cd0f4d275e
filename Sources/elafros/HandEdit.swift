internal import Resources
internal import Store
internal import YAML

/// A change of a live object by hand, as kubectl's apply, patch and delete make it: the way that drift comes about.
///
/// Pure: a state and a wish give the changes of one transaction. An object from git is marked in it as edited, which is
/// what the next sync looks at to heal it; and each as handmade, so that no report shows what was typed.
struct HandEdit: Sendable {
    /// Which object.
    let key: Key
    /// What happened to it, in kubectl's words.
    let outcome: Outcome
    /// The changes to apply; none where nothing differs.
    let changes: [Change]

    /// What happened to an object.
    enum Outcome: String, Sendable { case created, configured, unchanged, patched, deleted }
}

extension HandEdit {
    /// `apply`: what the manifest names gets its value, what the last apply named and this one does not goes, and all
    /// else stays.
    ///
    /// - Parameter version: the resourceVersion that the manifest names, where it names one.
    static func apply(_ desired: Desired, at version: String? = nil, to state: State) throws -> HandEdit {
        try check(desired.key)
        let desired = desired.withoutMemory
        let applied = desired.lastApplied
        guard let live = state[desired.key] else {
            let draft = remembering(applied, in: desired.draft)
            // One that git names, and that stayed away when it was deleted, is for the next sync to look at.
            let marks = state.isMarked(desired.key, .drifted) ? [Change.mark(desired.key, .edited)] : []
            let changes = [Change.put(draft, expecting: .absent), .mark(desired.key, .handmade)] + marks
            return HandEdit(key: desired.key, outcome: .created, changes: changes)
        }
        try checkVersion(version, of: live)
        let last = live.metadata.annotations[Labels.kubectlLastApplied].flatMap { try? Value(json: $0) }
        let merged = ThreeWayMerge.merged(
            desired.key.kind,
            lastApplied: live.origin == nil ? last : nil,
            desired: applied,
            live: written(live)
        )
        let edited = try naming(desired.key) { try live.edited(replacing(merged, in: live)) }
        // Beside an object from git the manifest is remembered already, and an annotation would stay after healing.
        let new = live.origin == nil ? remembering(applied, in: edited) : edited
        return put(new, over: live, .configured)
    }

    /// `patch`: the patch is carried out on the whole object, and the result is checked like a manifest.
    static func patch(_ key: Key, _ patch: Value, _ type: PatchType, in state: State) throws -> HandEdit {
        try check(key)
        guard let live = state[key] else { throw notFound(key) }
        // A JSON patch says it with a `test`.
        let version = patch["metadata"]?["resourceVersion"]
        try checkVersion(version?.string ?? version?.int.map(String.init), of: live)
        return try naming(key) {
            let patched =
                switch type {
                case .strategic: try StrategicMerge.apply(patch: patch, to: live.value, kind: key.kind)
                case .merge: try MergePatch.apply(patch: patch, to: live.value, kind: key.kind)
                case .json: try JSONPatch.apply(patch: patch, to: live.value, kind: key.kind)
                }
            return put(try live.edited(patched), over: live, .patched)
        }
    }

    /// `delete`: the object goes, and what it owns goes with it or is left alone.
    static func delete(_ key: Key, _ propagation: Change.Propagation, in state: State) throws -> HandEdit {
        try check(key)
        guard let live = state[key] else { throw notFound(key) }
        let marks = live.origin == nil ? [] : [Change.mark(key, .edited)]
        return HandEdit(key: key, outcome: .deleted, changes: [.delete(key, propagation)] + marks)
    }

    /// What commands say of a name that is not there, in kubectl's words and with where it was looked for.
    static func notFound(_ key: Key) -> Failure { notFound(key.kind, key.name, in: key.namespace) }

    /// The same where all namespaces may have been looked through: nil.
    static func notFound(_ kind: Kind, _ name: String, in namespace: String?) -> Failure {
        let place = namespace.map { $0.isEmpty ? "" : " in namespace \($0)" } ?? ""
        return Failure(.different, "", "\(kind.plural) \"\(name)\" not found\(place)")
    }
}

extension HandEdit {
    private static func check(_ key: Key) throws(Failure) {
        guard !key.kind.isAPI else { return }
        throw Failure(.cannotRun, key.description, "objects of this kind are Elafros' own; they can only be read")
    }

    /// A version that the author names is the one that the edit was made for: another one means that somebody else was
    /// quicker, and the edit would undo what they did.
    private static func checkVersion(_ version: String?, of live: Object) throws(Failure) {
        guard let version, version != String(live.metadata.resourceVersion) else { return }
        let versions = "it is at version \(live.metadata.resourceVersion), not \(version)"
        let advice = "read it again, and make the change to that"
        throw Failure(.cannotRun, live.key.commandLineName, "the object has been modified: \(versions); \(advice)")
    }

    /// What is wrong with a wish, with the object that it is about.
    private static func naming<Result>(_ key: Key, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as ResourcesError {
            throw Failure(.invalid, key.commandLineName, error.message)
        }
    }

    private static func put(_ new: Object, over live: Object, _ outcome: Outcome) -> HandEdit {
        guard new != live else { return HandEdit(key: live.key, outcome: .unchanged, changes: []) }
        let put = Change.put(new, expecting: .version(live.metadata.resourceVersion))
        let marks = live.origin == nil ? [] : [Change.mark(live.key, .edited)]
        let changes = [put, .mark(live.key, .handmade)] + marks
        return HandEdit(key: live.key, outcome: outcome, changes: changes)
    }

    /// The part of an object that its author writes.
    private static func written(_ object: Object) -> Value {
        [
            "metadata": [
                "labels": object.metadata.labels.value, "annotations": object.metadata.annotations.value,
            ],
            "spec": object.spec,
        ]
    }

    private static func replacing(_ written: Value, in object: Object) -> Value {
        var metadata = object.metadata.value.map ?? Map()
        metadata["labels"] = written["metadata"]?["labels"]
        metadata["annotations"] = written["metadata"]?["annotations"]
        var value = object.value.map ?? Map()
        value["metadata"] = .map(metadata)
        value["spec"] = written["spec"]
        return .map(value)
    }

    /// The object with the manifest kept as kubectl keeps it, for the next apply.
    private static func remembering(_ applied: Value, in object: Object) -> Object {
        var metadata = object.metadata
        metadata.annotations[Labels.kubectlLastApplied] = applied.json
        return object.with(metadata: metadata)
    }
}

extension Desired {
    /// Without what an earlier apply remembered: what `get -o yaml` prints may be applied again, and does not nest.
    fileprivate var withoutMemory: Desired {
        guard annotations[Labels.kubectlLastApplied] != nil else { return self }
        var annotations = annotations
        annotations[Labels.kubectlLastApplied] = nil
        return Desired(
            key: key,
            labels: labels,
            annotations: annotations,
            owners: owners,
            spec: spec,
            position: position
        )
    }
}

/// How a patch is to be read.
enum PatchType: String, CaseIterable, Sendable {
    case strategic, merge, json
}
