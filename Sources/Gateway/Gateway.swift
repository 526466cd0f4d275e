internal import HTTPTypes
public import Hummingbird
public import Logging
internal import NIOCore
internal import Resources
public import Store
internal import Synchronization

/// The HTTP listener of the services: picks a Revision by the request's host and the Route's percentages.
///
/// It works on a snapshot and a table of hosts and never waits for a writer: a slow remote or a large sync changes nothing
/// for those who call a service.
public final class Gateway: Sendable {
    private let table = Mutex(HostTable())
    private let random: Mutex<any RandomNumberGenerator & Sendable>
    private let state: @Sendable () -> State
    private let responders: any Responders

    /// Creates a gateway without hosts.
    ///
    /// - Parameters:
    ///   - state: the published snapshot; asked only to say why something does not answer.
    ///   - responders: who answers for the Revisions.
    ///   - random: where the draws come from; a test passes a seeded one.
    public init(
        state: @escaping @Sendable () -> State,
        responders: any Responders,
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.state = state
        self.responders = responders
        self.random = Mutex(random)
    }
}

extension Gateway {
    /// Starts over from what a state holds.
    public func load(_ state: State) {
        let new = HostTable(state)
        table.withLock { $0 = new }
    }

    /// Follows changes: only the splits among them are looked at.
    public func follow(_ events: [Event]) {
        let splits = events.filter { $0.key.kind == .split }
        guard !splits.isEmpty else { return }
        table.withLock { table in
            for event in splits { table.update(event.key, to: event.new) }
        }
    }

    func answer(authority: String?) -> Answer {
        guard let rule = table.withLock({ table in authority.flatMap { table.rule(for: $0) } }) else {
            return table.withLock { Answer.unknownHost(authority, in: $0) }
        }
        let point = random.withLock { Int.random(in: 0..<100, using: &$0) }
        return Answer.following(rule, at: point, of: state(), responders: responders)
    }
}

extension Gateway {
    /// The server, ready to run in a service group: it stops accepting at a graceful shutdown and finishes what it has
    /// begun.
    ///
    /// - Parameters:
    ///   - address: where to listen; port 0 takes a free one.
    ///   - onListening: called once with the port.
    public func application(
        listeningOn address: BindAddress,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void
    ) -> some ApplicationProtocol {
        Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in self.response(to: request) },
            configuration: ApplicationConfiguration(address: address, serverName: "elafros"),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger
        )
    }

    private func response(to request: Request) -> Response {
        let answer = answer(authority: request.head.authority)
        let isJSON = request.headers[.accept]?.contains("application/json") ?? false
        let bytes = ByteBuffer(string: isJSON ? answer.json : answer.text)
        var headers = HTTPFields()
        headers[.contentType] = isJSON ? "application/json" : "text/plain; charset=utf-8"
        // Who answers changes from one request to the next while a rollout moves.
        headers[.cacheControl] = "no-store"
        return Response(status: .init(code: answer.status), headers: headers, body: ResponseBody(byteBuffer: bytes))
    }
}
