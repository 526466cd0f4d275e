public import YAML

/// One entry of a Route's wished traffic (specification §5.1).
public struct TrafficTarget: Hashable, Sendable {
    /// Under which the target answers on a host of its own, `next.my-service.default.mydomain.com`; nil for none.
    public let name: String?
    /// Where its requests go.
    public let destination: Destination
    /// Of the Route's main host, in whole percent.
    public let percent: Int

    /// Where a target's requests go.
    public enum Destination: Hashable, Sendable {
        /// That Revision and no other.
        case revision(String)
        /// Whichever Revision of that Configuration was last ready.
        case configuration(String)
    }

    /// A target as it is wished.
    public init(_ destination: Destination, name: String? = nil, percent: Int) {
        self.name = name
        self.destination = destination
        self.percent = percent
    }
}

extension TrafficTarget {
    /// As a Route's spec spells it, in the order of the field table.
    public var value: Value {
        var map = Map()
        map["name"] = name.map(Value.string)
        switch destination {
        case .revision(let revision): map["revisionName"] = .string(revision)
        case .configuration(let configuration): map["configurationName"] = .string(configuration)
        }
        map["percent"] = .int(percent)
        return .map(map)
    }

    /// Reads an entry of an admitted spec; nil where it names nothing or two things.
    public init?(_ value: Value) {
        func text(_ key: String) -> String? { value[key]?.string.flatMap { $0.isEmpty ? nil : $0 } }
        let destination: Destination
        switch (text("revisionName"), text("configurationName")) {
        case (let revision?, nil): destination = .revision(revision)
        case (nil, let configuration?): destination = .configuration(configuration)
        default: return nil
        }
        self.init(destination, name: text("name"), percent: value["percent"]?.int ?? 0)
    }
}

extension [TrafficTarget] {
    /// The targets with those made one that have the same name and destination (specification §5.2): percents add, the
    /// first place stays. Different names for one Revision are kept apart, as each has a host.
    public var consolidated: [TrafficTarget] {
        var result: [TrafficTarget] = []
        for target in self {
            let first = result.firstIndex { $0.name == target.name && $0.destination == target.destination }
            if let first {
                let percent = result[first].percent + target.percent
                result[first] = TrafficTarget(target.destination, name: target.name, percent: percent)
            } else {
                result.append(target)
            }
        }
        return result
    }
}
