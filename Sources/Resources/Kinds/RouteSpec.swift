public import YAML

/// What a Route wishes, in either of the forms that authors write (specification §5.1).
public struct RouteSpec: Hashable, Sendable {
    /// The targets in the author's order; empty for a Route that is only a placeholder.
    public let targets: [TrafficTarget]

    /// A Route's wish.
    public init(targets: [TrafficTarget]) { self.targets = targets }

    /// Reads an admitted spec: `rollout.traffic`, or its alias `traffic`.
    public init(_ spec: Value) {
        targets = (Self.traffic(of: spec)?.list ?? []).compactMap(TrafficTarget.init)
    }

    /// The targets with equal ones made one (§5.2).
    public var consolidated: [TrafficTarget] { targets.consolidated }

    /// The canonical form, which controllers write.
    public var value: Value { ["rollout": ["traffic": .list(targets.map(\.value))]] }

    /// The list of targets in whichever form the author chose.
    static func traffic(of spec: Value) -> Value? { spec["rollout"]?["traffic"] ?? spec["traffic"] }
}

extension Object {
    /// The Route's wish.
    public var routeSpec: RouteSpec { RouteSpec(spec) }
}
