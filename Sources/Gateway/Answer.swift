internal import Resources
internal import Store
internal import YAML

/// What a request is answered with, before it becomes bytes.
struct Answer: Hashable, Sendable {
    /// The HTTP status: 200, 404 or 503.
    let status: Int
    /// What is said, in order.
    let body: Map

    /// How many hosts a stray request is told of.
    static let shownHosts = 20

    /// The answer to a request whose host is served.
    ///
    /// - Parameter point: 0..<100, uniform: which share of the host's traffic the request falls into.
    static func following(
        _ rule: HostRule,
        at point: Int,
        of state: State,
        responders: any Responders
    ) -> Answer {
        guard let revision = rule.revision(at: point) else {
            return Answer(status: 503, body: notReady(rule, in: state))
        }
        guard let answer = responders.answer(of: revision) else {
            return Answer(status: 503, body: notRunning(revision, for: rule, in: state))
        }
        return Answer(status: 200, body: answer)
    }

    /// The answer to a request for a host that nobody serves: which hosts there are.
    static func unknownHost(_ authority: String?, in table: HostTable) -> Answer {
        var body = Map()
        let host = authority.map(HostTable.host(of:)) ?? ""
        let asked = host.isEmpty ? "the request names no host" : "no service answers at \(host)"
        let hosts = table.firstHosts(shownHosts)
        let advice = hosts.isEmpty ? "no service is live yet" : "send one of these hosts in the Host header"
        body["error"] = .string("\(asked); \(advice)")
        body["hosts"] = .list(hosts.map(Value.string))
        if table.count > hosts.count { body["more"] = .int(table.count - hosts.count) }
        return Answer(status: 404, body: body)
    }

    private static func notReady(_ rule: HostRule, in state: State) -> Map {
        var body = Map()
        let ready = state[rule.route]?.status.conditions["Ready"]
        let why = ready?.message ?? ready?.reason ?? "no Revision was ever ready"
        body["error"] = .string("\(rule.host) has no ready Revision: \(why)")
        body["route"] = .string("\(rule.route.namespace)/\(rule.route.name)")
        return body
    }

    private static func notRunning(_ revision: Key, for rule: HostRule, in state: State) -> Map {
        var body = Map()
        let why: String
        switch state[revision.sibling(.workload)]?.workloadStatus.phase {
        case .failed(let failure): why = failure.message
        case .pending, .ready: why = "it is being started"
        case nil: why = "it was deleted"
        }
        body["error"] = .string("Revision \(revision.name) does not answer: \(why)")
        body["route"] = .string("\(rule.route.namespace)/\(rule.route.name)")
        return body
    }
}

extension Answer {
    /// One `name: value` a line, for people.
    var text: String {
        body.entries.map { "\($0.key): \(Self.line($0.value))\n" }.joined()
    }

    /// One JSON object and a line end, for programs.
    var json: String { Value.map(body).json + "\n" }

    private static func line(_ value: Value) -> String {
        if let string = value.string { return string }
        if let list = value.list { return list.isEmpty ? "none" : list.map(line).joined(separator: ", ") }
        return value.json
    }
}
