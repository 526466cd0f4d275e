public import YAML

extension Conditions {
    /// The list as a status shows it.
    public var value: Value {
        .list(
            list.map { condition in
                let entries: [(String, Value?)] = [
                    ("type", .string(condition.type)), ("status", .string(condition.status.rawValue)),
                    ("reason", condition.reason.map(Value.string)), ("message", condition.message.map(Value.string)),
                    ("lastTransitionTime", condition.lastTransitionTime.map { .string($0.description) }),
                ]
                let set = entries.compactMap { key, value in value.map { Map.Entry(key: key, value: $0) } }
                return .map(Map(uniqueEntries: set))
            }
        )
    }

    /// Reads what `value` wrote; nothing where there is no list.
    public init(_ value: Value?) {
        self = Conditions(
            (value?.list ?? []).map { item in
                Condition(
                    type: item["type"]?.string ?? "",
                    status: item["status"]?.string.flatMap(Condition.Status.init) ?? .unknown,
                    reason: item["reason"]?.string,
                    message: item["message"]?.string,
                    lastTransitionTime: item["lastTransitionTime"]?.string.flatMap(Instant.init)
                )
            }
        ).shared()
    }
}
