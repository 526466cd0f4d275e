public import YAML

/// JSON patch, RFC 6902: a list of operations, of which all or none are carried out.
public enum JSONPatch {
    /// The object after the patch; reading it again, which the caller does, finds what the patch made wrong.
    ///
    /// - Parameter kind: Its table helps to find fields in other letter cases; nil leaves keys as they are.
    public static func apply(patch: Value, to object: Value, kind: Kind?) throws(ResourcesError) -> Value {
        guard let operations = patch.list else {
            throw ResourcesError(.invalid, "the patch is no list; write a list of {op, path, value}")
        }
        var result = object
        for operation in operations { result = try apply(operation, to: result, kind) }
        return result
    }

    private static func apply(_ operation: Value, to object: Value, _ kind: Kind?) throws(ResourcesError) -> Value {
        guard let name = operation["op"]?.string else {
            throw ResourcesError(.invalid, "an operation has no op; write add, remove, replace, move, copy or test")
        }
        let path = try JSONPointer(operation["path"], of: name, "path")
        switch name {
        case "add": return try object.adding(value(of: operation, name), at: path, kind)
        case "remove": return try object.removing(at: path, kind)
        case "replace":
            let value = try value(of: operation, name)
            _ = try object.found(at: path, kind)
            return path.tokens.isEmpty ? value : try object.replacing(value, at: path, kind)
        case "move":
            let from = try JSONPointer(operation["from"], of: name, "from")
            if path.tokens.starts(with: from.tokens), path.tokens.count > from.tokens.count {
                throw ResourcesError(.invalid, "move: \"\(from.text)\" cannot go into itself")
            }
            let value = try object.found(at: from, kind)
            if path.tokens == from.tokens { return object }
            return try object.removing(at: from, kind).adding(value, at: path, kind)
        case "copy":
            let from = try JSONPointer(operation["from"], of: name, "from")
            return try object.adding(object.found(at: from, kind), at: path, kind)
        case "test":
            let (found, wanted) = (try object.found(at: path, kind), try value(of: operation, name))
            guard found.isSameJSON(as: wanted) else {
                let message = "test: \"\(path.text)\" is \(found.json), not \(wanted.json)"
                throw ResourcesError(.testFailed, message)
            }
            return object
        default:
            throw ResourcesError(
                .invalid,
                "unknown op \"\(name)\"; write add, remove, replace, move, copy or test"
            )
        }
    }

    private static func value(of operation: Value, _ name: String) throws(ResourcesError) -> Value {
        guard let value = operation["value"] else { throw ResourcesError(.invalid, "\(name): value is missing") }
        return value
    }
}

extension JSONPointer {
    /// The pointer in a field of an operation.
    fileprivate init(_ value: Value?, of operation: String, _ field: String) throws(ResourcesError) {
        guard let text = value?.string else {
            throw ResourcesError(.invalid, "\(operation): \(field) is missing; write one such as \"/spec/traffic/0\"")
        }
        do throws(ResourcesError) {
            try self.init(text)
        } catch {
            throw ResourcesError(.invalid, "\(operation): \(field) \(error.message)")
        }
    }

    fileprivate func missing() -> ResourcesError { ResourcesError(.notFound, "there is nothing at \"\(text)\"") }
}

extension Value {
    fileprivate func found(at path: JSONPointer, _ kind: Kind?) throws(ResourcesError) -> Value {
        var value = self
        var type = kind.map { Schema.FieldType.record(Schema.of($0)) }
        for token in path.tokens {
            switch value {
            case .map(let map):
                let key = map.key(token, type)
                guard let next = map[key] else { throw path.missing() }
                (value, type) = (next, type?.inner(key))
            case .list(let list):
                guard let index = Self.index(token, in: list.count) else { throw path.missing() }
                (value, type) = (list[index], type?.inner(nil))
            default: throw path.missing()
            }
        }
        return value
    }

    fileprivate func adding(_ value: Value, at path: JSONPointer, _ kind: Kind?) throws(ResourcesError) -> Value {
        try changing(path, kind) { (last, type, parent) throws(ResourcesError) in
            switch parent {
            case .map(var map):
                map[map.key(last, type)] = value
                parent = .map(map)
            case .list(var list):
                // "-" is the place after the last item.
                guard let index = last == "-" ? list.count : Self.index(last, in: list.count + 1) else {
                    throw path.missing()
                }
                list.insert(value, at: index)
                parent = .list(list)
            default: throw path.missing()
            }
        } ?? value
    }

    fileprivate func replacing(_ value: Value, at path: JSONPointer, _ kind: Kind?) throws(ResourcesError) -> Value {
        try changing(path, kind) { (last, type, parent) throws(ResourcesError) in
            switch parent {
            case .map(var map):
                map[map.key(last, type)] = value
                parent = .map(map)
            case .list(var list):
                guard let index = Self.index(last, in: list.count) else { throw path.missing() }
                list[index] = value
                parent = .list(list)
            default: throw path.missing()
            }
        } ?? value
    }

    fileprivate func removing(at path: JSONPointer, _ kind: Kind?) throws(ResourcesError) -> Value {
        try changing(path, kind) { (last, type, parent) throws(ResourcesError) in
            switch parent {
            case .map(var map):
                let key = map.key(last, type)
                guard map[key] != nil else { throw path.missing() }
                map[key] = nil
                parent = .map(map)
            case .list(var list):
                guard let index = Self.index(last, in: list.count) else { throw path.missing() }
                list.remove(at: index)
                parent = .list(list)
            default: throw path.missing()
            }
        } ?? .null
    }

    private typealias Change = (
        _ last: String, _ type: Schema.FieldType?, _ parent: inout Value
    ) throws(ResourcesError) -> Void

    /// This value after a change of the map or list that holds the place; nil where the place is the whole.
    private func changing(_ path: JSONPointer, _ kind: Kind?, _ change: Change) throws(ResourcesError) -> Value? {
        guard !path.tokens.isEmpty else { return nil }
        var result = self
        let type = kind.map { Schema.FieldType.record(Schema.of($0)) }
        try result.descend(path.tokens[...], type, path, change)
        return result
    }

    private mutating func descend(
        _ tokens: ArraySlice<String>,
        _ type: Schema.FieldType?,
        _ path: JSONPointer,
        _ change: Change
    ) throws(ResourcesError) {
        guard let token = tokens.first else { return }
        if tokens.count == 1 { return try change(token, type, &self) }
        switch self {
        case .map(var map):
            let key = map.key(token, type)
            guard var next = map[key] else { throw path.missing() }
            try next.descend(tokens.dropFirst(), type?.inner(key), path, change)
            map[key] = next
            self = .map(map)
        case .list(var list):
            guard let index = Self.index(token, in: list.count) else { throw path.missing() }
            try list[index].descend(tokens.dropFirst(), type?.inner(nil), path, change)
            self = .list(list)
        default: throw path.missing()
        }
    }

    private static func index(_ token: String, in count: Int) -> Int? { JSONPointer.index(token, in: count) }

    /// Whether both are the same JSON, to which the order of a map's keys and 1 or 1.0 make no difference.
    fileprivate func isSameJSON(as other: Value) -> Bool {
        switch (self, other) {
        case (.map(let left), .map(let right)):
            return left.count == right.count
                && left.entries.allSatisfy { entry in right[entry.key]?.isSameJSON(as: entry.value) ?? false }
        case (.list(let left), .list(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.isSameJSON(as: $1) }
        default:
            if let left = double, let right = other.double { return left == right }
            return self == other
        }
    }
}

extension Map {
    /// The key that a token means: as it stands, or as the table spells it.
    fileprivate func key(_ token: String, _ type: Schema.FieldType?) -> String {
        guard self[token] == nil, case .record(let schema)? = type else { return token }
        return schema.field(token)?.name ?? token
    }
}

extension Schema.FieldType {
    /// What may stand below: under a key, or in an item.
    func inner(_ key: String?) -> Schema.FieldType? {
        switch self {
        case .record(let schema): key.flatMap(schema.type)
        case .list(let item, _): item
        default: nil
        }
    }
}
