public import YAML

extension Schema {
    /// An admitted spec with the kind's defaults written in (specification §8, last line).
    ///
    /// Only into maps that are there: defaults make no `container` where an author wrote none. Idempotent.
    public static func defaulted(_ kind: Kind, _ spec: Value) -> Value {
        guard case .record(let schema) = self.spec(of: kind) else { return spec }
        return schema.defaulted(spec)
    }

    private func defaulted(_ value: Value) -> Value {
        guard var map = value.map else { return value }
        var isChanged = false
        for field in defaultingFields {
            let present = map[field.name]
            if let `default` = field.default, present.map(\.isEmptyText) ?? true,
                `default`.unless.map({ map[$0] == nil }) ?? true
            {
                map[field.name] = `default`.value
                isChanged = true
            } else if case .record(let inner) = field.type, let present {
                let changed = inner.defaulted(present)
                if changed != present {
                    map[field.name] = changed
                    isChanged = true
                }
            }
        }
        return isChanged ? .map(ordered(map)) : value
    }
}

extension Value {
    fileprivate var isEmptyText: Bool { if case .string("") = self { true } else { false } }
}
