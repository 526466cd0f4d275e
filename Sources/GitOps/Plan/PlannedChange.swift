public import Resources
internal import YAML

/// What a sync does, or would do, to one object.
public struct PlannedChange: Sendable {
    /// Which object.
    public let key: Key
    /// What happens to it.
    public let action: Action
    /// The manifest's path, on one line, and the line on which its document begins; for what goes, where it last stood.
    public let source: (path: String, line: Int)?
    /// The object before; nil where there is none.
    public let before: Object?
    /// The object after, as far as the sync decides about it; nil where it goes.
    public let after: Object?
    /// The wave in which it happens; nil where the Sync has none.
    public internal(set) var wave: Int?

    /// What happens to an object.
    public enum Action: String, Sendable {
        /// Git names it, and it was not there.
        case created
        /// Git wants something else than it did.
        case changed
        /// Somebody changed or deleted the live object by hand; it becomes again what git says.
        case healed
        /// It was there already, made by hand or left by another Sync, and belongs to the Sync from now on.
        case adopted
        /// Git names it no more.
        case pruned
        /// Git names it no more; it stays, and belongs to the Sync that wants it, or to none, from now on.
        case released
    }
}

extension PlannedChange {
    /// Whether this undoes a change by hand, and is none that git asks for.
    public var isHeal: Bool { action == .healed }

    /// What differs in labels, annotations and spec. Worked out when asked for: a first sync has ten thousand of them.
    public var fields: [FieldChange] {
        FieldChange.between(Self.shown(before), Self.shown(after), kind: key.kind)
    }

    /// The part of an object that its author writes.
    private static func shown(_ object: Object?) -> Value {
        guard let object else { return .map([:]) }
        var metadata = Map()
        metadata["labels"] = object.metadata.labels.isEmpty ? nil : object.metadata.labels.value
        metadata["annotations"] = object.metadata.annotations.isEmpty ? nil : object.metadata.annotations.value
        return ["metadata": .map(metadata), "spec": object.spec]
    }
}

/// Why a sync did not prune what git no longer names. Everything else was applied, and the next sync asks again.
public struct PruneRefusal: Hashable, Sendable {
    /// What would have gone, ascending.
    public let keys: [Key]
    /// How many objects the Sync has, these among them.
    public let total: Int
    /// Which guard refused.
    public let reason: Reason

    /// The guards.
    public enum Reason: Hashable, Sendable {
        /// The tree names no object of ours at all.
        case nothingLeft
        /// More than this many percent would go.
        case tooMany(maxPercent: Int)
    }

    /// What was refused, and what to do.
    public var message: String {
        let count = "\(keys.count) of \(total) object\(total == 1 ? "" : "s")"
        switch reason {
        case .nothingLeft:
            return
                "refused to prune \(count): the tree names none any more; check branch and path, or pass --allow-empty"
        case .tooMany(let percent):
            let needed = (keys.count * 100 + total - 1) / max(total, 1)
            return "refused to prune \(count), more than \(percent) %; check the commit, or pass --max-prune \(needed)%"
        }
    }
}
