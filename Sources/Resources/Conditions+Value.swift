public import YAML

extension Conditions {
    /// The list as a status shows it.
    public var value: Value {
        .list(
            list.map { condition in
                var map: Map = ["type": .string(condition.type), "status": .string(condition.status.rawValue)]
                map["reason"] = condition.reason.map(Value.string)
                map["message"] = condition.message.map(Value.string)
                map["lastTransitionTime"] = condition.lastTransitionTime.map { .string($0.description) }
                return .map(map)
            }
        )
    }

    /// Reads what `value` wrote; nothing where there is no list.
    public init(_ value: Value?) {
        self.init(
            (value?.list ?? []).map { item in
                Condition(
                    type: item["type"]?.string ?? "",
                    status: item["status"]?.string.flatMap(Condition.Status.init) ?? .unknown,
                    reason: item["reason"]?.string,
                    message: item["message"]?.string,
                    lastTransitionTime: item["lastTransitionTime"]?.string.flatMap(Instant.init)
                )
            }
        )
    }
}
