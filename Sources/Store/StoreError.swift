/// Why the store refused, or could not do, what it was asked.
public struct StoreError: Error, Hashable, Sendable {
    /// The kinds that callers tell apart.
    public enum Kind: Sendable {
        /// The object changed since it was read: read it again and decide anew.
        case conflict
        /// An object of that name is there already.
        case alreadyExists
        /// No object of that name is there.
        case notFound
        /// Another process writes this state, and went on doing so for as long as we waited.
        case busy
        /// The state was written by a newer version of the program.
        case newerVersion
        /// The state folder can be read, but not written.
        case readOnly
        /// The disk, or the quota on it, is full.
        case full
        /// What is on the disk is not what was written there.
        case damaged
        /// Anything else that the system answered.
        case other
    }

    /// Which of them this is.
    public let kind: Kind
    /// What was being done, and to what: `write /var/lib/elafros/state.sqlite`.
    public let doing: String
    /// Why it failed, and what to do about it.
    public let reason: String

    /// A refusal; `reason` says what to do wherever anything can be done.
    public init(_ kind: Kind, doing: String, reason: String) {
        self.kind = kind
        self.doing = doing
        self.reason = reason
    }
}

extension StoreError: CustomStringConvertible {
    /// One line: what was being done, then why it failed.
    public var description: String { "\(doing): \(reason)" }
}
