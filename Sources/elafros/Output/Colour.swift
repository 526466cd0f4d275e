/// The few colours of the output, each with one meaning everywhere.
enum Colour: String, Sendable {
    case good = "32"
    case waiting = "33"
    case bad = "31"
    case faint = "2"
    case strong = "1"
    case place = "36"
}

/// Puts text into colour where it goes to a person, and leaves it alone where it goes to a file or a program.
struct Paint: Hashable, Sendable {
    /// Whether escape sequences are written at all.
    let isOn: Bool

    /// Text in a colour.
    func callAsFunction(_ text: String, _ colour: Colour) -> String {
        isOn && !text.isEmpty ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }
}
