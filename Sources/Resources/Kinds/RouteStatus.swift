public import YAML

/// What a Route's status says (specification §5.1).
public struct RouteStatus: Hashable, Sendable {
    /// The last generation that was acted on.
    public var observedGeneration = 0
    /// The spec's targets that were last acted on, equal ones made one: those that a later spec has too were not changed.
    public var observedTargets: [TrafficTarget] = []
    /// The host on which the Route answers: `{route}.{namespace}.{suffix}`.
    public var domain: String?
    /// Who gets how much: the spec's targets in their order, each Configuration replaced by its Revisions.
    public var traffic: [TrafficShare] = []
    /// The rollouts under way, one per target that is moving; kept here so that a restart goes on with them.
    public var rollouts: [RolloutProgress] = []
    /// The latest ready Revisions that cannot take traffic at present, or that traffic cannot move to: the Route has to look
    /// when that changes. Ascending.
    public var awaited: [String] = []
    /// The Revisions besides those of `traffic` that requests go to all the same: while a target cannot be assigned, the
    /// data plane stays as it was.
    public var served: [String] = []
    /// `Ready`, `AllTrafficAssigned`, `RolloutComplete`, and while traffic moves the informational `RolloutInProgress`
    /// (§5.6).
    public var conditions = Conditions()

    /// The status before anyone has written one.
    public init() {}
}

/// One entry of `status.traffic`.
public struct TrafficShare: Hashable, Sendable {
    /// The Revision; `Not found` where a Configuration has none that was ever ready and never will (§5.6).
    public let revisionName: String
    /// The target's name, under which the Revision answers on a host of its own.
    public let name: String?
    /// Of the Route's main host, in whole percent.
    public let percent: Int

    /// An entry as it is shown.
    public init(revisionName: String, name: String?, percent: Int) {
        self.revisionName = revisionName
        self.name = name
        self.percent = percent
    }
}

/// One target's traffic on its way from older Revisions to a newer one (specification §5.5).
public struct RolloutProgress: Hashable, Sendable {
    /// The target that moves: its Configuration.
    public let configurationName: String
    /// The target that moves: its name, where it has one.
    public let name: String?
    /// The Revision that traffic moves to.
    public let to: String
    /// When the rollout started, shifted by any time in which nobody was there to carry it out.
    public let start: Instant
    /// The step that status shows: 0 before the first.
    public let step: Int
    /// What older Revisions had when it started, oldest first, in percent of the Route.
    public let from: [TrafficShare]

    /// A rollout as it stands.
    public init(
        configurationName: String,
        name: String?,
        to: String,
        start: Instant,
        step: Int,
        from: [TrafficShare]
    ) {
        self.configurationName = configurationName
        self.name = name
        self.to = to
        self.start = start
        self.step = step
        self.from = from
    }
}

extension RouteStatus {
    /// Whether a target is as it was when the Route was last acted on, which had this generation by now.
    ///
    /// A state or report that was written before there were observed targets tells it by the generation alone.
    public func isUnchanged(_ target: TrafficTarget, generation: Int) -> Bool {
        observedTargets.isEmpty ? observedGeneration == generation : observedTargets.contains(target)
    }

    /// As it is shown; what is not set is left out.
    public var value: Value {
        var map = Map()
        map["awaited"] = awaited.isEmpty ? nil : .list(awaited.map(Value.string))
        map["conditions"] = conditions.value
        map["domain"] = domain.map(Value.string)
        map["observedGeneration"] = observedGeneration == 0 ? nil : .int(observedGeneration)
        map["observedTargets"] = observedTargets.isEmpty ? nil : .list(observedTargets.map(\.value))
        map["rollouts"] = rollouts.isEmpty ? nil : .list(rollouts.map(\.value))
        map["served"] = served.isEmpty ? nil : .list(served.map(Value.string))
        map["traffic"] = .list(traffic.map(\.value))
        return .map(map)
    }

    /// Reads what `value` wrote.
    public init(_ value: Value) {
        observedGeneration = value["observedGeneration"]?.int ?? 0
        observedTargets = (value["observedTargets"]?.list ?? []).compactMap(TrafficTarget.init)
        domain = value["domain"]?.string
        awaited = (value["awaited"]?.list ?? []).compactMap(\.string)
        served = (value["served"]?.list ?? []).compactMap(\.string)
        traffic = (value["traffic"]?.list ?? []).map(TrafficShare.init)
        rollouts = (value["rollouts"]?.list ?? []).map(RolloutProgress.init)
        conditions = Conditions(value["conditions"])
    }
}

extension TrafficShare {
    /// As it is shown: `{revisionName, name, percent}`.
    public var value: Value {
        var map: Map = ["revisionName": .string(revisionName)]
        map["name"] = name.map(Value.string)
        map["percent"] = .int(percent)
        return .map(map)
    }

    /// Reads what `value` wrote.
    public init(_ value: Value) {
        self.init(
            revisionName: value["revisionName"]?.string ?? "",
            name: value["name"]?.string ?? value["tag"]?.string,
            percent: value["percent"]?.int ?? 0
        )
    }
}

extension RolloutProgress {
    /// As it is shown.
    public var value: Value {
        var map: Map = ["configurationName": .string(configurationName)]
        map["name"] = name.map(Value.string)
        map["to"] = .string(to)
        map["start"] = .string(start.description)
        map["step"] = .int(step)
        map["from"] = .list(from.map(\.value))
        return .map(map)
    }

    /// Reads what `value` wrote.
    public init(_ value: Value) {
        self.init(
            configurationName: value["configurationName"]?.string ?? "",
            name: value["name"]?.string,
            to: value["to"]?.string ?? "",
            start: value["start"]?.string.flatMap(Instant.init) ?? Instant(milliseconds: 0),
            step: value["step"]?.int ?? 0,
            from: (value["from"]?.list ?? []).map(TrafficShare.init)
        )
    }
}
