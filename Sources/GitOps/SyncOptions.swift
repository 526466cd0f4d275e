public import Git
public import Resources
public import YAML

/// What one sync follows, how far it may go, and how long it may take.
public struct SyncOptions: Sendable {
    /// The Sync's name: its identity, and the owner of all that it applies.
    public var name: String
    /// Where the repository is.
    public var remote: RemoteURL
    /// Which branch, tag, range of versions or commit of it.
    public var follow: Follow
    /// The folder of it that holds the manifests; empty for all of it.
    public var path: String
    /// Which files below `path` are manifests, as lines of an ignore file name them: `apps/`, `*.yaml`; none for all of
    /// them.
    public var include: [String]
    /// Which of those are left out. What falls out is pruned like a file that was deleted.
    public var exclude: [String]
    /// The namespace of manifests that name none.
    public var defaultNamespace: String
    /// Whether a file names the Sync, and not the command line: then no secret of the environment is its.
    public var isOfFile = false
    /// The suffix of hosts; nil keeps the one that the state has, or the usual one.
    public var domain: String?
    /// What `Ready` says of work in progress; nil keeps what the state has, or `False`.
    public var inProgress: Condition.Status?
    /// How many Revisions are kept that nothing leads to; nil keeps what the state has, or 20.
    public var keptRevisions: KeptRevisions?
    /// The namespaces that may be touched; nil for all. A manifest of any other is held back, and what is live there stays.
    public var namespaces: [String]?
    /// The kinds of which objects from git may be; nil for all. What is made of them may be of any.
    public var kinds: [Kind]?
    /// Whether what git no longer names is deleted. Else it stays, known as an orphan, until this is true again: then it
    /// goes, unless a guard refuses.
    public var prunes: Bool
    /// What becomes of objects that people changed by hand.
    public var drift: DriftPolicy
    /// Fields that are not git's: what people do to them is no drift, and git's value counts when the object is created.
    public var ignoreDifferences: [IgnoredDifference]
    /// Whether one error holds back everything.
    public var isAtomic: Bool
    /// Whether a tree that names no object of ours may prune all that was there.
    public var allowsEmpty: Bool
    /// How many percent of the Sync's objects may be pruned at once; fewer than 5 objects always may.
    public var maxPrunePercent: Int
    /// Whether a Sync, or a report branch, that belongs to something else is taken over.
    public var adopts: Bool
    /// The folder into which reports are written.
    public var reportDirectory: String?
    /// The branch of the remote to which reports are pushed.
    public var reportBranch: String?
    /// Whether the note on the commit that was applied, in `refs/notes/elafros` of the remote, tells what it came to.
    public var reportNotes = false
    /// How many commits the report branch keeps at least: with twice as many, the older ones go. Nil keeps all.
    public var reportKeep: Int?
    /// What signs the commits of reports and notes, and whose signatures on a report are believed.
    public var reportSigning = CommitSigning()
    /// The fingerprint of the key that signs them, where the key itself is not at hand: then nothing is pushed unsigned.
    public var reportSigner: String?
    /// Whether a report branch whose last commit nobody signed who is believed is neither read nor built upon.
    public var verifiesReport = false
    /// Whether nothing is to be written: what would happen is worked out on a copy of the state.
    public var isDryRun: Bool
    /// What is waited for.
    public var wait: Wait
    /// How long rest is waited for.
    public var timeout: Duration
    /// How large a file may be.
    public var limits: Limits

    /// How many Revisions are kept to which nothing leads any more.
    public enum KeptRevisions: Hashable, Sendable {
        /// So many of the newest whatever their age; older ones go in time.
        case newest(Int)
        /// All of them, for ever.
        case all
    }

    /// What a sync waits for after its transaction is on disk.
    public enum Wait: String, Sendable, CaseIterable {
        /// One drain of the work that is due at once.
        case applied
        /// Rest, or the timeout; a rollout that is on its way as planned is as good as ready.
        case progressing
        /// Rest, or the timeout; what is not ready then is a failure.
        case ready
    }

    /// Options with the usual values; the name defaults to one made from address and path.
    public init(remote: RemoteURL, follow: Follow = .head, path: String = "", name: String? = nil) {
        self.remote = remote
        self.follow = follow
        self.path = Self.normalized(path)
        self.name = name ?? Self.defaultName(remote, path: self.path)
        (include, exclude) = ([], [])
        defaultNamespace = "default"
        prunes = true
        drift = .heal
        ignoreDifferences = []
        isAtomic = false
        allowsEmpty = false
        maxPrunePercent = 50
        adopts = false
        isDryRun = false
        wait = .progressing
        timeout = .seconds(300)
        limits = .default
    }

    /// A folder of the repository as it is kept: `apps/live` for `./apps//live/`, and nothing for all of it.
    static func normalized(_ path: String) -> String {
        path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    /// `acme-shop` for the repository, `acme-shop-deploy-live` for its folder `deploy/live`; at most 63 characters.
    public static func defaultName(_ remote: RemoteURL, path: String) -> String {
        var name = remote.defaultName
        for byte in path.isEmpty ? "" : "-" + path.lowercased() {
            let isWord = byte.isASCII && (byte.isLetter || byte.isNumber)
            if isWord { name.append(byte) } else if !name.hasSuffix("-") { name.append("-") }
        }
        name = String(name.prefix(63))
        while name.hasSuffix("-") { name.removeLast() }
        return name
    }
}
