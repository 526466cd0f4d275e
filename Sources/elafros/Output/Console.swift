internal import Glibc
internal import Synchronization

/// Where a command's text goes: the process's own output, or a buffer that the daemon sends back to whoever handed the
/// command over.
final class Console: Sendable {
    /// Colours for what goes to standard output.
    let paint: Paint
    /// Colours for what goes to standard error.
    let errorPaint: Paint
    /// Whether somebody watches who wants to know what takes so long.
    let showsProgress: Bool
    /// Where standard output and standard error go; nil where both are kept.
    private let descriptors: (output: CInt, errors: CInt)?
    private let kept = Mutex(Kept())

    /// What a buffering console holds.
    struct Kept: Sendable {
        var output = ""
        var errors = ""
        /// What the system answered when standard output could not be written; 0 where nothing was lost.
        var lostOutput: CInt = 0
    }

    private init(
        paint: Paint,
        errorPaint: Paint,
        showsProgress: Bool,
        descriptors: (output: CInt, errors: CInt)?
    ) {
        self.paint = paint
        self.showsProgress = showsProgress
        self.errorPaint = errorPaint
        self.descriptors = descriptors
    }

    /// The process's own output.
    static func process(_ environment: [String: String]) -> Console {
        files(output: STDOUT_FILENO, errors: STDERR_FILENO, environment)
    }

    /// Output that goes into open files, pipes or terminals. Colours only on a terminal, and never where `NO_COLOR` is set
    /// to anything (https://no-color.org) or the terminal is `dumb`.
    static func files(output: CInt, errors: CInt, _ environment: [String: String]) -> Console {
        let allows = environment["NO_COLOR"].map(\.isEmpty) ?? true && environment["TERM"] != "dumb"
        return Console(
            paint: Paint(isOn: allows && isatty(output) == 1),
            errorPaint: Paint(isOn: allows && isatty(errors) == 1),
            showsProgress: environment["TERM"] != "dumb" && isatty(errors) == 1,
            descriptors: (output, errors)
        )
    }

    /// A console that keeps what is written, for another process or a test.
    static func buffer(paint: Paint = Paint(isOn: false), errorPaint: Paint = Paint(isOn: false)) -> Console {
        Console(paint: paint, errorPaint: errorPaint, showsProgress: false, descriptors: nil)
    }
}

extension Console {
    /// Writes to standard output, as it stands.
    func write(_ text: String) {
        if let descriptors {
            let failure = Self.write(text, to: descriptors.output)
            if failure != 0 { kept.withLock { $0.lostOutput = failure } }
            return
        }
        kept.withLock { $0.output += text }
    }

    /// Writes one line to standard output.
    func line(_ text: String) { write(text + "\n") }

    /// Writes to standard error, as it stands.
    func writeError(_ text: String) {
        if let descriptors {
            // An end that is gone: there is nobody left to tell.
            _ = Self.write(text, to: descriptors.errors)
            return
        }
        kept.withLock { $0.errors += text }
    }

    /// What was written so far; empty for the process's own output.
    var written: Kept { kept.withLock { $0 } }

    /// Standard output as an open file; nil where it is kept.
    var output: CInt? { descriptors?.output }

    /// Whether a part of the output did not reach its reader: whoever prints for as long as somebody reads can stop.
    var isCut: Bool { kept.withLock { $0.lostOutput != 0 } }

    /// Why a part of the output did not reach standard output: a full disk, or no such descriptor. Nil where all of it
    /// did, or where the reader of a pipe had enough.
    var failure: Failure? {
        let number = kept.withLock { $0.lostOutput }
        return number == 0 || number == EPIPE ? nil : .file("standard output", "write", number)
    }

    /// All of `text`, also where the other end takes it piece by piece; what the system answered where it does not take
    /// it, else 0.
    private static func write(_ text: String, to descriptor: CInt) -> CInt {
        var text = text
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
    }
}
