public import Resources
public import Store
internal import YAML

/// What of an object from git, and of what was made from it, was put there by hand.
///
/// A report is pushed to where others read it, and a value typed into a live object may be a secret that was kept out of
/// git for that reason. So a report says which fields differ, and never what texts they hold: neither in the object nor in
/// what was made from it, which outlives the healing. Names are no secrets, as they stand in hosts and keys: those of
/// objects and of traffic targets are shown, and nothing by which objects find each other is ever replaced, or what is
/// rebuilt from the report would not be what it was.
struct HandEdits {
    /// The fields of the object that differ, in the order of the kind's table.
    let paths: [String]
    /// The object with git's values, as far as git says anything.
    let shown: Object
    /// The texts that git does not know, to be kept out of all that is shown.
    private let hidden: Set<String>

    /// What stands where a text is not shown.
    static let placeholder = "(set by hand, not shown)"

    /// Compares an object with what was last applied, and looks at what the state says was made by hand below it; nil where
    /// nobody added or changed anything.
    init?(_ root: Object, in state: State) {
        guard let applied = root.origin?.lastApplied else { return nil }
        let wanted = Schema.defaulted(root.kind, applied["spec"] ?? .map([:]))
        let isSameSpec = wanted == root.spec || Schema.isSameSpec(root.kind, wanted, root.spec)
        let labels = Self.split(root.metadata.labels, StringMap(applied["metadata"]?["labels"]))
        let annotations = Self.split(root.metadata.annotations, StringMap(applied["metadata"]?["annotations"]))
        let handmade = Self.handmade(below: root.key, in: state)
        if isSameSpec, labels.paths.isEmpty, annotations.paths.isEmpty, handmade.isEmpty { return nil }
        let changes = isSameSpec ? [] : FieldChange.between(["spec": wanted], ["spec": root.spec], kind: root.kind)
        var hidden = Set(labels.hidden + annotations.hidden)
        for change in changes { change.new.map { Self.collectTexts($0, into: &hidden) } }
        for child in handmade { Self.collectTexts(of: child, into: &hidden) }
        var known = Self.enginesWords
        Self.collectTexts(wanted, into: &known)
        for map in ["labels", "annotations"] { applied["metadata"]?[map].map { Self.collectTexts($0, into: &known) } }
        Self.collectNames(of: root.key, in: state, into: &known)
        self.hidden = hidden.subtracting(known)
        paths =
            labels.paths.map { FieldPath(keys: "metadata", "labels", $0).description }
            + annotations.paths.map { FieldPath(keys: "metadata", "annotations", $0).description }
            + changes.map(\.path.description)
        var metadata = root.metadata
        metadata.labels = labels.shown
        metadata.annotations = annotations.shown
        let shown = root.with(metadata: metadata, spec: isSameSpec ? root.spec : wanted)
        self.shown = self.hidden.isEmpty ? shown : shown.with(status: Self.redacted(root, self.hidden))
    }

    /// Whether the object itself is as git wants it, whatever was made of it before.
    var isHealed: Bool { paths.isEmpty }

    /// A child with the texts that git does not know replaced.
    func shown(_ child: Object) -> Object {
        guard !hidden.isEmpty else { return child }
        var metadata = child.metadata
        metadata.labels = redacted(metadata.labels)
        metadata.annotations = redacted(metadata.annotations)
        var status = Self.redacted(child, hidden)
        // What a Build's template was filled in with came from the Build's own spec.
        if case .build(var build) = status {
            build.plan = build.plan.map { BuildPlan(redacted($0.value)) }
            status = .build(build)
        }
        return child.with(metadata: metadata, spec: redactedSpec(of: child), status: status)
    }

    /// A sentence about the object or its children, as conditions have them.
    func shown(_ message: String) -> String { Self.redacted(message, hidden) }
}

extension Store::State {
    /// The objects from git that hold what somebody typed into them, ascending: a report gives none of it back.
    public var changedByHand: [Key] {
        marked(.handmade).filter { key in
            guard let object = self[key], let edits = HandEdits(object, in: self) else { return false }
            return !edits.isHealed
        }
    }
}

// MARK: - Which texts

extension HandEdits {
    /// Whether the spec of a child repeats what an author wrote. Routes and splits are the engine's: names and percents.
    private static func repeatsAuthor(_ kind: Kind) -> Bool {
        switch kind {
        case .configuration, .revision, .build, .workload: true
        case .service, .route, .buildTemplate, .split, .sync, .manifestFile, .appliedCommit, .wave: false
        }
    }

    /// The fields of those specs that the engine fills in itself.
    private static let enginesOwn: Set<String> = [
        "servingState", "concurrencyModel", "buildName", "revision", "service", "configuration",
    ]

    /// The words that the engine fills in where an author says nothing: in every object alike.
    private static let enginesWords: Set<String> = ["", "Active", "Reserve", "Retired", "Single", "Multi"]

    /// What was made from an object while it held what somebody typed.
    private static func handmade(below root: Key, in state: State) -> [Object] {
        guard state.count(.handmade) > 0 else { return [] }
        return state.children(of: root).flatMap { key -> [Object] in
            let below = handmade(below: key, in: state)
            guard repeatsAuthor(key.kind), state.isMarked(key, .handmade), let child = state[key] else { return below }
            return [child] + below
        }
    }

    /// The names of an object and of all below it.
    private static func collectNames(of key: Key, in state: State, into texts: inout Set<String>) {
        texts.formUnion([key.name, key.namespace, key.kind.name])
        for child in state.children(of: key) { collectNames(of: child, in: state, into: &texts) }
    }

    private static func collectTexts(of child: Object, into texts: inout Set<String>) {
        for entry in child.spec.map?.entries ?? [] where !enginesOwn.contains(entry.key) {
            collectTexts(entry.value, into: &texts)
        }
        for map in [child.metadata.labels, child.metadata.annotations] {
            for entry in map.entries where !entry.key.hasPrefix(Labels.prefix) { texts.insert(entry.value) }
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
            if entry.key.hasPrefix(Labels.prefix), applied[entry.key] == nil {
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

// MARK: - What is never hidden

extension HandEdits {
    /// Whether a text of a reported object was replaced that objects find each other by, or that the engine goes by.
    ///
    /// Reports of earlier versions may hold such objects, and a state that is built from them would not be what it was.
    static func isSpoilt(_ object: Object) -> Bool {
        let words = object.metadata.labels.entries + object.metadata.annotations.entries
        if words.contains(where: { $0.key.hasPrefix(Labels.prefix) && $0.value == placeholder }) { return true }
        let spec: Value
        switch object.kind {
        // As git has it.
        case .service, .buildTemplate, .sync, .manifestFile, .appliedCommit, .wave: spec = .null
        case .route, .split: spec = object.spec
        case .configuration, .revision, .build, .workload:
            let entries = object.spec.map?.entries ?? []
            spec = .map(Map(uniqueEntries: entries.filter { enginesOwn.contains($0.key) }))
        }
        return holdsPlaceholder(spec) || holdsPlaceholder(object.status.value ?? .null)
    }

    private static func holdsPlaceholder(_ value: Value) -> Bool {
        switch value {
        case .string(let text): text == placeholder
        case .list(let list): list.contains(where: holdsPlaceholder)
        case .map(let map): map.entries.contains { !mayBeHidden.contains($0.key) && holdsPlaceholder($0.value) }
        default: false
        }
    }

    /// What of a status repeats what an author wrote.
    private static let mayBeHidden = quoting.union(["plan"])
}

// MARK: - Hiding them

extension HandEdits {
    private func redacted(_ map: StringMap) -> StringMap {
        StringMap(
            map.entries.map { entry in
                let isHidden = !entry.key.hasPrefix(Labels.prefix) && hidden.contains(entry.value)
                return (entry.key, isHidden ? Self.placeholder : entry.value)
            }
        )
    }

    private func redactedSpec(of child: Object) -> Value {
        guard Self.repeatsAuthor(child.kind), let map = child.spec.map else { return child.spec }
        return .map(
            Map(
                uniqueEntries: map.entries.map { entry in
                    let isEngines = Self.enginesOwn.contains(entry.key)
                    return Map.Entry(key: entry.key, value: isEngines ? entry.value : redacted(entry.value))
                }
            )
        )
    }

    private func redacted(_ value: Value) -> Value {
        Self.mapTexts(value) { hidden.contains($0) ? Self.placeholder : $0 }
    }

    private static func redacted(_ object: Object, _ hidden: Set<String>) -> Status {
        guard let value = object.status.value else { return object.status }
        return Status(kind: object.kind, value: redactedQuotes(value, hidden))
    }

    /// Where a status quotes a spec; all else in it are the engine's own words, which a typed `True` must not change.
    private static let quoting: Set<String> = ["message", "imageSource"]

    private static func redactedQuotes(_ value: Value, _ hidden: Set<String>) -> Value {
        switch value {
        case .list(let list): .list(list.map { redactedQuotes($0, hidden) })
        case .map(let map):
            .map(
                Map(
                    uniqueEntries: map.entries.map { entry in
                        let value =
                            quoting.contains(entry.key)
                            ? mapTexts(entry.value) { redacted($0, hidden) } : redactedQuotes(entry.value, hidden)
                        return Map.Entry(key: entry.key, value: value)
                    }
                )
            )
        default: value
        }
    }

    /// What people read may quote what was typed; shorter texts than this are parts of ordinary words.
    private static let shortestQuote = 4

    private static func redacted(_ message: String, _ hidden: Set<String>) -> String {
        if hidden.contains(message) { return placeholder }
        // The longest first: one may be a part of another.
        let quoted = hidden.filter { $0.count >= shortestQuote && message.contains($0) }
        return quoted.sorted { ($0.count, $0) > ($1.count, $1) }
            .reduce(message) { $0.replacing($1, with: placeholder) }
    }

    private static func mapTexts(_ value: Value, _ change: (String) -> String) -> Value {
        switch value {
        case .string(let text): .string(change(text))
        case .list(let list): .list(list.map { mapTexts($0, change) })
        case .map(let map):
            .map(Map(uniqueEntries: map.entries.map { Map.Entry(key: $0.key, value: mapTexts($0.value, change)) }))
        default: value
        }
    }
}
