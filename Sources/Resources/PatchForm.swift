public import YAML

/// Reads patches: like objects, but of any part of one, with `null` for what shall go, and with directives.
public enum PatchForm {
    /// The patch in the tables' spelling (specification §1.2): other letter cases, aliases and a Service's flattened
    /// configuration address the canonical field; text is taken by its source text.
    ///
    /// What no table knows stays, so that reading the patched object reports it.
    public static func read(_ node: Node, kind: Kind) throws(ResourcesError) -> Value {
        try read(node, .record(Schema.of(kind)))
    }

    /// The same for a patch that is at hand as a value; canonical ones stay as they are.
    public static func canonical(_ patch: Value, kind: Kind) throws(ResourcesError) -> Value {
        try read(Node.make(from: patch), kind: kind)
    }

    /// Directives that name a field behind a slash (§9.1).
    static let fieldDirectives = ["$setElementOrder/", "$deleteFromPrimitiveList/"]

    private static func read(_ node: Node, _ type: Schema.FieldType) throws(ResourcesError) -> Value {
        switch (type, node.kind) {
        case (.record(let schema), .mapping): return .map(try read(node, schema))
        case (.list(let item, _), .sequence):
            var items: [Value] = []
            for child in node.items { items.append(try read(child, item)) }
            return .list(items)
        case (.stringMap, .mapping):
            let entries = node.entries.map { Map.Entry(key: $0.key, value: text($0.value)) }
            return .map(Map(uniqueEntries: entries).sortedByKey())
        case (.string, .scalar), (.word, .scalar): return text(node)
        default: return node.value.withSortedKeys
        }
    }

    private static func text(_ node: Node) -> Value {
        node.kind != .scalar ? node.value : node.isNull ? .null : .string(node.text)
    }

    private static func read(_ node: Node, _ schema: Schema) throws(ResourcesError) -> Map {
        var map = Map()
        for (written, _, child) in node.entries {
            let (key, value) = try entry(written, child, schema)
            guard let value else { continue }
            if let other = map[key], other != value {
                let message = "\"\(key)\" stands twice in \(schema.name), with different values; keep one"
                throw ResourcesError(.invalid, message)
            }
            map[key] = value
        }
        guard schema.movedFields != 0 else { return map }
        let (moved, conflicts) = schema.unflattened(map)
        if let field = conflicts.first {
            throw ResourcesError(.invalid, "\"\(field.name)\" is set in two places of \(schema.name); keep one")
        }
        return moved
    }

    private static func entry(
        _ written: String,
        _ node: Node,
        _ schema: Schema
    ) throws(ResourcesError) -> (String, Value?) {
        for directive in fieldDirectives where written.hasPrefix(directive) {
            let field = String(written.dropFirst(directive.count))
            return (directive + (schema.field(field)?.name ?? field), node.value)
        }
        guard let field = schema.field(written) else { return (written, node.value) }
        // What the server sets is not patched.
        if case .ignored = field.type { return (field.name, nil) }
        return (field.name, try read(node, field.type))
    }
}

extension PatchForm {
    /// The patch with a Route's targets in the form that the object has: an author's choice of form outlives a patch
    /// that is written in the other (specification §5.1).
    static func fitted(_ patch: Value, to object: Value, kind: Kind) -> Value {
        guard kind == .route, let spec = patch["spec"], let live = object["spec"] else { return patch }
        let forms = [["traffic"], ["rollout", "traffic"]]
        for (form, other) in [(forms[0], forms[1]), (forms[1], forms[0])] {
            guard let targets = spec.at(form), !targets.isNull, spec.at(other) == nil, live.at(form) == nil,
                live.at(other) != nil
            else { continue }
            var fitted = patch
            fitted.set(["spec", form[0]], to: nil)
            fitted.set(["spec"] + other, to: targets)
            return fitted
        }
        return patch
    }
}
