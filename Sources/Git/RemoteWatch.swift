/// Asks one remote where its references stand, for all who follow it at once. Downloads nothing, and needs no folder.
public actor RemoteWatch {
    /// What is asked.
    public nonisolated let remote: RemoteURL
    private let credentials: Credentials
    private let timeout: Duration
    private nonisolated let thread = GitThread()
    /// How often it was asked.
    public private(set) var exchanges = 0

    /// Runs the calls: a remote may take its time.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Nothing is asked yet.
    ///
    /// - Parameter timeout: how long one exchange may take, from the first byte to the last.
    public init(_ remote: RemoteURL, credentials: Credentials, timeout: Duration) {
        self.remote = remote
        self.credentials = credentials
        self.timeout = timeout
        LibGit2.register(authorities: credentials.authoritiesFile)
    }

    /// Where each of these stands, in one exchange: the commit, or why there is none.
    public func tips(of follows: Set<Follow>) throws(GitError) -> [Follow: Result<ObjectID, GitError>] {
        exchanges += 1
        let side: any Remote =
            switch remote.kind {
            case .path: try PathRemote(remote)
            case .http, .ssh:
                try Connection(remote, credentials: credentials, timeout: timeout, repository: nil, toPush: false)
            }
        var tips: [Follow: Result<ObjectID, GitError>] = [:]
        for follow in follows {
            do throws(GitError) {
                tips[follow] = .success(try side.tip(of: follow).id)
            } catch {
                // One that is not there is no reason not to tell of the others.
                guard error.kind == .notFound else { throw error }
                tips[follow] = .failure(error)
            }
        }
        return tips
    }
}
