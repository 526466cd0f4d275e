import Foundation
import Glibc

/// A remote that accepts connections and then says nothing, or one byte at a time without end.
public final class SilentRemote: Sendable {
    /// The port of the loopback interface that it listens on.
    public let port: Int
    private let listener: Listener

    /// Creates a remote that says nothing. The kernel accepts for it: nobody ever reads.
    public init() throws {
        listener = try Listener()
        port = listener.port
    }

    /// Creates a remote that sends `beginning` and then `byte`, over and over, slowly.
    public init(dribbling byte: UInt8, after beginning: String = "") throws {
        let listener = try Listener()
        self.listener = listener
        port = listener.port
        let accepting = listener.descriptor
        Thread.detachNewThread {
            // Ends when the listener is shut down, or the other side has gone.
            while case let connection = accept(accepting, nil, nil), connection >= 0 {
                Thread.detachNewThread {
                    var bytes = Array(beginning.utf8)
                    while send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) >= 0 {
                        bytes = [byte]
                        usleep(5000)
                    }
                    close(connection)
                }
            }
        }
    }

    deinit { shutdown(listener.descriptor, Int32(SHUT_RDWR)) }
}
