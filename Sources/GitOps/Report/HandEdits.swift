internal import Resources
internal import YAML

/// What of an object from git was put there by hand.
///
/// A report is pushed to where others read it, and a value typed into a live object may be a secret that was kept out of
/// git for that reason. So a report says which fields differ, and never what they hold: neither in the object nor in
/// what was made from it.
struct HandEdits {
    /// The fields that differ, in the order of the kind's table.
    let paths: [String]
    /// The object with git's values, as far as git says anything.
    let shown: Object
    /// The texts that git does not know, to be kept out of the children.
    private let hidden: Set<String>

    /// What stands where a text is not shown.
    static let placeholder = "(set by hand, not shown)"

    /// Compares an object with what was last applied; nil where nobody added or changed anything.
    init?(_ object: Object) {
        guard let applied = object.origin?.lastApplied else { return nil }
        let wanted = Schema.defaulted(object.kind, applied["spec"] ?? .map([:]))
        let isSameSpec = wanted == object.spec || Schema.isSameSpec(object.kind, wanted, object.spec)
        let labels = Self.split(object.metadata.labels, StringMap(applied["metadata"]?["labels"]))
        let annotations = Self.split(object.metadata.annotations, StringMap(applied["metadata"]?["annotations"]))
        if isSameSpec, labels.paths.isEmpty, annotations.paths.isEmpty { return nil }
        let changes = isSameSpec ? [] : FieldChange.between(["spec": wanted], ["spec": object.spec], kind: object.kind)
        var known: Set<String> = []
        Self.collectTexts(wanted, into: &known)
        var hidden = Set(labels.hidden + annotations.hidden)
        for change in changes { change.new.map { Self.collectTexts($0, into: &hidden) } }
        self.hidden = hidden.subtracting(known)
        paths =
            labels.paths.map { FieldPath(keys: "metadata", "labels", $0).description }
            + annotations.paths.map { FieldPath(keys: "metadata", "annotations", $0).description }
            + changes.map(\.path.description)
        var metadata = object.metadata
        metadata.labels = labels.shown
        metadata.annotations = annotations.shown
        shown = object.with(metadata: metadata, spec: isSameSpec ? object.spec : wanted)
    }

    /// A child with the texts that git does not know replaced.
    func shown(_ child: Object) -> Object {
        guard !hidden.isEmpty else { return child }
        var metadata = child.metadata
        metadata.labels = redacted(metadata.labels)
        metadata.annotations = redacted(metadata.annotations)
        return child.with(metadata: metadata, spec: redacted(child.spec))
    }

    private func redacted(_ map: StringMap) -> StringMap {
        StringMap(map.entries.map { ($0.key, hidden.contains($0.value) ? Self.placeholder : $0.value) })
    }

    private func redacted(_ value: Value) -> Value {
        switch value {
        case .string(let text): hidden.contains(text) ? .string(Self.placeholder) : value
        case .list(let list): .list(list.map(redacted))
        case .map(let map):
            .map(Map(uniqueEntries: map.entries.map { Map.Entry(key: $0.key, value: redacted($0.value)) }))
        default: value
        }
    }

    private static func collectTexts(_ value: Value, into texts: inout Set<String>) {
        switch value {
        case .string(let text): texts.insert(text)
        case .list(let list): for item in list { collectTexts(item, into: &texts) }
        case .map(let map): for entry in map.entries { collectTexts(entry.value, into: &texts) }
        default: break
        }
    }

    /// Labels or annotations as git and the system set them, and what somebody else did to them.
    private static func split(
        _ live: StringMap,
        _ applied: StringMap
    ) -> (shown: StringMap, paths: [String], hidden: [String]) {
        if live == applied { return (live, [], []) }
        var shown = applied
        var paths: [String] = []
        var hidden: [String] = []
        for entry in live.entries where applied[entry.key] != entry.value {
            if entry.key.hasPrefix("elafros.dev/"), applied[entry.key] == nil {
                shown[entry.key] = entry.value
            } else {
                paths.append(entry.key)
                hidden.append(entry.value)
            }
        }
        for entry in applied.entries where live[entry.key] == nil { paths.append(entry.key) }
        return (shown, paths.sorted(), hidden)
    }
}
