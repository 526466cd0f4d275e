internal import Logging

/// Logs as lines on standard error: `info: message key=value`.
///
/// Without a time of its own: systemd's journal, a container engine and `ts` each write one, and a clock in the text would
/// make two runs differ.
struct LineLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()
    let console: Console

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let pairs = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        console.writeError("\(word(event.level))\(event.message)\(pairs)\n")
    }

    private func word(_ level: Logger.Level) -> String {
        switch level {
        case .trace, .debug: console.errorPaint("\(level)", .faint) + ": "
        case .info, .notice: ""
        case .warning: console.errorPaint("warning", .waiting) + ": "
        case .error, .critical: console.errorPaint("error", .bad) + ": "
        }
    }
}
