public import YAML

/// What a Configuration's status says (specification §3.1).
public struct ConfigurationStatus: Hashable, Sendable {
    /// The last generation for which a Revision was made, or its making failed for good.
    public var observedGeneration = 0
    /// Set as soon as the Revision exists, before it is ready.
    public var latestCreatedRevisionName: String?
    /// The newest Revision that was ever ready; never cleared by a newer one that is not.
    public var latestReadyRevisionName: String?
    /// `Ready`, `LatestRevisionReady` (§3.3).
    public var conditions = Conditions()

    /// The status before anyone has written one.
    public init() {}
}

extension ConfigurationStatus {
    /// As it is shown; what is not set is left out.
    public var value: Value {
        var map = Map()
        map["conditions"] = conditions.value
        map["latestCreatedRevisionName"] = latestCreatedRevisionName.map(Value.string)
        map["latestReadyRevisionName"] = latestReadyRevisionName.map(Value.string)
        map["observedGeneration"] = observedGeneration == 0 ? nil : .int(observedGeneration)
        return .map(map)
    }

    /// Reads what `value` wrote.
    public init(_ value: Value) {
        observedGeneration = value["observedGeneration"]?.int ?? 0
        latestCreatedRevisionName = value["latestCreatedRevisionName"]?.string
        latestReadyRevisionName = value["latestReadyRevisionName"]?.string
        conditions = Conditions(value["conditions"])
    }
}
