public import YAML

/// What a Service wishes: how its Revisions come to traffic, and the Configuration that makes them (specification §2.1).
public struct ServiceSpec: Hashable, Sendable {
    /// How Revisions come to traffic.
    public let mode: Mode
    /// The Configuration's whole spec; nil in `manual` mode.
    public let configuration: Value?
    /// The steps in which traffic moves to a newer Revision; nil for the usual ones.
    public let steps: RolloutSteps?

    /// How Revisions come to traffic.
    public enum Mode: Hashable, Sendable {
        /// Whatever was last ready gets everything.
        case runLatest
        /// One Revision gets all but `rolloutPercent`, which the newest one gets.
        case pinned(revisionName: String, rolloutPercent: Int)
        /// The first Revision gets all but `rolloutPercent`, which the second gets.
        case release(revisions: [String], rolloutPercent: Int)
        /// The Service leaves its children alone.
        case manual
        /// As the list in a Service of Knative's shape says; nil for the latest Revision alone.
        case traffic(Value?)
    }

    /// Reads an admitted spec; nil where it has no mode or several.
    public init?(_ spec: Value) {
        if let template = spec["template"] {
            mode = .traffic(spec["traffic"])
            configuration = KnativeShape.configuration(template)
            steps = nil
            return
        }
        guard case let modes = Self.modes(of: spec), modes.count == 1, let name = modes.first, let body = spec[name]
        else { return nil }
        let percent = body["rolloutPercent"]?.int ?? 0
        steps = name == "manual" ? nil : RolloutSteps(body["rollout"])
        switch name {
        case "runLatest": mode = .runLatest
        case "pinned": mode = .pinned(revisionName: body["revisionName"]?.string ?? "", rolloutPercent: percent)
        case "release":
            let revisions = (body["revisions"]?.list ?? []).compactMap(\.string)
            mode = .release(revisions: revisions, rolloutPercent: percent)
        default:
            mode = .manual
            configuration = nil
            return
        }
        configuration = body["configuration"] ?? .map([:])
    }

    /// The modes' names, as the spec spells them.
    static let modeNames = ["runLatest", "pinned", "release", "manual"]

    /// The modes that a spec sets.
    static func modes(of spec: Value) -> [String] {
        modeNames.filter { name in
            guard let value = spec[name] else { return false }
            return !value.isNull
        }
    }
}

extension ServiceSpec {
    /// The targets of the Service's Route (§2.2); nil where the Route is left alone.
    ///
    /// - Parameter service: The Service's name, which its Configuration shares.
    public func targets(service: String) -> [TrafficTarget]? {
        switch mode {
        case .runLatest:
            return [TrafficTarget(.configuration(service), percent: 100)]
        case .pinned(let revision, let percent):
            return [
                TrafficTarget(.revision(revision), name: "current", percent: 100 - percent),
                TrafficTarget(.configuration(service), name: "next", percent: percent),
            ]
        case .release(let revisions, let percent):
            // `@latest` stands for whatever was last ready.
            func destination(_ name: String) -> TrafficTarget.Destination {
                name == Self.latest ? .configuration(service) : .revision(name)
            }
            guard let current = revisions.first else { return [] }
            var targets = [
                TrafficTarget(
                    destination(current),
                    name: "current",
                    percent: revisions.count > 1 ? 100 - percent : 100
                )
            ]
            if revisions.count > 1 {
                targets.append(TrafficTarget(destination(revisions[1]), name: "candidate", percent: percent))
            }
            targets.append(TrafficTarget(.configuration(service), name: "latest", percent: 0))
            return targets
        case .traffic(let list):
            return KnativeShape.targets(list, service: service)
        case .manual:
            return nil
        }
    }

    /// The entry of `release.revisions` that means the latest ready Revision.
    public static let latest = "@latest"
}

extension Object {
    /// The Service's wish; nil where its spec has no single mode, which admission refuses.
    public var serviceSpec: ServiceSpec? { ServiceSpec(spec) }
}
