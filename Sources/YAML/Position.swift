/// A place in a file, as people and forges count it: the first character is line 1, column 1.
///
/// Columns count code points. Lines end at LF, CR LF or CR; U+0085, U+2028 and U+2029, which YAML 1.1 also took for
/// line ends, do not count, because no editor or forge counts them.
public struct Position: Sendable, Hashable {
    /// The line, from 1.
    public let line: Int
    /// The column in code points, from 1.
    public let column: Int

    /// Creates a position from a line and a column, both counted from 1.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

extension Position: Comparable {
    /// Orders positions as one meets them when reading.
    public static func < (left: Position, right: Position) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

extension Position: CustomStringConvertible {
    /// `line:column`, the form that editors and terminals turn into a link.
    public var description: String { "\(line):\(column)" }
}
