internal import Dispatch
internal import Glibc
internal import UnixSignals

/// Runs what goes on for as long as somebody wants it: until SIGINT, SIGTERM, or the end of whoever reads the output.
enum UntilStopped {
    /// Runs `body`, and has it cancelled when it is to stop; that is no failure.
    ///
    /// - Throws: what `body` throws for another reason.
    static func run(_ console: Console, _ body: @escaping @Sendable () async throws -> Void) async throws {
        // Writing into a pipe that nobody reads gives an error instead, and the command ends like any other.
        signal(SIGPIPE, SIG_IGN)
        // Before anything is printed: whoever reads that may stop us at once.
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(operation: body)
            group.addTask { for await _ in signals { return } }
            if let output = console.output, isPipe(output) { group.addTask { await readerIsGone(output) } }
            defer { group.cancelAll() }
            do { try await group.next() } catch is CancellationError {}
        }
    }

    private static func isPipe(_ descriptor: CInt) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
    }

    /// Returns when nobody can read from a pipe any more, though nothing be written: `elafros get svc -w | head -n 1` ends
    /// with its reader, and not with the next change.
    private static func readerIsGone(_ output: CInt) async {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { return await never() }
        let (stopped, stop) = (ends[0], ends[1])
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // Dispatch tells of what can be read or written, and this is neither: a thread has to wait for it. One of a
                // queue's own, as those of the global ones are the few that carry all tasks.
                DispatchQueue(label: "elafros.reader").async {
                    var polled = [
                        pollfd(fd: output, events: 0, revents: 0),
                        pollfd(fd: stopped, events: Int16(POLLIN), revents: 0),
                    ]
                    while poll(&polled, 2, -1) < 0, errno == EINTR {}
                    continuation.resume()
                }
            }
        } onCancel: {
            // An empty pipe takes a byte, whatever else is wrong.
            write(stop, "\n", 1)
        }
        for end in ends { close(end) }
    }

    /// Returns once it is cancelled.
    private static func never() async {
        // Ends before its time only where it is cancelled.
        try? await Task.sleep(for: .seconds(1 << 32))
    }
}
