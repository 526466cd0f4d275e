public import Resources
internal import YAML

/// What is done with the requests for one host.
public struct HostRule: Hashable, Sendable {
    /// The host, in lower case and without a port.
    public let host: String
    /// The split that says so; the Route has the same name.
    public let split: Key
    /// How the Revisions share the host; nil where none was ever ready.
    public let traffic: TrafficSplit?

    /// The Route that the rule belongs to.
    public var route: Key { split.sibling(.route) }

    /// The Revision for a request that drew `point`; nil where there is none.
    ///
    /// - Parameter point: 0..<100, uniform. Drawing is the caller's work, so that this stays a pure function.
    public func revision(at point: Int) -> Key? {
        (traffic?.revision(at: point)).map { split.sibling(.revision, $0) }
    }
}

extension HostRule {
    /// The rules of one split: its main host, and one for each named target (`next.shop.default.example.com`), which has
    /// the whole of its own host.
    static func rules(of split: Object) -> [HostRule] {
        guard let domain = split.spec["domain"]?.string?.lowercased(), !domain.isEmpty else { return [] }
        // A split that does not sum to 100 is never written; one that is there all the same serves nobody.
        let main = split.spec["main"].flatMap { try? TrafficSplit($0) }
        let named = (split.spec["named"]?.map ?? Map()).entries.map { entry in
            HostRule(
                host: "\(entry.key.lowercased()).\(domain)",
                split: split.key,
                traffic: entry.value.string.flatMap { try? TrafficSplit([.init(revision: $0, percent: 100)]) }
            )
        }
        return [HostRule(host: domain, split: split.key, traffic: main)] + named
    }
}
