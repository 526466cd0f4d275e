public import Resources
internal import YAML

/// One Sync of a configuration file: what is followed, when, with which secrets, and how far it may go.
public struct SyncDefinition: Sendable {
    /// What each sync of it is told.
    public var options: SyncOptions
    /// When it runs.
    public var cadence: Cadence
    /// Whether its author wants nothing done for now.
    public var isSuspended = false
    /// The Syncs that must be in sync and ready before it runs.
    public var dependsOn: [String] = []
    /// How long one exchange with the remote may take.
    public var gitTimeout = Duration.seconds(60)
    /// With what the remote is reached; nil for what the environment holds.
    public var credentials: CredentialsGrant?
    /// What holds the key that signs its reports; nil where nothing signs them.
    public var reportSecrets: CredentialsGrant?
    /// Whether it may use the SSH agent of whoever runs the program: one that a repository defines may not, for any other
    /// repository than its parent's.
    public internal(set) var mayUseAgent = true
    /// Whose webhooks count as hints.
    public var webhook: Webhook?
    /// Where it stands: `elafros.yaml:3`.
    public var place: String
    /// What a repository says of it; nil for one that whoever runs the program names.
    public internal(set) var child: ChildDefinition?
    /// All that its author wrote, to tell whether anything changed.
    let written: Value

    /// Whose calls are taken as hints, and what they are signed with.
    public struct Webhook: Sendable {
        /// `github`, `gitlab`, `gitea` or `generic`.
        public let provider: String
        /// What holds the secret.
        public let secret: CredentialsGrant
    }

    /// The Sync's name.
    public var name: String { options.name }

    /// A Sync with those options, at that place, of which nothing else was said.
    init(_ options: SyncOptions, place: String, written: Value) {
        self.options = options
        self.place = place
        self.written = written
        cadence = Cadence(interval: Self.defaultInterval)
    }

    /// What the command line names, or the state remembers.
    public init(_ options: SyncOptions, interval: Duration, gitTimeout: Duration) {
        self.init(options, place: options.isOfFile ? "its file" : "the command line", written: .null)
        cadence = Cadence(interval: interval)
        self.gitTimeout = gitTimeout
    }

    /// What the state remembers of a Sync, be it of whatever file.
    ///
    /// - Throws: `GitError` where its address is none.
    public init(remembered sync: Object, interval: Duration, gitTimeout: Duration) throws {
        self.init(try SyncOptions(of: sync), interval: interval, gitTimeout: gitTimeout)
        // Whose repository its parent follows, only the parent's file says.
        mayUseAgent = ChildDefinition(of: sync) == nil || !options.isOfFile
    }

    /// How often a remote is asked where neither an interval nor a schedule is named.
    public static let defaultInterval = Duration.seconds(30)
    /// How long a sync waits for rest where nothing is said; the engine goes on afterwards, and a later poll reports the rest.
    public static let defaultPatience = Duration.seconds(10)
}

extension SyncDefinition {
    /// Whether two of them say the same, secrets' places among it.
    public func isSame(as other: SyncDefinition) -> Bool {
        written == other.written && child?.parent == other.child?.parent && options.isSameSource(as: other.options)
            && credentials?.sources == other.credentials?.sources
            && credentials?.prefixes == other.credentials?.prefixes
            && reportSecrets?.sources == other.reportSecrets?.sources
            && webhook?.secret.sources == other.webhook?.secret.sources
    }
}
