internal import Git
internal import Glibc
internal import UnixSignals

/// A folder for the time of one command.
enum PassingFolder {
    /// Runs a body with a folder that nobody else has, in `$TMPDIR` or `/tmp`, and removes it with all that is in it: also
    /// where SIGINT or SIGTERM ends the command meanwhile, with 128 and the signal's number as its exit code.
    static func with<Result: Sendable>(
        _ name: String,
        in session: Session,
        _ body: (String) async throws -> Result
    ) async throws -> Result {
        let base = session.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        let folder = try Files.makeTemporaryFolder(in: session.absolute(base), named: name)
        // The daemon ends in its own way, after what it runs.
        let guardian = session.daemon == nil ? Task { await removeOnSignal(folder) } : nil
        defer {
            guardian?.cancel()
            remove(folder, session.console)
        }
        return try await body(folder)
    }

    private static func removeOnSignal(_ folder: String) async {
        for await signal in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
            remove(folder, nil)
            exit(128 + signal.rawValue)
        }
    }

    /// What cannot be removed is no reason to lose what was worked out.
    private static func remove(_ folder: String, _ console: Console?) {
        do {
            try Mirror.remove(folder: folder)
        } catch {
            console?.writeError("elafros: \(Failure(error).sentence)\n")
        }
    }
}
