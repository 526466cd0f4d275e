internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore

/// How much of a listener one client, or all of them, can hold.
public struct ListenerLimits: Hashable, Sendable {
    /// The largest body that is read. A push is told in some kilobytes; forges send up to 25 MB when thousands of files
    /// changed, and what is refused then is found by the next poll.
    public var maxBodyBytes = 1 << 20
    /// How long a request may take from its head to its end, however steadily it trickles.
    public var requestTimeout = Duration.seconds(10)
    /// How long a connection may say nothing, or no whole head, before it is closed.
    public var idleTimeout = Duration.seconds(30)
    /// How many connections there may be; others wait in the system's queue.
    public var maxConnections = 256

    /// The limits that suit a daemon.
    public init() {}
}

extension ListenerLimits {
    /// No header of a forge or a monitor comes near: GitHub's come to some 600 bytes.
    private static let maxHeaderBytes = 16 << 10

    /// An HTTP server that keeps these limits: no client can hold a connection or memory for ever.
    func application(
        listeningOn address: BindAddress,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void,
        response: @escaping @Sendable (Request) async throws -> Response
    ) -> some ApplicationProtocol {
        let requestTimeout = TimeAmount(requestTimeout)
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [RequestDeadline(requestTimeout)],
            idleTimeout: TimeAmount(idleTimeout),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: Self.maxHeaderBytes,
                maxHeaderListSize: Self.maxHeaderBytes,
                maxHeaderFieldCount: 100
            )
        )
        return Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in try await response(request) },
            server: .http1(configuration: channel),
            configuration: ApplicationConfiguration(
                address: address,
                serverName: "elafros",
                availableConnectionsDelegate: MaximumAvailableConnections(maxConnections, logger: logger)
            ),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger
        )
    }
}

extension Response {
    /// An answer of one line.
    ///
    /// - Parameter hasBody: false answers a HEAD: the length is told, the line is not.
    init(
        _ status: HTTPResponse.Status,
        _ text: String,
        type: String = "text/plain; charset=utf-8",
        hasBody: Bool = true
    ) {
        let bytes = ByteBuffer(string: text)
        var headers = HTTPFields()
        headers[.contentType] = type
        headers[.contentLength] = String(bytes.readableBytes)
        headers[.cacheControl] = "no-store"
        self.init(status: status, headers: headers, body: hasBody ? ResponseBody(byteBuffer: bytes) : ResponseBody())
    }

    /// The answer to a method that a path does not take.
    static func methodNotAllowed(_ allowed: String) -> Response {
        var response = Response(.methodNotAllowed, "only \(allowed) is answered here\n")
        response.headers[.allow] = allowed
        return response
    }
}
