internal import Git
internal import Glibc
internal import Synchronization
internal import UnixSignals

/// A folder for the time of one command.
enum PassingFolder {
    /// Runs a body with a folder that nobody else can look into, in `$TMPDIR` or `/tmp`, and removes it with all that is in it.
    /// So it does where a signal ends the command meanwhile, which then ends as by that signal.
    static func with<Result: Sendable>(
        _ name: String,
        in session: Session,
        _ body: (String) async throws -> Result
    ) async throws -> Result {
        let folder = try Files.makeTemporaryFolder(in: base(of: session), named: name)
        let guardian = Guardian(folder: folder)
        // The daemon ends in its own way, after what it runs.
        let watch = session.daemon == nil ? Task { await guardian.watch() } : nil
        do {
            let result = try await body(folder)
            watch?.cancel()
            guardian.remove(session.console)
            return result
        } catch {
            // What goes wrong because the folder is going is nothing to tell.
            while guardian.isEnding { try await Task.sleep(for: .seconds(1)) }
            watch?.cancel()
            guardian.remove(session.console)
            throw error
        }
    }

    /// In the daemon its own, which it may write to, and not that of whoever asks.
    private static func base(of session: Session) -> String {
        let named = session.daemon == nil ? session.environment["TMPDIR"] : getenv("TMPDIR").map { String(cString: $0) }
        return session.absolute(named.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp")
    }
}

/// Removes a folder, and ends the process on a signal.
private final class Guardian: Sendable {
    private let folder: String
    private let ending = Mutex(false)

    init(folder: String) { self.folder = folder }

    /// Whether a signal has come.
    var isEnding: Bool { ending.withLock { $0 } }

    /// Waits for a signal that ends programs, unless whoever started this one had it ignored.
    func watch() async {
        let signals = [UnixSignal.sigint, .sigterm, .sighup].filter { signal in
            var action = sigaction()
            sigaction(signal.rawValue, nil, &action)
            return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) != 1
        }
        for await signal in await UnixSignalsSequence(trapping: signals) {
            ending.withLock { $0 = true }
            remove(nil)
            Glibc.signal(signal.rawValue, SIG_DFL)
            kill(getpid(), signal.rawValue)
            exit(128 + signal.rawValue)
        }
    }

    /// What cannot be removed is no reason to lose what was worked out.
    func remove(_ console: Console?) {
        do {
            try Mirror.remove(folder: folder)
        } catch {
            console?.writeError("elafros: \(Failure(error).sentence)\n")
        }
    }
}
