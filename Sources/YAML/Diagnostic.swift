/// One finding about a file: what is wrong, where, and what to do about it.
///
/// The parser's findings and those of the modules above share this type, so that a file's findings can be sorted and
/// printed together.
public struct Diagnostic: Sendable, Hashable {
    /// How much a finding weighs.
    public enum Severity: String, Sendable, Hashable, CaseIterable {
        /// The document cannot be used.
        case error
        /// The document can be used, but probably says something other than its author meant.
        case warning
        /// Nothing is wrong; the reader may want to know.
        case note
    }

    /// How much this finding weighs.
    public let severity: Severity
    /// The place, or nil where the finding is about the whole file.
    public let position: Position?
    /// `what; what to do`, beginning in lower case and without a full stop.
    public let message: String

    /// Creates a finding.
    public init(_ severity: Severity, at position: Position?, _ message: String) {
        self.severity = severity
        self.position = position
        self.message = message
    }
}

extension Diagnostic {
    /// The finding as one line: `path:line:column: message`.
    ///
    /// Warnings and notes say so before the message. Without a position the line reads `path: message`.
    public func rendered(path: String) -> String {
        let place = position.map { "\(path):\($0)" } ?? path
        switch severity {
        case .error: return "\(place): \(message)"
        case .warning, .note: return "\(place): \(severity.rawValue): \(message)"
        }
    }
}
