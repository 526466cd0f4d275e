import Foundation
import Glibc

/// A program that runs beside the test and says how far it is, line by line.
///
/// Ends its own process, by its number, when nobody holds it any more.
public final class RunningProgram {
    private let child: Child
    private let descriptor: Int32
    private var pending: [UInt8] = []
    /// The lines that were read so far.
    public private(set) var lines: [String] = []

    /// How long a line may be waited for before the test gives up; what works comes far earlier.
    private static let patience: Int32 = 120_000

    /// Starts a program; both its output and its errors are read.
    public init(_ program: String, _ arguments: [String], in folder: String, environment: [String: String] = [:]) throws
    {
        // A named one, since only `open` can keep it at once from what other tests start.
        let scratch = try TemporaryFolder()
        let pipe = scratch.path("pipe")
        guard mkfifo(pipe, 0o600) == 0 else { throw Program.Failure(description: "no pipe: \(errno)") }
        descriptor = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        let other = open(pipe, O_WRONLY | O_CLOEXEC)
        defer { close(other) }
        child = try Child(program, arguments, in: folder, environment: environment, output: other, errors: other)
    }

    deinit {
        child.end()
        close(descriptor)
    }

    /// The next line with those words in it; what comes before it is passed over.
    @discardableResult
    public func line(with words: String) throws -> String {
        while let line = try nextLine() { if line.contains(words) { return line } }
        throw Program.Failure(description: "the program ended without a line with \"\(words)\": \(lines)")
    }

    /// How much processor time it has taken, in hundredths of a second.
    public func processorTime() throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(child.number)/stat", encoding: .utf8)
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 12 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 0
    }

    /// Sends a signal.
    public func signal(_ number: Int32) { kill(child.number, number) }

    /// Asks the program to end, and reads what it still has to say.
    ///
    /// - Returns: its exit code, or the signal that ended it as a negative number.
    public func end() throws -> Int32 {
        signal(SIGTERM)
        while try nextLine() != nil {}
        return child.wait()
    }

    private func nextLine() throws -> String? {
        while true {
            if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: pending[..<end], as: UTF8.self)
                pending.removeFirst(end + 1)
                lines.append(line)
                return line
            }
            var question = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&question, 1, Self.patience) > 0 else {
                throw Program.Failure(description: "the program says nothing more: \(lines)")
            }
            var chunk = [UInt8](repeating: 0, count: 4_096)
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return nil }
            pending += chunk.prefix(count)
        }
    }
}
