internal import Logging
internal import YAML

/// Logs as lines on standard error: `info: message` for people, or an object of JSON a line for programs.
///
/// Without a time of its own: systemd's journal, a container engine and `ts` each write one, and a clock in the text would
/// make two runs differ.
struct LineLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()
    let console: Console
    var form = LogForm.text

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let message = Redaction.withoutSecrets("\(event.message)")
        switch form {
        case .text: console.writeError("\(word(event.level))\(message)\n")
        case .json:
            var map: Map = ["level": .string(event.level.rawValue), "message": .string(message)]
            for (key, value) in all { map[key] = .string(Redaction.withoutSecrets("\(value)")) }
            console.writeError(Value.map(map).json + "\n")
        }
    }

    /// What a line begins with. What a line is about stands in its words already.
    private func word(_ level: Logger.Level) -> String {
        switch level {
        case .trace, .debug: console.errorPaint("\(level)", .faint) + ": "
        case .info, .notice: ""
        case .warning: console.errorPaint("warning", .waiting) + ": "
        case .error, .critical: console.errorPaint("error", .bad) + ": "
        }
    }
}

/// How `serve` logs.
enum LogForm: String, CaseIterable, Sendable {
    case text, json
}

/// What keeps secrets out of a log, whoever put them into a text.
enum Redaction {
    /// The text with the user and password of each address in it left out: `https://…@host/path`.
    static func withoutSecrets(_ text: String) -> String {
        guard text.contains("://"), text.contains("@") else { return text }
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "://") {
            result += rest[..<start.upperBound]
            rest = rest[start.upperBound...]
            let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" && !$0.isWhitespace && $0 != "\"" }
            guard let at = authority.lastIndex(of: "@") else { continue }
            // A user alone, as of ssh, is no secret.
            if authority[..<at].contains(":") {
                result += "…"
                rest = rest[at...]
            }
        }
        return result + rest
    }
}
