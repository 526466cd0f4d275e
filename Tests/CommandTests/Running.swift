import Dispatch
import Glibc

@testable import elafros

/// A command that runs beside the test and writes into a pipe, which the test reads line by line.
final class Running {
    private let task: Task<Int32, Never>
    private let source: any DispatchSourceRead
    private var lines: AsyncStream<String>.Iterator

    /// What a pipe could not be made for.
    struct NoPipe: Error {}

    /// Begins to run `body` with a console whose standard output is a pipe, and whose standard error goes the same way.
    convenience init(_ body: @escaping @Sendable (Console) async -> Int32) throws {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw NoPipe() }
        self.init(reading: ends[0], writing: ends[1], body)
    }

    /// The same through two ends that are open: a terminal's.
    init(reading output: CInt, writing input: CInt, _ body: @escaping @Sendable (Console) async -> Int32) {
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        self.lines = lines.makeAsyncIterator()
        source = DispatchSource.makeReadSource(fileDescriptor: output, queue: DispatchQueue(label: "lines"))
        nonisolated(unsafe) let source = source
        // Touched by the source's own queue alone, one call after the other.
        nonisolated(unsafe) var rest: [UInt8] = []
        source.setEventHandler {
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = read(output, &bytes, bytes.count)
            guard count > 0 else { return source.cancel() }
            rest += bytes.prefix(count)
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                line.yield(String(decoding: rest[..<end], as: UTF8.self))
                rest.removeFirst(end + 1)
            }
        }
        source.setCancelHandler {
            close(output)
            line.finish()
        }
        source.activate()
        task = Task {
            let code = await body(.files(output: input, errors: input, [:]))
            close(input)
            return code
        }
    }

    /// The next line; nil once the command has ended.
    func line() async -> String? { await lines.next(isolation: nil) }

    /// Reads on until a line is the one that is waited for, or holds it.
    func wait(for text: String) async -> Bool {
        while let line = await line() { if line.contains(text) { return true } }
        return false
    }

    /// The lines that are left, once the command has ended by itself.
    func rest() async -> [String] {
        var rest: [String] = []
        while let line = await line() { rest.append(line) }
        return rest
    }

    /// Stops reading, and waits for the command to end of that; returns its exit code.
    func stop() async -> Int32 {
        source.cancel()
        return await task.value
    }

    /// The exit code of a command that ends by itself.
    var code: Int32 { get async { await task.value } }
}
