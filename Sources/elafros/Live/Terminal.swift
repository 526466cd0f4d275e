internal import Dispatch
internal import Glibc

/// A terminal that shows frames: its other screen, without a cursor and without echo, until it is given back.
final class Terminal {
    /// The terminal, opened anew: standard output may be open for writing alone.
    private let descriptor: CInt
    private let saved: termios
    private let source: any DispatchSourceRead
    /// The keys that are pressed, a byte each.
    let keys: AsyncStream<UInt8>

    /// Takes the terminal that an open file is; nil where it is none.
    init?(_ output: CInt) {
        guard isatty(output) == 1, let name = ttyname(output) else { return nil }
        let descriptor = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var settings = termios()
        guard tcgetattr(descriptor, &settings) == 0 else {
            close(descriptor)
            return nil
        }
        (self.descriptor, saved) = (descriptor, settings)
        // Signals stay: ctrl-C ends the command as it ends any other.
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
        // A shell would be left on the other screen by ctrl-Z.
        settings.c_cc.10 = 0
        tcsetattr(descriptor, TCSANOW, &settings)
        let (keys, key) = AsyncStream.makeStream(of: UInt8.self, bufferingPolicy: .bufferingNewest(16))
        self.keys = keys
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: DispatchQueue(label: "elafros.keys"))
        // Dispatch does not call its sources Sendable; to cancel one is safe from any thread.
        nonisolated(unsafe) let source = source
        source.setEventHandler {
            var byte: UInt8 = 0
            // A terminal that is gone gives no more keys, and SIGHUP besides.
            guard read(descriptor, &byte, 1) == 1 else {
                source.cancel()
                return key.finish()
            }
            key.yield(byte)
        }
        source.activate()
        Self.write("\u{1B}[?1049h\u{1B}[?25l", to: descriptor)
    }

    /// Gives the terminal back as it was.
    func restore() {
        source.cancel()
        Self.write("\u{1B}[?25h\u{1B}[?1049l", to: descriptor)
        var settings = saved
        tcsetattr(descriptor, TCSANOW, &settings)
        close(descriptor)
    }

    /// Its size in characters.
    var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Shows a frame in one write: each line over the one that stood there, what is left of both cleared. So nothing is
    /// ever blank in between.
    func show(_ lines: [String]) {
        let text = lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n")
        Self.write("\u{1B}[H" + text + "\u{1B}[J", to: descriptor)
    }

    private static func write(_ text: String, to descriptor: CInt) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            // A terminal that is gone shows nothing more; its end comes as a signal.
            guard count > 0 || errno == EINTR else { return }
            rest = rest.dropFirst(max(0, count))
        }
    }
}
