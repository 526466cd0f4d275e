internal import Synchronization

/// One line on a terminal that says what a command is at, once it takes longer than a second. It goes before anything else is
/// printed; into files and pipes nothing is written.
final class ProgressLine: Sendable {
    private let console: Console
    private let begun = ContinuousClock.now
    private let text: Mutex<String>

    private init(_ text: String, _ console: Console) {
        self.console = console
        self.text = Mutex(text)
    }

    /// Runs something, and says meanwhile what it is at.
    ///
    /// - Parameters:
    ///   - first: what it is at to begin with: `fetching`.
    ///   - body: is given the line, to say what else it is at; nil where there is no terminal.
    static func during<Result: Sendable>(
        _ first: String,
        on console: Console,
        _ body: (ProgressLine?) async throws -> Result
    ) async throws -> Result {
        guard console.showsProgress else { return try await body(nil) }
        let line = ProgressLine(first, console)
        let writing = Task { await line.write() }
        func end() async {
            writing.cancel()
            await writing.value
        }
        do {
            let result = try await body(line)
            await end()
            return result
        } catch {
            await end()
            throw error
        }
    }

    /// Says what it is at from now on.
    func say(_ text: String) { self.text.withLock { $0 = text } }

    /// How long a command may take without a word.
    private static let patience = Duration.seconds(1)
    private static let interval = Duration.milliseconds(200)
    /// To the beginning of the line, and everything there away.
    private static let erase = "\r\u{1B}[K"

    private func write() async {
        var isShown = false
        do {
            try await Task.sleep(for: Self.patience)
            while true {
                let seconds = (ContinuousClock.now - begun).components.seconds
                console.writeError("\(Self.erase)\(text.withLock { $0 }) … \(seconds)s")
                isShown = true
                try await Task.sleep(for: Self.interval)
            }
        } catch {
            // It is done.
            if isShown { console.writeError(Self.erase) }
        }
    }
}
