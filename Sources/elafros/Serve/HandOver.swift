internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import Store

/// Handing a command to the daemon that holds the state folder, and printing what comes back.
enum HandOver {
    /// A daemon that was starting has come up while we waited for the folder that it holds.
    struct DaemonAppeared: Error {}

    /// A command comes back when it is done: the longest is a `sync` that waits for rollouts.
    private static let longest = TimeAmount.hours(24)
    /// The most that a command may print.
    private static let maxBytes = 256 << 20

    /// Runs the session's words in the daemon; nil where no daemon answers for that folder.
    ///
    /// - Parameter files: the words that name files for the command to read.
    static func run(at folder: StateFolder, _ session: Session, files: [String] = []) async throws -> ExitCode? {
        let path = folder.socket
        guard isSocket(path) else { return nil }
        let socket = try SocketPath(path)
        // The file may have outlived its daemon: the lock decides then who may write.
        guard isAnswered(socket.text) else { return nil }
        let message = try message(session, files)
        let back = try await ProgressLine.during("the daemon works on it", on: session.console) { _ in
            try await send(message, to: socket.text)
        }
        session.console.write(back.output)
        session.console.writeError(back.errors)
        return ExitCode(rawValue: back.exitCode) ?? .cannotRun
    }

    private static func message(_ session: Session, _ files: [String]) throws -> Handed {
        // Before standard input, which one of them may be.
        let files = try files.flatMap { try session.files($0) }
        return Handed(
            words: session.words,
            directory: session.directory,
            environment: session.environment.filter { Handed.isNeeded($0.key) },
            hasColour: session.console.paint.isOn,
            hasErrorColour: session.console.errorPaint.isOn,
            files: files,
            input: session.words.contains { $0 == "-" || $0.hasSuffix("=-") || $0 == "-f-" } ? try session.input() : []
        )
    }

    /// Whether a daemon's socket is there; it may have outlived its daemon.
    static func isSocket(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFSOCK
    }

    private static func send(_ handed: Handed, to socket: String) async throws -> HandedBack {
        var request = HTTPClientRequest(url: "http+unix://\(escaped(socket))/run")
        request.method = .POST
        request.body = .bytes(handed.bytes)
        // A client of its own, whose connection is closed with it: a kept one would hold up the daemon's end.
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        let result: Result<(HTTPResponseStatus, String), any Error>
        do {
            let answer = try await client.execute(request, timeout: longest)
            result = .success((answer.status, String(buffer: try await answer.body.collect(upTo: maxBytes))))
        } catch {
            result = .failure(error)
        }
        try await client.shutdown()
        switch result {
        case .success((.ok, let body)):
            if let back = HandedBack(json: body) { return back }
            throw Failure(.cannotRun, socket, "the daemon's answer cannot be read; restart the daemon")
        case .success((_, let body)): throw Failure(.cannotRun, socket, "the daemon refused the command: \(body)")
        case .failure:
            throw Failure(.cannotRun, socket, "the daemon ended before the command was done; run it again")
        }
    }

    /// Whether somebody listens on a socket.
    private static func isAnswered(_ path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            guard path.utf8.count < bytes.count else { return false }
            bytes.copyBytes(from: path.utf8)
            return true
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard fits, descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) == 0 }
        }
    }

    /// A path as the host of a URL: every byte but letters and digits as `%XX`.
    private static func escaped(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return path.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                String(Unicode.Scalar(byte))
            default: "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }.joined()
    }
}
