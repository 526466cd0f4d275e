public import YAML

/// What a Service's status says (specification §2.1): all of it mirrored from its Configuration and Route.
public struct ServiceStatus: Hashable, Sendable {
    /// The last generation that was pushed down to Configuration and Route.
    public var observedGeneration = 0
    /// Mirrored from the Configuration; nil until a Revision was made.
    public var latestCreatedRevisionName: String?
    /// Mirrored from the Configuration; nil until a Revision was ever ready.
    public var latestReadyRevisionName: String?
    /// Mirrored from the Route.
    public var domain: String?
    /// Mirrored from the Route.
    public var traffic: [TrafficShare] = []
    /// `Ready`, `LatestRevisionReady` (§2.3).
    public var conditions = Conditions()

    /// The status before anyone has written one.
    public init() {}
}

extension ServiceStatus {
    /// As it is shown; what is not set is left out.
    public var value: Value {
        var map = Map()
        map["conditions"] = conditions.value
        map["domain"] = domain.map(Value.string)
        map["latestCreatedRevisionName"] = latestCreatedRevisionName.map(Value.string)
        map["latestReadyRevisionName"] = latestReadyRevisionName.map(Value.string)
        map["observedGeneration"] = observedGeneration == 0 ? nil : .int(observedGeneration)
        map["traffic"] = traffic.isEmpty ? nil : .list(traffic.map(\.value))
        return .map(map)
    }

    /// Reads what `value` wrote.
    public init(_ value: Value) {
        observedGeneration = value["observedGeneration"]?.int ?? 0
        latestCreatedRevisionName = value["latestCreatedRevisionName"]?.string
        latestReadyRevisionName = value["latestReadyRevisionName"]?.string
        domain = value["domain"]?.string ?? value["url"]?.string.map { String($0.trimmingPrefix("http://")) }
        traffic = (value["traffic"]?.list ?? []).map(TrafficShare.init)
        conditions = Conditions(value["conditions"])
    }
}
