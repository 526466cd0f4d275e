internal import HTTPTypes
public import Hummingbird
public import Logging
internal import NIOCore

/// The listener of whoever watches over the daemon: `/healthz`, `/readyz` and `/metrics`.
///
/// Nothing that it answers holds a secret, but it tells what is followed; it is meant for loopback or a network of one's
/// own.
public struct AdminListener: Sendable {
    private let isAlive: @Sendable () async -> Bool
    private let hindrances: @Sendable () async -> [String]
    private let metrics: @Sendable () async -> String

    /// Creates a listener.
    ///
    /// - Parameters:
    ///   - isAlive: whether the daemon's own loops run; where they do not, only a restart helps. A remote that cannot be
    ///     reached is no reason.
    ///   - hindrances: why the daemon is of no use yet, a line each; empty once it is.
    ///   - metrics: the page of all metrics, in Prometheus' text format.
    public init(
        isAlive: @escaping @Sendable () async -> Bool,
        hindrances: @escaping @Sendable () async -> [String],
        metrics: @escaping @Sendable () async -> String
    ) {
        self.isAlive = isAlive
        self.hindrances = hindrances
        self.metrics = metrics
    }
}

extension AdminListener {
    /// The server, ready to run in a service group: it stops accepting at a graceful shutdown and finishes what it has
    /// begun.
    ///
    /// - Parameters:
    ///   - address: where to listen; port 0 takes a free one.
    ///   - onListening: called once with the port.
    public func application(
        listeningOn address: BindAddress,
        limits: ListenerLimits = ListenerLimits(),
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void
    ) -> some ApplicationProtocol {
        limits.application(listeningOn: address, logger: logger, onListening: onListening) { request in
            await response(to: request)
        }
    }

    private func response(to request: Request) async -> Response {
        let path = request.uri.path
        guard ["/healthz", "/readyz", "/metrics"].contains(path) else {
            return Response(.notFound, "see /healthz, /readyz and /metrics\n")
        }
        guard request.method == .get || request.method == .head else { return .methodNotAllowed("GET, HEAD") }
        let hasBody = request.method == .get
        switch path {
        case "/healthz":
            let isAlive = await isAlive()
            return Response(
                isAlive ? .ok : .serviceUnavailable,
                isAlive ? "ok\n" : "a loop of the daemon has ended; restart it\n",
                hasBody: hasBody
            )
        case "/readyz":
            let hindrances = await hindrances()
            let text = hindrances.isEmpty ? "ok\n" : hindrances.map { "\($0)\n" }.joined()
            return Response(hindrances.isEmpty ? .ok : .serviceUnavailable, text, hasBody: hasBody)
        default: return Response(.ok, await metrics(), type: MetricsText.contentType, hasBody: hasBody)
        }
    }
}
