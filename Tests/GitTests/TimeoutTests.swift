import Foundation
import Git
import TestSupport
import Testing

@Suite(.serialized) struct TimeoutTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Fetches from an address that never finishes.
    private func fetch(_ address: String) async throws -> GitError? {
        let mirror = try makeMirror(address, in: folder, timeout: .milliseconds(300))
        return await #expect(throws: GitError.self) { try await mirror.fetch(.head, known: nil) }
    }

    @Test(arguments: ["http", "https", "ssh"])
    func `a remote that says nothing is cut off`(scheme: String) async throws {
        let remote = try SilentRemote()
        #expect(try await fetch("\(scheme)://127.0.0.1:\(remote.port)/shop.git")?.kind == .timeout)
    }

    @Test(arguments: [
        ("http", "HTTP/1.1 200 OK\r\nX-Slow: "),
        ("https", "\u{16}\u{03}\u{03}\u{10}\u{00}\u{02}\u{00}\u{0f}\u{7c}\u{03}\u{03}"), ("ssh", ""),
    ])
    func `a remote that dribbles is cut off`(scheme: String, beginning: String) async throws {
        let remote = try SilentRemote(dribbling: UInt8(ascii: "x"), after: beginning)
        #expect(try await fetch("\(scheme)://127.0.0.1:\(remote.port)/shop.git")?.kind == .timeout)
    }

    @Test func `a mirror works again after its remote was cut off`() async throws {
        let remote = try SilentRemote()
        let mirror = try makeMirror("http://127.0.0.1:\(remote.port)/shop.git", in: folder, timeout: .milliseconds(100))
        for _ in 0..<3 {
            let error = await #expect(throws: GitError.self) { try await mirror.fetch(.head, known: nil) }
            #expect(error?.kind == .timeout)
        }
    }

    @Test(arguments: ["http", "https", "ssh"])
    func `an address where nobody listens is refused`(scheme: String) async throws {
        let port = try Port.unused()
        #expect(try await fetch("\(scheme)://127.0.0.1:\(port)/shop.git")?.kind == .refused)
    }

    @Test func `a host that does not exist is refused`() async throws {
        #expect(try await fetch("http://host.invalid/shop.git")?.kind == .refused)
    }

    @Test func `no file stays open after remotes were cut off`() async throws {
        // A process of its own: tests that run side by side open and close files as they like.
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let remote = try SilentRemote()
            func fetchAll() async throws {
                for scheme in ["http", "https", "ssh"] {
                    let address = "\(scheme)://127.0.0.1:\(remote.port)/shop.git"
                    let mirror = try makeMirror(address, in: folder, timeout: .milliseconds(100))
                    _ = try? await mirror.fetch(.head, known: nil)
                }
            }
            func openFiles() throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            }
            func threads() throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
            }

            // The first round starts what stays: timers, random numbers.
            try await fetchAll()
            let (files, before) = (try openFiles(), try threads())
            for _ in 0..<5 { try await fetchAll() }
            try #require(try openFiles() == files)
            // Idle threads of the system's pool come and go; five lost a round would show.
            try #require(try threads() <= before + 4)
        }
    }
}
