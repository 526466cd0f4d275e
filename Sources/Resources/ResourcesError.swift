/// What objects, patches and selectors can refuse.
public struct ResourcesError: Error, Hashable, Sendable {
    /// The kinds that callers tell apart.
    public enum Kind: Sendable {
        /// The input breaks its own rules: a patch that is none, a value that is no object.
        case invalid
        /// The input is well formed and does not fit what it is applied to: a path that is not there.
        case notFound
        /// A JSON patch's `test` found something else.
        case testFailed
    }

    /// Which of them this is.
    public let kind: Kind
    /// What is wrong, and where it helps, what to do: `what; what to do`.
    public let message: String

    /// An error with its sentence.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}

extension ResourcesError: CustomStringConvertible {
    /// The sentence.
    public var description: String { message }
}
