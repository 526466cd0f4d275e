internal import Glibc
internal import Synchronization

/// Where a command's text goes: the process's own output, or a buffer that the daemon sends back to whoever handed the
/// command over.
final class Console: Sendable {
    /// Colours for what goes to standard output.
    let paint: Paint
    /// Colours for what goes to standard error.
    let errorPaint: Paint
    private let keeps: Bool
    private let kept = Mutex(Kept())

    /// What a buffering console holds.
    struct Kept: Sendable {
        var output = ""
        var errors = ""
    }

    private init(paint: Paint, errorPaint: Paint, keeps: Bool) {
        self.paint = paint
        self.errorPaint = errorPaint
        self.keeps = keeps
    }

    /// The process's own output. Colours only on a terminal, and never where `NO_COLOR` is set to anything
    /// (https://no-color.org) or the terminal is `dumb`.
    static func process(_ environment: [String: String]) -> Console {
        let allows = environment["NO_COLOR"].map(\.isEmpty) ?? true && environment["TERM"] != "dumb"
        return Console(
            paint: Paint(isOn: allows && isatty(STDOUT_FILENO) == 1),
            errorPaint: Paint(isOn: allows && isatty(STDERR_FILENO) == 1),
            keeps: false
        )
    }

    /// A console that keeps what is written, for another process or a test.
    static func buffer(paint: Paint = Paint(isOn: false), errorPaint: Paint = Paint(isOn: false)) -> Console {
        Console(paint: paint, errorPaint: errorPaint, keeps: true)
    }
}

extension Console {
    /// Writes to standard output, as it stands.
    func write(_ text: String) {
        guard keeps else { return Self.write(text, to: STDOUT_FILENO) }
        kept.withLock { $0.output += text }
    }

    /// Writes one line to standard output.
    func line(_ text: String) { write(text + "\n") }

    /// Writes to standard error, as it stands.
    func writeError(_ text: String) {
        guard keeps else { return Self.write(text, to: STDERR_FILENO) }
        kept.withLock { $0.errors += text }
    }

    /// What was written so far; empty for the process's own output.
    var written: Kept { kept.withLock { $0 } }

    /// All of `text`, also where the other end takes it piece by piece. An end that is gone ends the writing: there is
    /// nobody left to tell.
    private static func write(_ text: String, to descriptor: CInt) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}
