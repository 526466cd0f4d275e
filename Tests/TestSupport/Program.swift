public import Foundation
import Glibc

/// A program of the system that a test runs.
public enum Program {
    /// What went wrong with a program.
    public struct Failure: Error, CustomStringConvertible {
        /// The command and what it said.
        public let description: String

        /// Creates a failure.
        public init(description: String) {
            self.description = description
        }
    }

    /// Where a program is, or nil if it is not installed; one that is named by its path is there or not.
    public static func find(_ name: String) -> String? {
        if name.hasPrefix("/") { return FileManager.default.isExecutableFile(atPath: name) ? name : nil }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        // Servers live where a user's search path does not lead.
        return (path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin", "/usr/lib/git-core"])
            .map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs a program to its end and returns what it printed, without the last line end; throws if it failed.
    @discardableResult
    public static func run(
        _ name: String,
        _ arguments: [String],
        in folder: String = "/",
        input: Data? = nil,
        environment: [String: String] = [:]
    ) throws -> String {
        let (output, errors) = (try ScratchFile(), try ScratchFile())
        let words = try input.map { try ScratchFile(holding: $0) }
        let child = try Child(
            name,
            arguments,
            in: folder,
            environment: environment,
            input: words?.descriptor,
            output: output.descriptor,
            errors: errors.descriptor
        )
        let status = child.wait()
        let printed = output.text
        guard status == 0 else {
            let command = ([name] + arguments).joined(separator: " ")
            let said = errors.text.isEmpty ? printed : errors.text
            throw Failure(description: "\(command): status \(status): \(said)")
        }
        return printed.hasSuffix("\n") ? String(printed.dropLast()) : printed
    }
}

/// A process that we started.
///
/// Not Foundation's: there a program started meanwhile by another test inherits the pipes, and whoever reads one to its end
/// waits for a server that was never meant to hold it. Here nothing is inherited but three files.
final class Child {
    let number: pid_t
    private var status: Int32?

    init(
        _ name: String,
        _ arguments: [String],
        in folder: String = "/",
        environment: [String: String],
        input: Int32? = nil,
        output: Int32,
        errors: Int32
    ) throws {
        guard let program = Program.find(name), let env = Program.find("env") else {
            throw Program.Failure(description: "\(name) is not installed")
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        // Threads of the system's pool block signals, and a child inherits that: it would not hear that it is to end.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let all = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // posix_spawn cannot change the folder without extensions that Swift does not see; env can.
        var words = ([env, "-C", folder, program] + arguments).map { strdup($0) } + [nil]
        var variables = all.map { strdup("\($0)=\($1)") } + [nil]
        defer { for copy in words + variables { free(copy) } }
        var number: pid_t = 0
        let code = posix_spawn(&number, env, &actions, &attributes, &words, &variables)
        guard code == 0 else { throw Program.Failure(description: "\(program): \(String(cString: strerror(code)))") }
        self.number = number
    }

    /// Waits until the process has ended; returns its exit code, or the signal that ended it as a negative number.
    @discardableResult
    func wait() -> Int32 {
        if let status { return status }
        var code: Int32 = 0
        while waitpid(number, &code, 0) < 0, errno == EINTR {}
        let result = code & 0x7f == 0 ? code >> 8 & 0xff : -(code & 0x7f)
        status = result
        return result
    }

    /// Whether the process has not ended yet.
    var isRunning: Bool {
        if status != nil { return false }
        var code: Int32 = 0
        guard waitpid(number, &code, WNOHANG) == number else { return true }
        status = code
        return false
    }

    /// Asks the process to end, and waits until it has.
    func end() {
        guard isRunning else { return }
        kill(number, SIGTERM)
        wait()
    }
}

/// A file without a name, which is gone when it is closed.
private final class ScratchFile {
    let descriptor: Int32

    init(holding data: Data = Data()) throws {
        var name = Array("\(NSTemporaryDirectory())/elafros-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        self.descriptor = descriptor
        guard descriptor >= 0 else { throw Program.Failure(description: "no temporary file: \(errno)") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(&name)
        guard !data.isEmpty else { return }
        let written = data.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard written == data.count else { throw Program.Failure(description: "cannot write a temporary file") }
    }

    deinit { close(descriptor) }

    var text: String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while case let count = pread(descriptor, &chunk, chunk.count, off_t(bytes.count)), count > 0 {
            bytes.append(contentsOf: chunk.prefix(count))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
