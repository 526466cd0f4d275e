public import YAML

/// What a Build's status says (specification §6.3).
public struct BuildStatus: Hashable, Sendable {
    /// The last generation that was acted on.
    public var observedGeneration = 0
    /// When the first step started.
    public var startTime: Instant?
    /// When the Build came to its end, whatever that was.
    public var completionTime: Instant?
    /// The steps that have finished, by name.
    public var stepsCompleted: [String] = []
    /// `Succeeded` first, then `Complete`, `Failed` or `Invalid` as the original spelled them.
    public var conditions = Conditions()

    /// The status before anyone has written one.
    public init() {}
}

extension BuildStatus {
    /// As it is shown; what is not set is left out.
    public var value: Value {
        var map = Map()
        map["completionTime"] = completionTime.map { .string($0.description) }
        map["conditions"] = conditions.value
        map["observedGeneration"] = observedGeneration == 0 ? nil : .int(observedGeneration)
        map["startTime"] = startTime.map { .string($0.description) }
        map["stepsCompleted"] = stepsCompleted.isEmpty ? nil : .list(stepsCompleted.map(Value.string))
        return .map(map)
    }

    /// Reads what `value` wrote.
    public init(_ value: Value) {
        observedGeneration = value["observedGeneration"]?.int ?? 0
        startTime = value["startTime"]?.string.flatMap(Instant.init)
        completionTime = value["completionTime"]?.string.flatMap(Instant.init)
        stepsCompleted = (value["stepsCompleted"]?.list ?? []).compactMap(\.string)
        conditions = Conditions(value["conditions"])
    }
}

/// What a BuildTemplate's status says (specification §7): nothing while it is valid.
public struct BuildTemplateStatus: Hashable, Sendable {
    /// `Invalid` with its code while the template is wrong; removed when it is mended.
    public var conditions = Conditions()

    /// The status of a valid template.
    public init() {}

    /// As it is shown.
    public var value: Value { .map(["conditions": conditions.value]) }

    /// Reads what `value` wrote.
    public init(_ value: Value) { conditions = Conditions(value["conditions"]) }
}
