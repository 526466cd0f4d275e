internal import GitOps
internal import Resources
internal import YAML

/// What `diff` prints: a unified diff for each object, with what git changes and what was changed by hand told apart.
struct PlanDiff: Sendable {
    let changes: [PlannedChange]
    /// Deletions that git asks for and a guard refuses.
    let refused: [PlannedChange]
    /// What stays different from git, as the Sync is told.
    let leftovers: Leftovers

    /// The diffs, one after the other.
    func text(_ paint: Paint) -> String {
        let wave = ChangeLines.waves(among: changes)
        let diffs =
            changes.map { text($0, $0.title + (wave($0).map { ", in \($0)" } ?? ""), paint) }
            + refused.map { text($0, "git names it no more, a guard keeps it", paint) }
            + leftovers.orphans.map { text($0, "git names it no more, the Sync may not prune it", paint) }
            + leftovers.drift.map { change in
                let what = change.before == nil ? "deleted" : "changed"
                return text(change, "drift: \(what) by hand, the Sync leaves it so", paint)
            }
        return diffs.joined(separator: "\n")
    }

    private func text(_ change: PlannedChange, _ title: String, _ paint: Paint) -> String {
        let place = change.source.map { " (\(FindingLines.oneLine($0.path)):\($0.line))" } ?? ""
        return paint("\(change.key)\(place): \(title)", .strong) + "\n"
            + (change.before == nil && change.after == nil ? "" : diff(change).rendered(paint))
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
            "apiVersion": .string(object.apiVersion), "kind": .string(object.kind.name),
            "metadata": .map(metadata), "spec": object.spec,
        ]
        return value.yaml
    }
}

extension PlannedChange {
    /// What a sync would do, before the diff of an object.
    fileprivate var title: String {
        if isTakenOver { return "another Sync left it, the sync adopts it" }
        return heir.map { "git names it for Sync \($0), which has it from now on" } ?? action.title
    }
}

extension PlannedChange.Action {
    /// The same where the action alone tells it.
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
