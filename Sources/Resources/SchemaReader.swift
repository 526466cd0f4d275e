package import YAML

/// One thing that is wrong with an object: where, what, and what to do.
struct Issue {
    /// From the map that was read, in canonical form; complete once reading has come back to the object.
    var path: FieldPath
    /// In the file; nil where the object did not come from one.
    var position: Position?
    /// `what; what to do`.
    var message: String
}

/// Reads nodes by a table into canonical values: the table's spelling and order, text where it wants text, nothing for
/// `null`; and collects all that is wrong on the way.
///
/// This is the hot path of a large sync. A field that is in order costs no more than a look in the table and its value;
/// paths are put together only for what is wrong, on the way up.
struct SchemaReader {
    /// How many issues of one document are told: nobody reads more at once, and a hostile file has a hundred thousand.
    static let maxIssues = 100

    /// What was found wrong, in the order of the file; the first `maxIssues`.
    private(set) var issues: [Issue] = []

    /// Reads what stands in a field of that type; nil where it is absent (`null`), ignored or wrong.
    ///
    /// - Parameter name: The field, as messages show how to write it.
    mutating func read(_ node: Node, as type: Schema.FieldType, name: String) -> Value? {
        switch type {
        case .ignored: return nil
        case .record(let schema): return record(node, schema, name)
        case .list(let item, _): return list(node, item, name)
        case .stringMap: return stringMap(node, name)
        case .any:
            if node.isNull { return nil }
            return node.value.withSortedKeys
        case .string, .word, .integer, .rolloutStep, .boolean, .integerOrString: return scalar(node, type, name)
        }
    }

    /// - Parameter steps: The way from the map or list that is being read.
    private mutating func add(_ node: Node, at steps: FieldPath.Step..., message: @autoclosure () -> String) {
        guard issues.count < Self.maxIssues else { return }
        issues.append(Issue(path: FieldPath(steps), position: node.position, message: message()))
    }

    /// Puts a step above all that was found since `mark`.
    private mutating func prepend(_ step: @autoclosure () -> FieldPath.Step, since mark: Int) {
        guard issues.count > mark else { return }
        let step = step()
        for index in mark..<issues.count { issues[index].path.prepend(step) }
    }
}

// MARK: Maps

extension SchemaReader {
    private mutating func record(_ node: Node, _ schema: Schema, _ name: String) -> Value? {
        guard node.kind == .mapping else {
            if node.isNull { return nil }
            add(node, message: "expected a map, found \(node.sort); write the fields of \(name) below it, indented")
            return nil
        }
        var entries: [Map.Entry] = []
        entries.reserveCapacity(node.count)
        // Which fields the entries are, so that they end up in the order of the table.
        var places = InlineArray<64, UInt8>(repeating: 0)
        var seen: UInt64 = 0
        for (key, keyNode, value) in node.entries {
            guard let index = schema.index(of: key) else {
                add(keyNode, at: .key(key), message: schema.unknownField(key))
                continue
            }
            let mark = issues.count
            let read = read(value, as: schema.types[index], name: schema.names[index])
            if issues.count > mark {
                // A field that was written flat has the path of its own place, as the rules of admission know it.
                let field = schema.fields[index]
                for key in [field.name] + field.movesTo.reversed() { prepend(.key(key), since: mark) }
            }
            let isRepeated = seen & 1 << UInt64(index) != 0
            if isRepeated, !isIgnored(schema.types[index]) {
                if entries.first(where: { $0.key == schema.names[index] })?.value != read {
                    let field = schema.names[index]
                    add(
                        keyNode,
                        at: .key(field),
                        message: "\"\(field)\" stands twice in \(schema.name), with different values; keep one"
                    )
                }
                continue
            }
            seen |= 1 << UInt64(index)
            guard let read else { continue }
            var place = entries.count
            while place > 0, places[place - 1] > index {
                places[place] = places[place - 1]
                place -= 1
            }
            places[place] = UInt8(index)
            entries.insert(Map.Entry(key: schema.names[index], value: read), at: place)
        }
        guard seen & schema.movedFields != 0 else { return .map(Map(uniqueEntries: entries)) }
        return .map(unflattened(entries, node, schema))
    }

    private func isIgnored(_ type: Schema.FieldType) -> Bool { if case .ignored = type { true } else { false } }

    /// Moves the fields that were written flat to where they belong.
    private mutating func unflattened(_ entries: [Map.Entry], _ node: Node, _ schema: Schema) -> Map {
        let (map, conflicts) = schema.unflattened(Map(uniqueEntries: entries))
        for field in conflicts {
            let key = node.entries.first { schema.field($0.key)?.name == field.name }?.keyNode ?? node
            let place = (field.movesTo + [field.name]).joined(separator: ".")
            add(key, at: .key(field.name), message: "\"\(field.name)\" is set here and in \(place); keep the latter")
        }
        return map
    }

    private mutating func stringMap(_ node: Node, _ name: String) -> Value? {
        guard node.kind == .mapping else {
            if node.isNull { return nil }
            add(node, message: "expected a map, found \(node.sort); write \(name) as lines of \"key: value\", indented")
            return nil
        }
        var entries: [Map.Entry] = []
        entries.reserveCapacity(node.count)
        for (key, _, value) in node.entries {
            guard value.kind == .scalar else {
                add(
                    value,
                    at: .key(key),
                    message: "expected text, found \(value.sort); \(name) holds text alone"
                )
                continue
            }
            // As in Kubernetes, a key without a value holds the empty text.
            let text = value.text
            entries.append(Map.Entry(key: key, value: .string(value.isNull(text) ? "" : text)))
        }
        return .map(Map(uniqueEntries: entries).sortedByKey())
    }
}

// MARK: Lists and scalars

extension SchemaReader {
    private mutating func list(_ node: Node, _ item: Schema.FieldType, _ name: String) -> Value? {
        guard node.kind == .sequence else {
            if node.isNull { return nil }
            add(node, message: "expected a list, found \(node.sort); begin each item of \(name) with \"- \"")
            return nil
        }
        var items: [Value] = []
        items.reserveCapacity(node.count)
        for (index, child) in node.items.enumerated() {
            let mark = issues.count
            if let value = read(child, as: item, name: name) {
                items.append(value)
            } else if child.isNull {
                add(child, message: "expected \(item.sort), found nothing; fill in the item of \(name) or remove it")
            }
            prepend(.item(index), since: mark)
        }
        return .list(items)
    }

    private mutating func scalar(_ node: Node, _ type: Schema.FieldType, _ name: String) -> Value? {
        guard node.kind == .scalar else {
            add(node, message: "expected \(type.sort), found \(node.sort); write \(type.example(name))")
            return nil
        }
        switch type {
        case .string:
            let text = node.text
            return node.isNull(text) ? nil : .string(text)
        case .word(let words):
            let text = node.text
            if node.isNull(text) { return nil }
            if words.contains(text) { return .string(text) }
            let lower = text.lowercased()
            return .string(words.first { $0.lowercased() == lower } ?? text)
        default: break
        }
        let value = node.scalarValue()
        switch (type, value) {
        case (_, .null): return nil
        case (.integer, .int), (.rolloutStep, .int), (.integerOrString, .int), (.integerOrString, .string),
            (.boolean, .bool):
            return value
        default:
            add(node, message: "expected \(type.sort), found \(node.sort); write \(type.example(name))")
            return nil
        }
    }
}

// MARK: Words for messages

extension Node {
    /// Whether this stands for nothing.
    var isNull: Bool { kind == .scalar && isNull(text) }

    /// The same for a scalar whose text is at hand.
    fileprivate func isNull(_ text: String) -> Bool {
        // Quoted text is never nothing, and plain text only where it is no longer than `null`: ask for its meaning last.
        text.utf8.count <= 4 && isPlain && scalarValue().isNull
    }

    /// What this is, as messages call it: `a string "five"`.
    fileprivate var sort: String {
        switch kind {
        case .sequence: return "a list"
        case .mapping: return "a map"
        case .scalar: break
        }
        let text = text.count > 40 ? text.prefix(40) + "…" : text[...]
        switch scalarValue() {
        case .null: return "nothing"
        case .bool: return "the truth value \(text)"
        case .int, .double: return "the number \(text)"
        default: return "a string \"\(text)\""
        }
    }
}

extension Schema.FieldType {
    /// What may stand here, as messages call it.
    fileprivate var sort: String {
        switch self {
        case .string, .word: "text"
        case .integer, .rolloutStep: "a whole number"
        case .boolean: "true or false"
        case .integerOrString: "a number or a name"
        case .stringMap, .record: "a map"
        case .list: "a list"
        case .any, .ignored: "anything"
        }
    }

    /// A way to write it.
    fileprivate func example(_ name: String) -> String {
        switch self {
        case .integer: "digits without quotes, as in \"\(name): 1\""
        case .rolloutStep:
            "each step as a percent from 1 to 99, more than the one before, as in \"\(name): [5, 25, 50]\""
        case .boolean: "\"\(name): true\" or \"\(name): false\""
        case .integerOrString: "a port such as \"\(name): 8080\""
        default: "it as in \"\(name): text\""
        }
    }
}

extension Schema {
    /// What is said of a key that the table does not have.
    fileprivate func unknownField(_ key: String) -> String {
        let known = fields.compactMap { field in
            if case .ignored = field.type { nil as String? } else { field.name }
        }
        let advice =
            didYouMean(key, among: known).map { "did you mean \"\($0)\"?" }
            ?? (known.isEmpty
                ? "\(name) has no fields, remove it"
                : known.count <= 6 ? "known are \(known.joined(separator: ", "))" : "remove it")
        return "unknown field \"\(key)\" in \(name); \(advice)"
    }

    /// The map with its flat fields moved to where they belong, and those that stood there already.
    func unflattened(_ map: Map) -> (map: Map, conflicts: [Field]) {
        var rest = Value.map(map)
        var conflicts: [Field] = []
        for field in fields where !field.movesTo.isEmpty {
            guard let value = map[field.name] else { continue }
            rest.set([field.name], to: nil)
            if rest.at(field.movesTo + [field.name]) != nil {
                conflicts.append(field)
            } else {
                rest.set(field.movesTo + [field.name], to: value)
            }
        }
        return (ordered(rest, .record(self)).map ?? map, conflicts)
    }

    /// The value with the maps on the way of moved fields in the order of their tables.
    private func ordered(_ value: Value, _ type: FieldType) -> Value {
        guard case .record(let schema) = type, case .map(let map) = value else { return value }
        var result = schema.ordered(map)
        for entry in result.entries {
            guard case .record(let inner)? = schema.type(of: entry.key), case .map(let map) = entry.value else {
                continue
            }
            // Only `revisionTemplate` and its `spec` can have got new entries.
            guard inner === Schema.revisionTemplate || inner === Schema.templateRevision else { continue }
            result[entry.key] = ordered(.map(map), .record(inner))
        }
        return .map(result)
    }
}

extension Value {
    /// What stands at the end of a way of keys; nil where it breaks off.
    package func at(_ keys: [String]) -> Value? {
        var value = self
        for key in keys {
            guard let next = value[key] else { return nil }
            value = next
        }
        return value
    }

    /// Puts a value at the end of a way of keys, making the maps that are missing on it.
    mutating func set(_ keys: [String], to value: Value?) {
        guard let key = keys.first else {
            self = value ?? .null
            return
        }
        var map = self.map ?? Map()
        if keys.count == 1 {
            map[key] = value
        } else {
            var inner = map[key] ?? .map([:])
            inner.set(Array(keys.dropFirst()), to: value)
            map[key] = inner
        }
        self = .map(map)
    }

    /// The same with the entries of all maps in the order of their keys: the canonical form where there is no table.
    var withSortedKeys: Value {
        switch self {
        case .map(let map):
            let inner = Map(uniqueEntries: map.entries.map { Map.Entry(key: $0.key, value: $0.value.withSortedKeys) })
            return .map(inner.sortedByKey())
        case .list(let list): return .list(list.map(\.withSortedKeys))
        default: return self
        }
    }
}
