/// Why a sync was refused before it did anything.
public struct SyncError: Error, Hashable, Sendable {
    /// The kinds that callers tell apart.
    public enum Kind: Sendable {
        /// The Sync of that name follows another repository.
        case otherRemote
        /// The state belongs to another suffix of hosts.
        case otherDomain
        /// Another Sync of the state says otherwise what holds for all of it.
        case otherSetting
        /// The report branch is the branch that is followed.
        case reportsIntoSource
        /// Somebody wants to go back to what never was.
        case otherHistory
        /// A file or a repository defines the Sync, and what is asked for is no business of whoever asks.
        case defined
        /// Somebody wants nothing done for now.
        case suspended
        /// The remote stands elsewhere than at the one commit that may be applied.
        case overtaken
    }

    /// Which of them this is.
    public let kind: Kind
    /// What is refused, and what to do.
    public let message: String

    /// A refusal with its sentence.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}

extension SyncError: CustomStringConvertible {
    /// The sentence.
    public var description: String { message }
}

extension SyncError {
    /// That a Sync does nothing for now.
    ///
    /// - Parameter why: since when and by whom, as `since 2026-05-31T12:00:00Z` or `at elafros.yaml:3`.
    public static func suspended(_ name: String, _ why: String) -> SyncError {
        SyncError(
            .suspended,
            "Sync \(name) is suspended \(why); resume it first, with `elafros resume` or in that file"
        )
    }
}
