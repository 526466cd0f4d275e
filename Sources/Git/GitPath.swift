/// A path inside a repository, as git stores it: bytes without a promise of being text.
///
/// Its parts are separated by `/`, and no part is empty, `.` or `..`: a tree that holds such a name is refused when it is
/// read.
public struct GitPath: Hashable, Sendable {
    /// The path as text. Where `isText` is false, each byte that is not UTF-8 stands as `\xNN` and each backslash as `\\`,
    /// so that two paths never look alike.
    public let text: String
    /// Whether git's bytes are UTF-8, and `text` is therefore the path itself.
    public let isText: Bool

    /// Creates a path from text.
    public init(_ text: String) {
        self.text = text
        isText = true
    }

    init(bytes: some Collection<UInt8>) {
        if let text = String(validating: bytes, as: UTF8.self) {
            self.text = text
            isText = true
            return
        }
        var text = ""
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\\"): text += "\\\\"
            case 0x80...: text += "\\x" + String(byte, radix: 16)
            default: text.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        self.text = text
        isText = false
    }
}

extension GitPath: CustomStringConvertible, Comparable {
    /// The path for messages, on one line: control characters stand as `\n`, `\t` or `\u{...}`.
    public var description: String {
        guard text.unicodeScalars.contains(where: \.isControl) else { return text }
        return text.unicodeScalars.reduce(into: "") { line, scalar in
            if scalar.isControl { line += scalar.escaped(asASCII: false) } else { line.unicodeScalars.append(scalar) }
        }
    }

    /// Orders by bytes.
    public static func < (left: GitPath, right: GitPath) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool { value < 0x20 || (0x7f..<0xa0).contains(value) }
}
