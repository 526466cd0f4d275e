/// Why a text is not the JSON that it should be.
///
/// The YAML parser throws nothing: its findings are `Diagnostic`s.
public struct YAMLError: Error, Equatable, Sendable {
    /// What is wrong; what to do.
    public let message: String
    /// Where reading stopped.
    public let position: Position

    /// Creates an error.
    public init(_ message: String, at position: Position) {
        self.message = message
        self.position = position
    }
}

extension YAMLError: CustomStringConvertible {
    /// `line:column: message`, to be put after a path.
    public var description: String { "\(position): \(message)" }
}
