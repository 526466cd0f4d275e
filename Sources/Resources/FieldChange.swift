public import YAML

/// One difference between two versions of an object, at the deepest place where they differ.
public struct FieldChange: Hashable, Sendable {
    /// Where.
    public let path: FieldPath
    /// What stood there; nil where there was nothing.
    public let old: Value?
    /// What stands there; nil where there is nothing any more.
    public let new: Value?

    /// A difference.
    public init(path: FieldPath, old: Value?, new: Value?) {
        self.path = path
        self.old = old
        self.new = new
    }
}

extension FieldChange {
    /// What differs between two versions of an object of that kind, or of parts of one such as `{metadata, spec}`.
    ///
    /// Fields come in the order of the kind's table. Items of lists that merge by a name are matched by it, so that a
    /// variable which is put in first does not make all others differ; their order alone is one change of the list.
    public static func between(_ old: Value, _ new: Value, kind: Kind) -> [FieldChange] {
        var finder = Finder()
        finder.compare(old, new, .record(Schema.of(kind)))
        return finder.changes
    }

    /// Walks both versions side by side.
    private struct Finder {
        var changes: [FieldChange] = []
        var path = FieldPath()

        mutating func compare(_ old: Value?, _ new: Value?, _ type: Schema.FieldType?) {
            if old == new { return }
            switch (old, new) {
            case (.map(let old), .map(let new)): compareMaps(old, new, type)
            case (.list(let old), .list(let new)): compareLists(old, new, type)
            default: changes.append(FieldChange(path: path, old: old, new: new))
            }
        }

        private mutating func descend(_ step: FieldPath.Step, _ old: Value?, _ new: Value?, _ type: Schema.FieldType?) {
            let here = path
            path = path.appending(step)
            compare(old, new, type)
            path = here
        }

        private mutating func compareMaps(_ old: Map, _ new: Map, _ type: Schema.FieldType?) {
            var keys = Array(old.keys)
            keys += new.keys.filter { old[$0] == nil }
            if case .record(let schema) = type {
                let places = Dictionary(uniqueKeysWithValues: keys.map { ($0, schema.index(of: $0) ?? Int.max) })
                keys.sort { (places[$0] ?? 0, $0) < (places[$1] ?? 0, $1) }
                for key in keys { descend(.key(key), old[key], new[key], schema.type(of: key)) }
            } else {
                for key in keys.sorted() { descend(.key(key), old[key], new[key], nil) }
            }
        }

        private mutating func compareLists(_ old: [Value], _ new: [Value], _ type: Schema.FieldType?) {
            let item: Schema.FieldType?
            if case .list(let type, let merge) = type {
                item = type
                if case .byKey(let key) = merge, let before = names(old, key), let after = names(new, key) {
                    return compareNamed(zip(before, old).map { $0 }, zip(after, new).map { $0 }, type)
                }
            } else {
                item = nil
            }
            for index in 0..<max(old.count, new.count) {
                let before = index < old.count ? old[index] : nil
                let after = index < new.count ? new[index] : nil
                descend(.item(index), before, after, item)
            }
        }

        private mutating func compareNamed(
            _ old: [(String, Value)],
            _ new: [(String, Value)],
            _ type: Schema.FieldType
        ) {
            let before = Dictionary(uniqueKeysWithValues: old)
            let after = Dictionary(uniqueKeysWithValues: new)
            for (name, value) in old { descend(.named(name), value, after[name], type) }
            for (name, value) in new where before[name] == nil { descend(.named(name), nil, value, type) }
            let keptOld = old.map(\.0).filter { after[$0] != nil }
            let keptNew = new.map(\.0).filter { before[$0] != nil }
            if keptOld != keptNew {
                changes.append(FieldChange(path: path, old: .list(old.map(\.1)), new: .list(new.map(\.1))))
            }
        }

        /// The names of all items; nil where one has none or two have one, which cannot be told apart by it.
        private func names(_ list: [Value], _ key: String) -> [String]? {
            let names = list.compactMap { $0[key]?.mergeName }
            return names.count == list.count && Set(names).count == names.count ? names : nil
        }
    }
}

extension FieldChange: CustomStringConvertible {
    /// `path: old → new` on one line, values as JSON.
    public var description: String {
        "\(path): \(old?.json ?? "nothing") → \(new?.json ?? "nothing")"
    }
}

extension Value {
    /// The text of a scalar that items of a list are told apart by.
    var mergeName: String? {
        switch self {
        case .string(let text): text
        case .int(let number): String(number)
        default: nil
        }
    }
}
