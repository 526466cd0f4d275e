internal import Glibc
internal import Hummingbird
internal import Logging

/// The daemon's end of the state folder's socket: other processes hand it the commands that write, or want the
/// newest state.
///
/// The socket lies in the state folder, which is its owner's alone: whoever can reach it may write the state anyway.
struct ControlSocket: Sendable {
    /// Where the socket is.
    let path: String
    /// Runs a command that was handed over.
    let run: @Sendable (Handed) async -> HandedBack
    /// Called once when commands are taken.
    let onListening: @Sendable () -> Void

    /// The most that may be handed over: words, standard input, and files, of which a folder may hold many.
    private static let maxBytes = 4 * Files.maxBytes

    /// The server, ready to run in a service group.
    ///
    /// - Parameter boundPath: `path`, or a shorter name of it that the system takes.
    func application(boundTo boundPath: String, logger: Logger) -> some ApplicationProtocol {
        let (path, onListening) = (path, onListening)
        return Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in try await self.response(to: request) },
            configuration: ApplicationConfiguration(address: .unixDomainSocket(path: boundPath)),
            onServerRunning: { _ in
                chmod(path, S_IRUSR | S_IWUSR)
                onListening()
            },
            logger: logger
        )
    }

    private func response(to request: Request) async throws -> Response {
        guard request.method == .post, request.uri.path == "/run" else {
            return Self.refusal(.notFound, "only POST /run is answered here")
        }
        let buffer = try await request.body.collect(upTo: Self.maxBytes)
        guard let handed = Handed(bytes: Array(buffer: buffer)) else {
            return Self.refusal(.badRequest, "not a command")
        }
        guard handed.version == Version.number else {
            let versions = "the daemon is elafros \(Version.number), this is \(handed.version)"
            return Self.refusal(.conflict, "\(versions); restart the daemon")
        }
        let back = await run(handed)
        return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: back.json)))
    }

    private static func refusal(_ status: HTTPResponse.Status, _ message: String) -> Response {
        Response(status: status, body: ResponseBody(byteBuffer: ByteBuffer(string: message)))
    }
}
