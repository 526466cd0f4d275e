public import YAML

/// Why a report could not be written or read.
public struct ReportError: Error, Hashable, Sendable {
    /// The kinds that callers tell apart.
    public enum Kind: Sendable {
        /// A file of the report is not what was written there.
        case damaged
        /// There is no report where one was looked for.
        case notFound
        /// The report is of another state.
        case foreign
        /// The report was written by a newer version of the program.
        case newerForm
        /// What was asked would do harm: the followed branch, a folder or branch that holds something else.
        case refused
        /// The folder cannot be read or written.
        case folder
        /// Nobody signed the branch's commit who is believed, or the key that signs is not at hand.
        case untrusted
        /// The branch went on moving.
        case moved
    }

    /// Which of them this is.
    public let kind: Kind
    /// The file, from the report's root, or the folder or branch.
    public let path: String
    /// Where in the file.
    public let position: Position?
    /// What is wrong; what to do.
    public let message: String

    /// An error with its sentence.
    public init(_ kind: Kind, path: String, at position: Position? = nil, _ message: String) {
        self.kind = kind
        self.path = path
        self.position = position
        self.message = message
    }
}

extension ReportError: CustomStringConvertible {
    /// `path:line:column: what; what to do`.
    public var description: String {
        position.map { "\(path):\($0): \(message)" } ?? "\(path): \(message)"
    }
}
