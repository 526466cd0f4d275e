import Glibc

/// A terminal without a screen, from both sides. Whoever reads from outside closes that end.
struct PseudoTerminal {
    /// Where its keys are pressed, and what it shows can be read.
    let outside: CInt
    /// What a program takes for a terminal.
    let inside: CInt

    struct Unavailable: Error {}

    init(width: Int, height: Int) throws {
        var ends: (outside: CInt, inside: CInt) = (-1, -1)
        var size = winsize(ws_row: UInt16(height), ws_col: UInt16(width), ws_xpixel: 0, ws_ypixel: 0)
        guard openpty(&ends.outside, &ends.inside, nil, nil, &size) == 0 else { throw Unavailable() }
        (outside, inside) = ends
    }

    /// Presses a key.
    func press(_ key: Character) {
        _ = Array(String(key).utf8).withUnsafeBytes { write(outside, $0.baseAddress, $0.count) }
    }

    /// Whether what is typed is shown, and kept until the end of a line.
    static func isAtRest(_ descriptor: CInt) -> Bool {
        var settings = termios()
        guard tcgetattr(descriptor, &settings) == 0 else { return false }
        return settings.c_lflag & tcflag_t(ICANON) != 0 && settings.c_lflag & tcflag_t(ECHO) != 0
    }
}
