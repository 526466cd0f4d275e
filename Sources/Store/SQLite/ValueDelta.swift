internal import YAML

/// A value told by what it differs in from another: last-applied is the object but for defaults, so that most of it need
/// not be written twice.
///
/// `0` is "the same"; `[1, value]` is the value itself; `[2, {key: delta, …}]` is a map with those keys in that order;
/// `[3, delta, …]` is a list of as many items as the other.
enum ValueDelta {
    static func encoded(_ value: Value, against base: Value?) -> Value {
        guard let base else { return .list([1, value]) }
        if value == base { return 0 }
        switch (value, base) {
        case (.map(let map), .map(let other)):
            let entries = map.entries.map { Map.Entry(key: $0.key, value: encoded($0.value, against: other[$0.key])) }
            return .list([2, .map(Map(uniqueEntries: entries))])
        case (.list(let list), .list(let other)) where list.count == other.count:
            return .list([3] + zip(list, other).map { encoded($0, against: $1) })
        default:
            return .list([1, value])
        }
    }

    /// The value again; nil where `delta` was not made against this base.
    static func decoded(_ delta: Value, against base: Value?) -> Value? {
        if delta == 0 { return base }
        guard let parts = delta.list, let form = parts.first?.int else { return nil }
        switch form {
        case 1:
            return parts.count == 2 ? parts[1] : nil
        case 2:
            guard parts.count == 2, let map = parts[1].map, let other = base?.map else { return nil }
            var entries: [Map.Entry] = []
            for entry in map.entries {
                guard let value = decoded(entry.value, against: other[entry.key]) else { return nil }
                entries.append(Map.Entry(key: entry.key, value: value))
            }
            return .map(Map(uniqueEntries: entries))
        case 3:
            guard let other = base?.list, other.count == parts.count - 1 else { return nil }
            var list: [Value] = []
            for (part, base) in zip(parts.dropFirst(), other) {
                guard let value = decoded(part, against: base) else { return nil }
                list.append(value)
            }
            return .list(list)
        default:
            return nil
        }
    }
}
