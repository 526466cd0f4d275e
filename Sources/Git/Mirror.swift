internal import Glibc

/// A copy of a remote without a work tree, kept in a folder: what is followed is fetched into it and read out of it.
///
/// Nothing of the repository reaches the disk but git's own objects, so no link and no `..` in it leads anywhere. The folder
/// may be thrown away at any time: a mirror that is missing, damaged, cut off in the middle, or of another remote is made
/// anew by the next fetch. Calls run one after the other on a thread of the mirror's own.
public actor Mirror {
    /// The folder; created when first needed. Two mirrors must not share one.
    public nonisolated let folder: String
    /// What is mirrored.
    public nonisolated let remote: RemoteURL
    /// How long one exchange with the remote may take, from the first byte to the last.
    public nonisolated let timeout: Duration
    let credentials: Credentials
    /// A mirror of the same remote whose objects need not be fetched again.
    let lender: String?
    /// What stands between this and the remote, in the simulation alone.
    private let fault: RemoteFault?
    private nonisolated let thread = GitThread()
    private var repository: Repository?
    /// Which file the open repository's HEAD is.
    private var identity: Folder.Identity?
    /// What repositories that are closed by now have read, and all exchanges.
    private var pastCounters = GitCounters()

    /// Runs the mirror's calls.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Creates a mirror; nothing is read or written before the first call.
    public init(folder: String, remote: RemoteURL, credentials: Credentials, timeout: Duration) {
        self.init(folder: folder, remote: remote, credentials: credentials, timeout: timeout, fault: nil)
    }

    /// Creates a mirror that is thrown away soon. It copies nothing that is on this disk already: it reads the objects of a
    /// remote that is a path where they are, and those of another mirror of the same remote, which must stay as long.
    ///
    /// - Parameter lender: the other mirror's folder, or nil; one that is not there is no reason to fail.
    public init(
        passing folder: String,
        remote: RemoteURL,
        credentials: Credentials,
        timeout: Duration,
        borrowingFrom lender: String?
    ) {
        self.init(
            folder: folder,
            remote: remote,
            credentials: credentials,
            timeout: timeout,
            lender: lender ?? "",
            fault: nil
        )
    }

    /// A mirror whose remote fails when it is told to: for the simulation.
    package init(
        folder: String,
        remote: RemoteURL,
        credentials: Credentials,
        timeout: Duration,
        lender: String? = nil,
        fault: RemoteFault?
    ) {
        self.lender = lender
        self.fault = fault
        self.folder = folder
        self.remote = remote
        self.credentials = credentials
        self.timeout = timeout
        LibGit2.register(authorities: credentials.authoritiesFile)
    }

    /// What was read, and how often the remote was asked, since the mirror was created.
    public var counters: GitCounters { pastCounters + (repository?.counters ?? GitCounters()) }
}

// MARK: - Fetching

extension Mirror {
    /// Asks the remote where `follow` stands, and fetches it if the mirror does not have it.
    ///
    /// - Parameter known: the commit that the caller has carried through. If the remote still stands there, nothing is
    ///   downloaded and no tree is read.
    public func fetch(_ follow: Follow, known: ObjectID?) throws(GitError) -> Fetched {
        let existed = usable() != nil
        do throws(GitError) {
            return try fetchOnce(follow, known: known)
        } catch  where error.kind == .damaged && existed {
            // The mirror is marked by now: this makes it anew.
            return try fetchOnce(follow, known: known)
        }
    }

    /// What ``fetch(_:known:)`` finds where the followed branch of a repository on this disk did not move, and nothing else
    /// needs to be known: libgit2 is not started, and neither repository opened. Nil where that takes a closer look.
    ///
    /// Whether what the mirror holds can be read is not looked at: a fetch does that, and has to come before any reading.
    public func unmoved(_ follow: Follow, known: ObjectID?) -> Fetched? {
        guard let known, remote.kind == .path, fault == nil, let files = ReferenceFiles(at: remote.path) else {
            return nil
        }
        let branch: String?
        switch follow {
        case .head: branch = files.headBranch
        case .branch(let name): branch = name
        case .tag, .versions, .commit, .reference: branch = nil
        }
        guard let branch, files["refs/heads/\(branch)"] == known, isWhole,
            ReferenceFiles(bare: folder)[Self.followed] == known
        else { return nil }
        pastCounters.exchanges += 1
        return Fetched(commit: known, isNew: false, rewroteHistory: false, rebuiltMirror: false, branchName: branch)
    }

    private func fetchOnce(_ follow: Follow, known: ObjectID?) throws(GitError) -> Fetched {
        let here = usable()
        if case .commit(let id) = follow, let here, here.hasCommit(id) {
            return Fetched(
                commit: id,
                isNew: id != known,
                rewroteHistory: false,
                rebuiltMirror: false,
                branchName: nil
            )
        }
        let side = try connect()
        let tip = try side.tip(of: follow)
        let (mirror, wasRebuilt) = try bring(tip, from: side, into: here)
        let commit = try mirror.peeled(tip.id)
        guard mirror.hasCommit(commit) else {
            throw damaged("fetch \(remote)", "the remote did not send commit \(commit.short) whole")
        }
        if try mirror.reference(Self.followed) != commit { try mirror.setReference(Self.followed, to: commit) }
        return Fetched(
            commit: commit,
            isNew: commit != known,
            rewroteHistory: follow.canBeRewritten && known.map { !mirror.isAncestor($0, of: commit) } ?? false,
            rebuiltMirror: wasRebuilt,
            branchName: tip.branchName
        )
    }

    /// Whether an address leads to the repository that this mirrors. Two paths do where the same repository is opened at
    /// both: with or without `.git`, or by a link.
    public func isOf(_ address: String) -> Bool {
        if address == remote.withoutCredentials { return true }
        // What is no address, or leads nowhere, does not lead here.
        guard remote.kind == .path, let other = try? RemoteURL(address), other.kind == .path,
            let own = try? PathRemote(remote).folder, let theirs = try? PathRemote(other).folder
        else { return false }
        return own == theirs
    }

    /// Where a branch of the remote stands, or nil if there is none of that name. Downloads nothing.
    public func head(ofRemoteBranch name: String) throws(GitError) -> ObjectID? {
        try connect().head(ofBranch: name)
    }

    /// Fetches a branch beside the one that is followed, and returns where it stands, or nil if there is none of that name.
    public func fetchBranch(_ name: String) throws(GitError) -> ObjectID? {
        let side = try connect()
        guard let id = try side.head(ofBranch: name) else { return nil }
        _ = try fetch("refs/heads/\(name)", at: id, from: side)
        return id
    }

    /// Fetches a reference beside the one that is followed, from a remote where it stands at `id`.
    func fetch(_ reference: String, at id: ObjectID, from side: any Remote) throws(GitError) -> Repository {
        let tip = Tip(id: id, reference: reference)
        let (mirror, _) = try bring(tip, from: side, into: usable())
        guard mirror.hasCommit(id) else {
            throw damaged("fetch \(remote)", "the remote did not send commit \(id.short) whole")
        }
        try mirror.setReference(Self.copy(of: reference), to: id)
        return mirror
    }

    func connect(toPush: Bool = false) throws(GitError) -> any Remote {
        pastCounters.exchanges += 1
        switch remote.kind {
        case .path:
            let path = try PathRemote(remote)
            return fault.map { FaultyRemote(inner: path, fault: $0) } ?? path
        case .http, .ssh:
            return try Connection(
                remote,
                credentials: credentials,
                timeout: timeout,
                repository: usable(),
                toPush: toPush
            )
        }
    }

    /// Brings a tip into the mirror, which is made anew if there is none that can be used.
    private func bring(
        _ tip: Tip,
        from side: any Remote,
        into here: Repository?
    ) throws(GitError) -> (mirror: Repository, wasRebuilt: Bool) {
        if let here {
            if here.hasCommit(tip.id) { return (here, false) }
            do throws(GitError) {
                try side.bring(tip, into: here)
                return (here, false)
            } catch  where error.kind == .damaged {
                // What the new objects build upon is broken. Starting over takes another exchange.
                markDamaged()
                throw error
            }
        }
        let existed = Folder.exists(folder)
        let mirror = try createAnew()
        do throws(GitError) {
            try side.bring(tip, into: mirror)
        } catch {
            // Without a half-made mirror the next fetch is a first one; if it stays, its marker tells.
            close()
            try? discard("remove \(folder)")
            throw error
        }
        unlink("\(folder)/\(Self.incomplete)")
        return (mirror, existed)
    }
}

extension Follow {
    /// Only a branch has a history that somebody might rewrite: a tag is meant to be moved, the newest of some
    /// may be on any branch, a commit cannot move.
    fileprivate var canBeRewritten: Bool {
        switch self {
        case .head, .branch, .reference: true
        case .tag, .versions, .commit: false
        }
    }
}

// MARK: - The folder

extension Mirror {
    static let followed = "refs/elafros/followed"

    private static let borrowed = "refs/elafros/borrowed"

    /// Where the mirror keeps a reference of the remote: `refs/elafros/heads/status` for the branch `status`.
    static func copy(of reference: String) -> String { "refs/elafros/\(reference.dropFirst("refs/".count))" }

    /// A file that stands in the folder for as long as the mirror is not whole.
    private static let incomplete = "incomplete"
    /// The file with the address of what is mirrored.
    private static let address = "elafros-remote"

    /// The repository, if it is there, whole, and of this remote.
    func usable() -> Repository? {
        let found = Folder.identity(of: "\(folder)/HEAD")
        if let repository {
            if found == identity { return repository }
            // The folder was thrown away, or made anew by somebody else, while we had it open.
            close()
        }
        guard found != nil, isWhole,
            let opened = try? Repository(openingBare: folder, doing: "open the mirror"),
            // libgit2 leaves references that it cannot read out of the list: the one that matters is read by name.
            opened.canRead(Self.followed),
            // A mirror without references has never been fetched into.
            let tips = try? opened.tips(), !tips.isEmpty, tips.allSatisfy({ opened.hasCommit($0) })
        else { return nil }
        repository = opened
        identity = found
        return opened
    }

    /// Whether the folder says that it holds all of a mirror, and one of this remote.
    private var isWhole: Bool {
        // A file that cannot be read is as good as one of another remote: the mirror is made anew.
        guard !Folder.exists("\(folder)/\(Self.incomplete)"),
            let address = try? Folder.read("\(folder)/\(Self.address)", doing: "read the mirror's address")
        else { return false }
        return address.elementsEqual(remote.withoutCredentials.utf8)
    }

    /// Removes what is in the folder and creates an empty mirror, marked as incomplete.
    ///
    /// Both happen beside the folder, which takes or loses its name in one step: a run that is killed in between leaves no
    /// folder of which nobody knows any more whose it is.
    private func createAnew() throws(GitError) -> Repository {
        let doing = "create the mirror \(folder)"
        close()
        if !Folder.names(in: folder).isEmpty {
            // Someone else's folder is not ours to empty.
            guard Folder.exists("\(folder)/\(Self.address)") || Folder.exists("\(folder)/\(Self.incomplete)") else {
                throw GitError(
                    .other,
                    doing: doing,
                    reason: "the folder holds something else; empty it or name another"
                )
            }
            try discard(doing)
        }
        let new = "\(folder).new"
        try Folder.remove(new, doing: doing)
        try Folder.create(new, doing: doing)
        try Folder.write([], to: "\(new)/\(Self.incomplete)", doing: doing)
        try Folder.write(Array(remote.withoutCredentials.utf8), to: "\(new)/\(Self.address)", doing: doing)
        let made = try Repository(creating: new, doing: doing)
        let borrowed = try borrow(for: made, doing: doing)
        try Folder.rename(new, to: folder, doing: doing)
        let created = try Repository(openingBare: folder, doing: doing)
        // What it has of the history by that, the remote need not send: it is asked for what leads on from there.
        if let borrowed, created.hasCommit(borrowed) { try created.setReference(Self.borrowed, to: borrowed) }
        repository = created
        identity = Folder.identity(of: "\(folder)/HEAD")
        return created
    }

    /// Has a new mirror find objects where they are already.
    ///
    /// - Returns: the commit that the lender followed, if there is one.
    private func borrow(for mirror: Repository, doing: String) throws(GitError) -> ObjectID? {
        guard let lender else { return nil }
        var places: [String] = []
        if remote.kind == .path { places.append(try PathRemote(remote).objectsFolder) }
        // A lender is a help, not a need.
        let lent = lender.isEmpty ? nil : try? Repository(openingBare: lender, doing: doing)
        if let lent { places.append(lent.objectsFolder) }
        let text = places.joined(separator: "\n") + "\n"
        try Folder.write(Array(text.utf8), to: "\(mirror.objectsFolder)/info/alternates", doing: doing)
        return try lent?.reference(Self.followed)
    }

    /// Removes the folder and all in it.
    private func discard(_ doing: String) throws(GitError) {
        let old = "\(folder).old"
        try Folder.remove(old, doing: doing)
        try Folder.rename(folder, to: old, doing: doing)
        try Folder.remove(old, doing: doing)
    }

    /// Has the next fetch make the mirror anew.
    func markDamaged() {
        close()
        // If even this cannot be written, the next fetch still checks what it finds.
        try? Folder.write([], to: "\(folder)/\(Self.incomplete)", doing: "mark the mirror as damaged")
    }

    private func damaged(_ doing: String, _ reason: String) -> GitError {
        markDamaged()
        return GitError(.damaged, doing: doing, reason: reason)
    }

    private func close() {
        pastCounters = counters
        repository = nil
    }

    /// Lets go of what is open until it is asked for again: for whoever keeps many mirrors and uses each now and then.
    public func rest() { close() }

    /// Throws a mirror's folder away, and with it all that was fetched; the mirror is of no use from then on.
    public static func remove(folder: String) throws(GitError) {
        try Folder.remove(folder, doing: "remove \(folder)")
    }

    /// A repository to write into: the mirror, or an empty one if nothing was fetched yet.
    func usableOrNew() throws(GitError) -> Repository {
        if let repository = usable() { return repository }
        let created = try createAnew()
        unlink("\(folder)/\(Self.incomplete)")
        return created
    }
}
