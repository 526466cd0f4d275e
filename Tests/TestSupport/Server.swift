import Foundation
import Glibc

/// A server that runs for as long as somebody holds it. Ends its own process, by its number.
final class Server {
    private let child: Child

    init(_ program: String, _ arguments: [String], log: String) throws {
        let file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw Program.Failure(description: "cannot write \(log)") }
        defer { close(file) }
        child = try Child(program, arguments, environment: [:], output: file, errors: file)
    }

    deinit { child.end() }

    /// Waits until the port answers: a bounded number of tries, as starting a server gives no other sign.
    func waitForPort(_ port: Int, log: String) throws {
        for _ in 0..<500 {
            if Port.answers(port) { return }
            guard child.isRunning else { break }
            usleep(10_000)
        }
        let words = FileManager.default.contents(atPath: log).map { String(decoding: $0, as: UTF8.self) } ?? ""
        throw Program.Failure(description: "the server on port \(port) does not answer: \(words)")
    }

    /// Waits until the server has made its socket.
    func waitForFile(_ path: String) throws {
        for _ in 0..<500 {
            if FileManager.default.fileExists(atPath: path) { return }
            usleep(10_000)
        }
        throw Program.Failure(description: "\(path) does not appear")
    }
}

/// Ports of the loopback interface.
public enum Port {
    /// A port that was free a moment ago.
    public static func unused() throws -> Int {
        let listener = try Listener()
        return listener.port
    }

    /// Whether somebody listens.
    static func answers(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return withAddress(port) { connect(descriptor, $0, $1) } == 0
    }

    static func withAddress(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}

/// A listening socket on a port that the system chose.
final class Listener: Sendable {
    let descriptor: Int32
    let port: Int

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        let bound = Port.withAddress(0) { bind(descriptor, $0, $1) }
        guard bound == 0, listen(descriptor, 16) == 0 else {
            throw Program.Failure(description: "cannot listen: \(String(cString: strerror(errno)))")
        }
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        port = Int(in_port_t(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }
}
