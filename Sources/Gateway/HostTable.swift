public import Resources
public import Store

/// Which host goes to which Revisions: read once a request, so a lookup takes constant time.
///
/// Made from the `.split` objects of a snapshot and then kept up by what changes; it is never built again for a request.
public struct HostTable: Sendable {
    /// By host, in lower case: all who claim it, in the order of their keys. The first one gets the requests, whoever came
    /// first, so that two processes with the same objects answer alike.
    private var claims: [String: [HostRule]] = [:]
    /// The hosts of each split, to take them away again.
    private var hosts: [Key: [String]] = [:]

    /// A table without hosts.
    public init() {}

    /// The table of everything that a state holds.
    public init(_ state: State) {
        for key in state.keys(.split) { update(key, to: state[key]) }
    }
}

extension HostTable {
    /// Puts a split in the place of its earlier form; nil takes its hosts away. Takes time by the hosts of this split alone.
    public mutating func update(_ key: Key, to split: Object?) {
        for host in hosts.removeValue(forKey: key) ?? [] {
            claims[host]?.removeAll { $0.split == key }
            if claims[host]?.isEmpty == true { claims[host] = nil }
        }
        guard let split else { return }
        let rules = HostRule.rules(of: split)
        for rule in rules {
            var list = claims[rule.host] ?? []
            list.insert(rule, at: list.firstIndex { key < $0.split } ?? list.endIndex)
            claims[rule.host] = list
        }
        hosts[key] = rules.map(\.host)
    }

    /// What is to be done with requests for `authority`, the `Host` header as it came: in any letter case, perhaps with a
    /// port or a final dot.
    public func rule(for authority: String) -> HostRule? {
        claims[Self.host(of: authority)]?.first
    }

    /// How many hosts there are.
    public var count: Int { claims.count }

    /// The first `limit` hosts in alphabetical order. Looks at all of them: for the answer to a stray request alone.
    public func firstHosts(_ limit: Int) -> [String] {
        var first: [String] = []
        for host in claims.keys where first.count < limit || first.last.map({ host < $0 }) == true {
            first.insert(host, at: first.firstIndex { host < $0 } ?? first.endIndex)
            if first.count > limit { first.removeLast() }
        }
        return first
    }

    /// The host in lower case, without port and final dot. `[::1]:80` keeps its brackets.
    static func host(of authority: String) -> String {
        var host = authority.lowercased()[...]
        if let colon = host.lastIndex(of: ":"), host[host.index(after: colon)...].allSatisfy(\.isNumber) {
            host = host[..<colon]
        }
        if host.hasSuffix(".") { host = host.dropLast() }
        return String(host)
    }
}
