internal import GRDB

/// Columns of a file that may be damaged: GRDB's own subscripts end the process where a value is not of the type that is
/// asked for.
extension Row {
    /// The whole number in a column; nil where anything else is there, or one that does not fit.
    func integer<Number: FixedWidthInteger>(_ column: Int) -> Number? {
        guard case .int64(let number) = (self[column] as DatabaseValue).storage else { return nil }
        return Number(exactly: number)
    }

    /// The text in a column; nil where anything else is there.
    func text(_ column: Int) -> String? {
        guard case .string(let text) = (self[column] as DatabaseValue).storage else { return nil }
        return text
    }

    /// Whether nothing is in a column.
    func isNull(_ column: Int) -> Bool { (self[column] as DatabaseValue).isNull }
}
