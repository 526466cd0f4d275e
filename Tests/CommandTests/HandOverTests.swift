import Glibc
import Hummingbird
import Logging
import ServiceLifecycle
import Store
import TestSupport
import Testing
import YAML

@testable import elafros

@Suite struct HandOverTests {
    @Test func `a command and what came of it survive the way over the socket`() throws {
        let handed = Handed(
            words: ["apply", "-f", "-"],
            directory: "/somewhere",
            environment: ["ELAFROS_GIT_TOKEN": "t\"1"],
            hasColour: true,
            hasErrorColour: false,
            files: [
                HandedFile(word: "d", name: "d/a.yaml", content: .bytes(Array("b: 1\n\n".utf8))),
                HandedFile(word: "d", name: "d/b.yaml", content: .finding(Diagnostic(.error, at: nil, "a link"))),
                HandedFile(word: "/dev/fd/63", name: "/dev/fd/63", content: .bytes([0, 0xFF])),
            ],
            input: Array("a: 1\n\u{0}b\n".utf8)
        )
        #expect(Handed(bytes: handed.bytes) == handed)
        var kept = Console.Kept()
        (kept.output, kept.errors) = ("out\n", "err\n")
        let back = HandedBack(exitCode: 3, kept)
        #expect(HandedBack(json: back.json) == back)
    }

    @Test(arguments: ["ELAFROS_GIT_TOKEN", "HOME", "SSH_AUTH_SOCK"])
    func `credentials go along`(variable: String) { #expect(Handed.isNeeded(variable)) }

    @Test(arguments: ["PATH", "AWS_SECRET_ACCESS_KEY", "LD_PRELOAD"])
    func `nothing else of the caller's environment does`(variable: String) { #expect(!Handed.isNeeded(variable)) }

    @Test(arguments: ["state", String(repeating: "deep/", count: 30) + "state"])
    func `the daemon runs the words of another process and sends back what they print`(folder: String) async throws {
        let temporary = try TemporaryFolder()
        let state = StateFolder(path: temporary.path(folder))
        try state.create()
        let (bound, isBound) = AsyncStream.makeStream(of: Void.self)
        let control = ControlSocket(
            path: state.socket,
            run: { handed in
                var kept = Console.Kept()
                kept.output = "ran \(handed.words.joined(separator: " ")) in \(handed.directory)\n"
                for file in handed.files {
                    kept.output += "\(file.name): \(String(decoding: file.bytes, as: UTF8.self))"
                }
                return HandedBack(exitCode: 4, kept)
            },
            onListening: { isBound.finish() }
        )
        try temporary.write("kind: Service\n", to: "shop.yaml")
        let socket = try SocketPath(state.socket)
        let console = Console.buffer()
        let session = Session(
            console: console,
            directory: temporary.path,
            environment: [:],
            input: { [] },
            words: ["apply"],
            daemon: nil
        )
        let server = control.application(
            boundTo: socket.text,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let code = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            for await _ in bound {}
            let code = try await HandOver.run(at: state, session, files: ["shop.yaml"])
            group.cancelAll()
            return code
        }
        #expect(code == .failed)
        #expect(console.written.output == "ran apply in \(temporary.path)\nshop.yaml: kind: Service\n")
    }

    @Test func `a socket without a daemon behind it is passed over`() async throws {
        let temporary = try TemporaryFolder()
        let state = StateFolder(path: temporary.path)
        let descriptor = try #require(Self.boundSocket(state.socket))
        close(descriptor)
        let session = Session(
            console: .buffer(),
            directory: "/",
            environment: [:],
            input: { [] },
            words: ["sync"],
            daemon: nil
        )
        #expect(HandOver.isSocket(state.socket))
        #expect(try await HandOver.run(at: state, session) == nil)
    }

    /// A bound socket that nobody listens on, as a killed daemon leaves it behind.
    private static func boundSocket(_ path: String) -> CInt? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            guard path.utf8.count < bytes.count else { return false }
            bytes.copyBytes(from: path.utf8)
            return true
        }
        guard fits else { return nil }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result == 0 ? descriptor : nil
    }
}
