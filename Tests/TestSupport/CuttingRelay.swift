import Foundation
import Glibc

/// A relay in front of a server, which ends each conversation after so many bytes of the server's: a remote that goes away
/// in the middle of what it sends.
public final class CuttingRelay: Sendable {
    /// The port of the loopback interface that it listens on.
    public let port: Int
    private let listener: Listener

    /// Creates a relay to a port of the loopback interface.
    ///
    /// - Parameters:
    ///   - server: the port of the server.
    ///   - limit: how many bytes of each conversation get through to the client.
    public init(to server: Int, cutAfter limit: Int) throws {
        let listener = try Listener()
        self.listener = listener
        port = listener.port
        let accepting = listener.descriptor
        Thread.detachNewThread {
            // Ends when the listener is shut down.
            while case let client = accept(accepting, nil, nil), client >= 0 {
                let upstream = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
                guard Port.withAddress(server, { connect(upstream, $0, $1) }) == 0 else {
                    close(client)
                    close(upstream)
                    continue
                }
                Thread.detachNewThread {
                    Self.copy(from: client, to: upstream, atMost: .max)
                    // The other direction may have ended the conversation already; then this does nothing.
                    shutdown(upstream, Int32(SHUT_WR))
                }
                Thread.detachNewThread {
                    Self.copy(from: upstream, to: client, atMost: limit)
                    shutdown(client, Int32(SHUT_RDWR))
                    shutdown(upstream, Int32(SHUT_RDWR))
                }
            }
        }
    }

    deinit { shutdown(listener.descriptor, Int32(SHUT_RDWR)) }

    private static func copy(from source: Int32, to target: Int32, atMost limit: Int) {
        var rest = limit
        var chunk = [UInt8](repeating: 0, count: 4096)
        while rest > 0, case let count = recv(source, &chunk, min(rest, chunk.count), 0), count > 0 {
            guard send(target, chunk, count, Int32(MSG_NOSIGNAL)) == count else { return }
            rest -= count
        }
    }
}
