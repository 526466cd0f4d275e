internal import GitOps
internal import Resources
internal import YAML

/// What `diff` prints: a unified diff for each object, with what git changes and what was changed by hand told apart.
struct PlanDiff: Sendable {
    let changes: [PlannedChange]

    /// The diffs, one after the other.
    func text(_ paint: Paint) -> String {
        changes.map { change in
            let place = change.source.map { " (\($0.path):\($0.line))" } ?? ""
            let title = paint("\(change.key)\(place): \(change.action.title)", .strong) + "\n"
            return title + diff(change).rendered(paint)
        }.joined(separator: "\n")
    }

    private func diff(_ change: PlannedChange) -> UnifiedDiff {
        let name = change.key.path
        return UnifiedDiff(
            from: Self.text(change.before),
            named: change.before == nil ? "/dev/null" : "live/\(name)",
            to: Self.text(change.after),
            named: change.after == nil ? "/dev/null" : "git/\(name)"
        )
    }

    /// The part of an object that its author writes, as canonical YAML.
    private static func text(_ object: Object?) -> String {
        guard let object else { return "" }
        var metadata: Map = ["name": .string(object.metadata.name)]
        metadata["namespace"] = object.metadata.namespace.isEmpty ? nil : .string(object.metadata.namespace)
        metadata["labels"] = object.metadata.labels.isEmpty ? nil : object.metadata.labels.value
        metadata["annotations"] = object.metadata.annotations.isEmpty ? nil : object.metadata.annotations.value
        let value: Value = [
            "apiVersion": .string(object.kind.apiVersion), "kind": .string(object.kind.name),
            "metadata": .map(metadata), "spec": object.spec,
        ]
        return value.yaml
    }
}

extension PlannedChange.Action {
    /// What a sync would do, before the diff of an object.
    fileprivate var title: String {
        switch self {
        case .created: "git creates it"
        case .changed: "git changes it"
        case .healed: "drift: changed by hand, the sync heals it"
        case .adopted: "made by hand, the sync adopts it"
        case .pruned: "git names it no more, the sync prunes it"
        case .released: "git names it no more, the sync lets go of it"
        }
    }
}
