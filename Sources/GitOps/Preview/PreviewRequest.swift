public import Engine
public import Git
public import Resources
public import Store

/// What somebody wants to know before a merge.
public struct PreviewRequest: Sendable {
    /// The Sync that the preview is for, with the guards and limits that it will sync with.
    ///
    /// What it follows, its folder, namespace and settings count only where there is no such Sync yet.
    public var options: SyncOptions
    /// What was said of the Sync, and has to be so where it is there.
    public var asked = Asked()
    /// Whether `options.name` was chosen, so that no other Sync is meant; else the repository and its branch decide.
    public var isNamed: Bool
    /// The branch that is merged into; nil for the one that the Sync follows.
    public var base: Follow?
    /// What is merged.
    public var head: Head
    /// The merge as somebody else made it, as a forge does; nil to make it here.
    public var merged: Follow?
    /// The instant at which the merge is synced; nil for now.
    public var at: Instant?
    /// How long a new Revision takes to become ready; nil for what whoever carries out the state does by itself: at once.
    public var readyAfter: Duration?
    /// What becomes of every Build; nil for no builder, so that Builds wait.
    public var builds: SimulatedBuilder.Outcome?

    /// What was said of a Sync; nil for what was not.
    public struct Asked: Hashable, Sendable {
        /// The folder that it is limited to.
        public var path: String?
        /// The namespace of manifests that name none.
        public var namespace: String?
        /// The suffix of hosts.
        public var domain: String?

        /// Nothing was said.
        public init() {}
    }

    /// What is merged.
    public enum Head: Hashable, Sendable {
        /// A branch, a commit or any other reference of the remote.
        case remote(Follow)
        /// The files of the work tree as they stand on the disk; the remote has to be its path.
        case workTree
    }

    /// A request with nothing chosen but what has to be.
    public init(_ options: SyncOptions, isNamed: Bool, head: Head) {
        self.options = options
        self.isNamed = isNamed
        self.head = head
    }
}

/// Where a preview finds the state that it forks.
public enum LiveState: Sendable {
    /// A state at this moment.
    ///
    /// - Parameters:
    ///   - isDriven: whether somebody carries it on all the time, so that its rollouts have gone on by the instant of the
    ///     merge.
    case state(State, isDriven: Bool)
    /// What the report in a branch of the remote tells of.
    case report(branch: String)
}

/// Why there is nothing to show.
public struct PreviewError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The sentence: what is wrong, and what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}
