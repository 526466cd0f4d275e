public import YAML

/// Kubernetes' strategic merge patch (specification §9.1): like a merge patch, but lists whose items have names are
/// merged item by item, as the kind's table says.
public enum StrategicMerge {
    /// The object after the patch; reading it again, which the caller does, finds what the patch made wrong.
    ///
    /// - Parameters:
    ///   - patch: A part of an object, with `null` for what shall go, and with directives.
    ///   - object: A whole object, or `{metadata, spec}`.
    public static func apply(patch: Value, to object: Value, kind: Kind) throws(ResourcesError) -> Value {
        let patch = PatchForm.fitted(try PatchForm.canonical(patch, kind: kind), to: object, kind: kind)
        guard case .map(let patch) = patch, case .map(let object) = object else {
            throw ResourcesError(.invalid, "the patch is no map; write it like the object, with the fields to change")
        }
        return .map(try merge(patch, into: object, Schema.of(kind)))
    }

    private static func directive(_ map: Map) throws(ResourcesError) -> Directive {
        guard let value = map["$patch"] else { return .merge }
        guard let word = value.string, let directive = Directive(rawValue: word) else {
            throw ResourcesError(.invalid, "unknown $patch \(value.json); write merge, replace or delete")
        }
        return directive
    }

    private enum Directive: String { case merge, replace, delete }
}

// MARK: Maps

extension StrategicMerge {
    private static func merge(_ patch: Map, into original: Map, _ schema: Schema?) throws(ResourcesError) -> Map {
        var patch = patch
        let directive = try directive(patch)
        patch["$patch"] = nil
        switch directive {
        case .delete: return Map()
        case .replace: return cleaned(.map(patch)).map ?? Map()
        case .merge: break
        }
        var result = try retaining(patch["$retainKeys"], of: original, patch)
        patch["$retainKeys"] = nil
        for entry in patch.entries where entry.key.hasPrefix("$deleteFromPrimitiveList/") {
            try delete(entry, from: &result)
        }
        for entry in patch.entries where !PatchForm.fieldDirectives.contains(where: { entry.key.hasPrefix($0) }) {
            let type = schema?.type(of: entry.key)
            let order = patch["$setElementOrder/" + entry.key]
            result[entry.key] = try merged(entry.value, result[entry.key], type, order, entry.key)
        }
        // An order may come alone, where the patch moves items and changes none.
        for entry in patch.entries where entry.key.hasPrefix("$setElementOrder/") {
            let key = String(entry.key.dropFirst("$setElementOrder/".count))
            guard patch[key] == nil, case .list(let list)? = result[key] else { continue }
            result[key] = .list(try ordered(list, by: entry.value, as: list, schema?.type(of: key), patched: [], key))
        }
        guard let schema else { return result.sortedByKey() }
        return schema.ordered(result)
    }

    private static func merged(
        _ patch: Value,
        _ original: Value?,
        _ type: Schema.FieldType?,
        _ order: Value?,
        _ key: String
    ) throws(ResourcesError) -> Value? {
        switch patch {
        case .null: return nil
        case .map(let patch):
            var inner: Schema?
            if case .record(let schema)? = type { inner = schema }
            return .map(try merge(patch, into: original?.map ?? Map(), inner))
        case .list(let patch):
            let list = original?.list ?? []
            let merged = try merge(patch, into: list, type, key)
            guard let order else { return .list(merged) }
            return .list(try ordered(merged, by: order, as: list, type, patched: patch, key))
        default: return patch
        }
    }

    /// `$retainKeys`: what of the original is kept at all, as for a choice between fields that exclude each other.
    private static func retaining(_ keys: Value?, of original: Map, _ patch: Map) throws(ResourcesError) -> Map {
        guard let keys else { return original }
        guard let names = keys.list?.compactMap(\.string), names.count == keys.list?.count else {
            throw ResourcesError(.invalid, "$retainKeys is no list of names")
        }
        for key in patch.keys where !key.hasPrefix("$") && patch[key]?.isNull == false && !names.contains(key) {
            throw ResourcesError(.invalid, "the patch sets \"\(key)\", which $retainKeys does not name; add it there")
        }
        return Map(uniqueEntries: original.entries.filter { names.contains($0.key) })
    }

    private static func delete(_ directive: Map.Entry, from map: inout Map) throws(ResourcesError) {
        let key = String(directive.key.dropFirst("$deleteFromPrimitiveList/".count))
        guard let gone = directive.value.list else {
            throw ResourcesError(.invalid, "\(directive.key) is no list; list the items that shall go")
        }
        guard case .list(let list)? = map[key] else { return }
        let texts = gone.map(\.json)
        map[key] = .list(list.filter { !texts.contains($0.json) })
    }

    /// What a patch puts in anew, without the directives and nulls that have nothing to work on.
    private static func cleaned(_ value: Value) -> Value {
        switch value {
        case .map(let map):
            let kept = map.entries.filter { !$0.key.hasPrefix("$") && !$0.value.isNull }
            return .map(Map(uniqueEntries: kept.map { Map.Entry(key: $0.key, value: cleaned($0.value)) }))
        case .list(let list): return .list(list.map(cleaned))
        default: return value
        }
    }
}

// MARK: Lists

extension StrategicMerge {
    private static func merge(
        _ patch: [Value],
        into original: [Value],
        _ type: Schema.FieldType?,
        _ field: String
    ) throws(ResourcesError) -> [Value] {
        guard case .list(let item, let merge)? = type else { return patch }
        switch merge {
        case .atomic: return patch
        case .union: return original + patch.filter { !original.contains($0) }
        case .byKey(let key): return try mergeItems(patch, into: original, key, item, field)
        }
    }

    private static func mergeItems(
        _ patch: [Value],
        into original: [Value],
        _ key: String,
        _ type: Schema.FieldType,
        _ field: String
    ) throws(ResourcesError) -> [Value] {
        var inner: Schema?
        if case .record(let schema) = type { inner = schema }
        var directives: [Directive] = []
        for item in patch {
            guard let map = item.map else {
                throw ResourcesError(.invalid, "an item of \(field) is no map; write it with its \(key)")
            }
            directives.append(try directive(map))
        }
        if directives.contains(.replace) {
            // The item with the directive only says so; the rest of the patch is the new list.
            return zip(patch, directives).filter { $0.1 != .replace }.map { cleaned($0.0) }
        }
        var result = original
        for (item, directive) in zip(patch, directives) {
            guard let map = item.map, let name = map[key]?.mergeName else {
                throw ResourcesError(.invalid, "an item of \(field) has no \(key); lists of that name merge by it")
            }
            let index = result.firstIndex { $0[key]?.mergeName == name }
            switch (directive, index) {
            case (.delete, let index?): result.remove(at: index)
            case (.delete, nil): break
            case (_, let index?): result[index] = .map(try merge(map, into: result[index].map ?? Map(), inner))
            case (_, nil): result.append(.map(try merge(map, into: Map(), inner)))
            }
        }
        return result
    }

    /// `$setElementOrder`: the items that it names in its order, the others where they stood among them.
    private static func ordered(
        _ list: [Value],
        by order: Value,
        as original: [Value],
        _ type: Schema.FieldType?,
        patched: [Value],
        _ field: String
    ) throws(ResourcesError) -> [Value] {
        var key: String?
        if case .list(_, .byKey(let name))? = type { key = name }
        func name(_ value: Value) -> String? { key.map { value[$0]?.mergeName } ?? value.json }
        guard let names = order.list?.map(name) else {
            throw ResourcesError(.invalid, "$setElementOrder/\(field) is no list; list all items in their order")
        }
        for item in patched where item["$patch"]?.string != "delete" && !names.contains(name(item)) {
            let message = "$setElementOrder/\(field) does not name \(name(item) ?? "an item") of the patch; add it"
            throw ResourcesError(.invalid, message)
        }
        let wanted = names.compactMap { wanted in list.first { wanted != nil && name($0) == wanted } }
        let others = list.filter { !names.contains(name($0)) }
        return ListOrder.placed(others, among: wanted, as: original, name: name)
    }
}
