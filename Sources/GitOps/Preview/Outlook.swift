package import Resources
package import Store
package import YAML

/// A state as a preview and what came of the merge are compared: the one equality of the two.
///
/// What tells of the way there alone is left out: the number of the last change, how often a split was rewritten within an
/// instant, and the Sync's own bookkeeping, which names commits. Times after the sync's transaction count from it, earlier ones stand as they are.
package struct Outlook: Equatable, Sendable {
    /// The objects as they are compared, by key.
    package let objects: [Key: Value]

    /// A state as it is compared.
    ///
    /// - Parameter start: the instant of the sync's transaction.
    package init(_ state: State, since start: Instant) {
        var objects: [Key: Value] = [:]
        for kind in Kind.allCases where !kind.isBookkeeping {
            for key in state.keys(kind) {
                if let object = state[key] { objects[key] = Self.view(object, since: start) }
            }
        }
        self.objects = objects
    }

    /// Where two differ, a line each: for people who look for the reason.
    package func differences(to other: Outlook) -> [String] {
        Set(objects.keys).union(other.objects.keys).sorted().flatMap { key -> [String] in
            guard let mine = objects[key] else { return ["\(key) was not foretold"] }
            guard let theirs = other.objects[key] else { return ["\(key) was foretold and is not there"] }
            return FieldChange.between(mine, theirs, kind: key.kind).map { "\(key) \($0)" }
        }
    }

    private static func view(_ object: Object, since start: Instant) -> Value {
        var metadata = object.metadata.value.map ?? Map()
        metadata["resourceVersion"] = nil
        if object.kind == .split { metadata["generation"] = nil }
        var map: Map = ["metadata": counted(.map(metadata), from: start), "spec": object.spec]
        map["status"] = object.status.value.map { counted($0, from: start) }
        return .map(map)
    }

    /// A value with all later instants in it as times since `start`.
    private static func counted(_ value: Value, from start: Instant) -> Value {
        switch value {
        case .string(let text):
            guard let instant = Instant(text), instant >= start else { return value }
            return .string("+\((instant - start).wholeMilliseconds) ms")
        case .list(let items): return .list(items.map { counted($0, from: start) })
        case .map(let map):
            return .map(
                Map(uniqueEntries: map.entries.map { Map.Entry(key: $0.key, value: counted($0.value, from: start)) })
            )
        default: return value
        }
    }
}
