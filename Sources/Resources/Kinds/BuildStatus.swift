public import YAML

/// What a Build's status says (specification §6.3).
public struct BuildStatus: Hashable, Sendable {
    /// The last generation that was acted on.
    public var observedGeneration = 0
    /// Who builds; nil until somebody began.
    public var builder: String?
    /// When the builder began.
    public var startTime: Instant?
    /// When the Build came to its end, whatever that was.
    public var completionTime: Instant?
    /// How far each step has come, in the order of the plan.
    public var stepStates: [StepState] = []
    /// The steps that have finished, by the names of their processes.
    public var stepsCompleted: [String] = []
    /// What runs, where that comes from a template: as it was when the Build began to wait for its builder.
    public var plan: BuildPlan?
    /// `Succeeded` first, then `Complete`, `Failed` or `Invalid` as the original spelled them.
    public var conditions = Conditions()

    /// The status before anyone has written one.
    public init() {}
}

extension BuildStatus {
    /// As it is shown; what is not set is left out.
    public var value: Value {
        var map = Map()
        map["builder"] = builder.map(Value.string)
        map["completionTime"] = completionTime.map { .string($0.description) }
        map["conditions"] = conditions.value
        map["observedGeneration"] = observedGeneration == 0 ? nil : .int(observedGeneration)
        map["plan"] = plan?.value
        map["startTime"] = startTime.map { .string($0.description) }
        map["stepStates"] = stepStates.isEmpty ? nil : .list(stepStates.map(\.value))
        map["stepsCompleted"] = stepsCompleted.isEmpty ? nil : .list(stepsCompleted.map(Value.string))
        return .map(map)
    }

    /// Reads what `value` wrote.
    public init(_ value: Value) {
        builder = value["builder"]?.string
        observedGeneration = value["observedGeneration"]?.int ?? 0
        plan = value["plan"].map(BuildPlan.init)
        startTime = value["startTime"]?.string.flatMap(Instant.init)
        completionTime = value["completionTime"]?.string.flatMap(Instant.init)
        stepStates = (value["stepStates"]?.list ?? []).map(StepState.init)
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
