import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

/// A listener on a loopback port, for as long as a test calls it.
struct RunningListener: Sendable {
    /// The port that it took.
    let port: Int

    struct Answer: Sendable {
        let status: UInt
        let headers: [String: String]
        let body: String

        func expect(status expected: UInt, at place: SourceLocation = #_sourceLocation) {
            #expect(status == expected, sourceLocation: place)
        }
    }

    /// Runs the server that `make` makes while `body` runs.
    static func with<Server: ApplicationProtocol>(
        _ make: (_ logger: Logger, _ onListening: @escaping @Sendable (Int) async -> Void) -> Server,
        _ body: (RunningListener) async throws -> Void
    ) async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let server = make(Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) { port.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            let number = try #require(await ports.first { _ in true })
            try await body(RunningListener(port: number))
            group.cancelAll()
        }
    }

    /// Sends a request and waits for the answer.
    ///
    /// - Parameter hasLength: whether the length of the body is told before it.
    func send(
        _ method: HTTPMethod,
        _ path: String,
        headers: HTTPFields = [:],
        body: [UInt8]? = nil,
        hasLength: Bool = true
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = method
        for field in headers { request.headers.add(name: field.name.rawName, value: field.value) }
        if let body {
            let buffer = ByteBuffer(bytes: body)
            request.body = hasLength ? .bytes(buffer) : .stream([buffer].async, length: .unknown)
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let text = String(buffer: try await response.body.collect(upTo: 1 << 20))
        let headers = Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
        return Answer(status: response.status.code, headers: headers, body: text)
    }

    /// Sends bytes as they are, then only reads, until the other side closes the connection.
    func sendRaw(_ text: String) async throws -> String {
        let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await client.executeThenClose { inbound, outbound in
            var received = ""
            do {
                if !text.isEmpty { try await outbound.write(ByteBuffer(string: text)) }
                for try await buffer in inbound { received += String(buffer: buffer) }
            } catch {
                // The other side closed while there was still something to send: what it said before that counts.
            }
            return received
        }
    }
}

extension Array where Element: Sendable {
    /// The elements, one after the other.
    fileprivate var async: AsyncStream<Element> {
        AsyncStream { stream in
            for element in self { stream.yield(element) }
            stream.finish()
        }
    }
}
