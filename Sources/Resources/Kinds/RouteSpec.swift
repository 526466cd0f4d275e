public import YAML

/// What a Route wishes, in either of the forms that authors write (specification §5.1).
public struct RouteSpec: Hashable, Sendable {
    /// The targets in the author's order; empty for a Route that is only a placeholder.
    public let targets: [TrafficTarget]
    /// The steps in which traffic moves to a newer Revision; nil for the usual ones.
    public let steps: RolloutSteps?

    /// A Route's wish.
    public init(targets: [TrafficTarget], steps: RolloutSteps? = nil) {
        self.targets = targets
        self.steps = steps
    }

    /// Reads an admitted spec: `rollout.traffic`, or its alias `traffic`.
    public init(_ spec: Value) {
        targets = (Self.traffic(of: spec)?.list ?? []).compactMap(TrafficTarget.init)
        steps = RolloutSteps(spec["rollout"])
    }

    /// The targets with equal ones made one (§5.2).
    public var consolidated: [TrafficTarget] { targets.consolidated }

    /// The canonical form, which controllers write.
    public var value: Value {
        let rollout: Map = ["traffic": .list(targets.map(\.value))]
        return ["rollout": .map(steps?.added(to: rollout) ?? rollout)]
    }

    /// The list of targets in whichever form the author chose.
    static func traffic(of spec: Value) -> Value? { spec["rollout"]?["traffic"] ?? spec["traffic"] }
}

extension Object {
    /// The Route's wish.
    public var routeSpec: RouteSpec { RouteSpec(spec) }
}
