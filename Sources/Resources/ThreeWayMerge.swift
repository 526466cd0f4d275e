public import YAML

/// How a manifest is applied over a live object (specification §9.1): what the manifest names gets the manifest's
/// value, what it named the last time and names no more goes, and what nobody applied (defaults, additions by hand to
/// other fields, other tools' labels) stays.
public enum ThreeWayMerge {
    /// What becomes of what people changed by hand in fields of which the manifest says what it said the last time.
    public enum Edits: Sendable {
        /// The manifest's value comes back.
        case undone
        /// They stay. Only what the manifest says anew is done, and stands against a hand's value in the same place.
        case kept
    }

    /// The object that results.
    ///
    /// All three values are `{metadata: {labels, annotations}, spec}` in canonical form; `lastApplied` is nil where
    /// nothing was applied before, and then nothing is removed. Applying the result again changes nothing.
    public static func merged(
        _ kind: Kind,
        lastApplied: Value?,
        desired: Value,
        live: Value,
        edits: Edits = .undone
    ) -> Value {
        Merger(keepsEdits: edits == .kept).merge(lastApplied, desired, live, .record(Schema.of(kind)))
    }
}

private struct Merger {
    let keepsEdits: Bool

    func merge(_ last: Value?, _ desired: Value, _ live: Value?, _ type: Schema.FieldType?) -> Value {
        if desired == live { return desired }
        if let live, isOldWish(desired, last) { return live }
        switch (desired, live) {
        case (.map(let desired), .map(let live)):
            if case .record(let schema)? = type { return .map(merge(last?.map, desired, live, schema)) }
            return .map(merge(last?.map, desired, live, nil).sortedByKey())
        case (.list(let desired), .list(let live)):
            guard case .list(let item, let merge)? = type else { return .list(desired) }
            switch merge {
            case .atomic: return .list(desired)
            case .byKey(let key): return .list(mergeItems(last?.list ?? [], desired, live, key, item))
            case .union:
                let last = last?.list ?? []
                let wanted = desired.filter { live.contains($0) || !keepsEdits || !last.contains($0) }
                return .list(wanted + live.filter { !desired.contains($0) && !last.contains($0) })
            }
        default: return desired
        }
    }

    /// Whether the manifest says what it said, so that what a hand made of it stays: also where that is nothing any more.
    private func isOldWish(_ desired: Value, _ last: Value?) -> Bool { keepsEdits && desired == last }

    private func merge(_ last: Map?, _ desired: Map, _ live: Map, _ schema: Schema?) -> Map {
        // Of fields that exclude each other the manifest's choice stands, also against a default or a hand's choice.
        let excluded = (schema?.alternatives ?? []).filter { fields in
            fields.contains { field in desired[field].map { !isOldWish($0, last?[field]) } ?? false }
        }.flatMap { $0 }
        var result = Map()
        for entry in live.entries {
            if let wanted = desired[entry.key] {
                result[entry.key] = merge(last?[entry.key], wanted, entry.value, schema?.type(of: entry.key))
            } else if last?[entry.key] == nil, !excluded.contains(entry.key) {
                result[entry.key] = entry.value
            }
        }
        for entry in desired.entries where live[entry.key] == nil && !isOldWish(entry.value, last?[entry.key]) {
            result[entry.key] = entry.value
        }
        return schema?.ordered(result) ?? result
    }

    private func mergeItems(
        _ last: [Value],
        _ desired: [Value],
        _ live: [Value],
        _ key: String,
        _ type: Schema.FieldType
    ) -> [Value] {
        // By name, as a list may have thousands of items; of two with one name the first counts.
        func named(_ list: [Value]) -> [String: Value] {
            let pairs = list.compactMap { item in item[key]?.mergeName.map { ($0, item) } }
            return Dictionary(pairs) { first, _ in first }
        }
        let (wishes, applied, present) = (named(desired), named(last), named(live))
        // Names that stand twice cannot be matched; the manifest's list then stands as it is.
        guard wishes.count == desired.count else { return desired }
        let wanted = desired.compactMap { item -> Value? in
            guard let name = item[key]?.mergeName else { return item }
            guard let there = present[name] else { return isOldWish(item, applied[name]) ? nil : item }
            return merge(applied[name], item, there, type)
        }
        let foreign = live.filter { item in
            guard let name = item[key]?.mergeName else { return false }
            return wishes[name] == nil && applied[name] == nil
        }
        return ListOrder.placed(foreign, among: wanted, as: live) { $0[key]?.mergeName }
    }
}

/// Puts items that one side alone has among those whose order the other side decides.
enum ListOrder {
    /// - Parameters:
    ///   - others: Items that keep their order, and their places relative to the items of `live`.
    ///   - ordered: Items whose order is decided; those that are not in `live` come after the others where nothing says
    ///     more.
    ///   - live: The order that stood.
    static func placed(
        _ others: [Value],
        among ordered: [Value],
        as live: [Value],
        name: @escaping (Value) -> String?
    ) -> [Value] {
        guard !others.isEmpty, !ordered.isEmpty else { return others + ordered }
        var places: [String: Int] = [:]
        for (place, item) in live.enumerated() { name(item).map { places[$0] = place } }
        func place(_ item: Value) -> Int? { name(item).flatMap { places[$0] } }
        var result: [Value] = []
        var rest = others[...]
        for (index, item) in ordered.enumerated() {
            // A new item has no place of its own: it goes with the next one that has, or with the end.
            let next = ordered[index...].lazy.compactMap(place).first ?? Int.max
            while let other = rest.first, (place(other) ?? 0) < next {
                result.append(other)
                rest.removeFirst()
            }
            result.append(item)
        }
        return result + rest
    }
}
