internal import CLibGit2
internal import Dispatch
internal import Glibc

/// A conversation with a remote over HTTP(S) or SSH: one connection asks, and then fetches or pushes.
///
/// Lives on its mirror's thread, for one call. Its deadline counts from the moment it is made.
final class Connection: Remote {
    /// What the remote advertises.
    private struct Head {
        let name: String
        let id: ObjectID
        let symbolicTarget: String?
    }

    private let url: RemoteURL
    private let timeout: Duration
    private let exchange: Exchange
    private let watchdog: any DispatchSourceTimer
    private let session: Session
    private let direction: git_direction
    /// What libgit2 negotiates with and downloads into; nil until the mirror exists.
    private var repository: Repository?
    private var remote: Handle
    private var heads: [Head] = []

    /// Connects, and reads what the remote advertises.
    init(
        _ url: RemoteURL,
        credentials: Credentials,
        timeout: Duration,
        repository: Repository?,
        toPush: Bool
    ) throws(GitError) {
        let doing = toPush ? "push to \(url)" : "fetch \(url)"
        try LibGit2.start()
        try LibGit2.requireLoaded(authorities: credentials.authoritiesFile, doing: doing)
        self.url = url
        self.timeout = timeout
        self.repository = repository
        session = try Session(url, credentials: credentials, doing: doing)
        direction = toPush ? GIT_DIRECTION_PUSH : GIT_DIRECTION_FETCH
        exchange = Exchange(timeout: timeout)
        remote = try Self.makeRemote(url, in: repository, doing: doing)
        watchdog = exchange.watch()
        session.exchange = exchange
        try connect()
    }

    deinit {
        exchange.run { _ = git_remote_disconnect(remote.pointer) }
        watchdog.cancel()
    }

    private static func makeRemote(_ url: RemoteURL, in repository: Repository?, doing: String) throws(GitError)
        -> Handle
    {
        let address = url.withoutCredentials
        return try Handle(doing, free: git_remote_free) {
            if let repository { return git_remote_create_anonymous(&$0, repository.pointer, address) }
            return git_remote_create_detached(&$0, address)
        }
    }

    private func connect() throws(GitError) {
        session.begin()
        var options = git_remote_connect_options()
        try check("connect to \(url)") {
            git_remote_connect_options_init(&options, UInt32(GIT_REMOTE_CONNECT_OPTIONS_VERSION))
        }
        options.callbacks = session.callbacks
        options.proxy_opts.type = GIT_PROXY_AUTO
        options.follow_redirects = session.redirects
        try call { [direction, remotePointer = remote.pointer, session] in
            session.withHeaders { headers in
                options.custom_headers = headers
                return git_remote_connect_ext(remotePointer, direction, &options)
            }
        }
        heads = try advertised()
    }

    private func advertised() throws(GitError) -> [Head] {
        var list: UnsafeMutablePointer<UnsafePointer<git_remote_head>?>?
        var count = 0
        try call { [remotePointer = remote.pointer] in git_remote_ls(&list, &count, remotePointer) }
        return (0..<count).compactMap { index in
            guard let head = list?[index]?.pointee else { return nil }
            return Head(
                name: String(cString: head.name),
                id: ObjectID(head.oid),
                symbolicTarget: head.symref_target.map { String(cString: $0) }
            )
        }
    }

    /// Runs one call to libgit2; its failure is told in the words of whoever knows most about it.
    private func call(_ body: () -> CInt) throws(GitError) {
        let code = exchange.run(body)
        guard code < 0 else { return }
        throw failure(GitError(libgit2: code, doing: session.doing))
    }

    private func failure(_ error: GitError) -> GitError {
        if exchange.isOver || exchange.connectError == ETIMEDOUT {
            let reason = "the remote did not finish within \(timeout); check the network, or allow more time"
            return error.with(kind: .timeout, reason: reason)
        }
        if let refusal = session.refusal { return refusal }
        if let code = exchange.connectError {
            let words = code == ENOENT ? error.reason : String(cString: strerror(code))
            return error.with(kind: .refused, reason: "\(words); check the address, and whether the server runs")
        }
        return session.explain(error)
    }
}

// MARK: - What the remote offers

extension Connection {
    func tip(of follow: Follow) throws(GitError) -> Tip {
        switch follow {
        case .head:
            guard let head = heads.first(where: { $0.name == "HEAD" }) else {
                let reason = "it has no commit on its default branch yet; push one, or name a branch"
                throw GitError(.notFound, doing: session.doing, reason: reason)
            }
            // A server too old to say which branch HEAD is leaves it at what both lead to.
            let reference =
                head.symbolicTarget ?? heads.first { $0.name.hasPrefix("refs/heads/") && $0.id == head.id }?.name
            return Tip(id: head.id, reference: reference ?? "HEAD")
        case .branch(let name):
            guard let id = try head(ofBranch: name) else { throw missing(follow, prefix: "refs/heads/") }
            return Tip(id: id, reference: "refs/heads/\(name)")
        case .tag(let name):
            guard let tip = tip(ofTag: "refs/tags/\(name)") else { throw missing(follow, prefix: "refs/tags/") }
            return tip
        case .versions(let range):
            let tag = try VersionTags(heads.map(\.name)).newest(in: range, doing: session.doing)
            guard let tip = tip(ofTag: tag) else { throw missing(follow, prefix: "refs/tags/") }
            return tip
        case .commit(let id):
            return Tip(id: id, reference: heads.first { $0.id == id && !$0.name.hasSuffix("^{}") }?.name)
        case .reference(let name):
            guard let head = heads.first(where: { $0.name == name }) else { throw missing(follow, prefix: "refs/") }
            return Tip(id: head.id, reference: name)
        }
    }

    func target(of reference: String) throws(GitError) -> ObjectID? { heads.first { $0.name == reference }?.id }

    private func tip(ofTag reference: String) -> Tip? {
        guard let tag = heads.first(where: { $0.name == reference }) else { return nil }
        // What an annotated tag leads to is advertised beside it.
        let peeled = heads.first { $0.name == "\(reference)^{}" }
        return Tip(id: peeled?.id ?? tag.id, reference: reference)
    }

    private func missing(_ follow: Follow, prefix: String) -> GitError {
        let names = heads.map(\.name).filter { !$0.hasSuffix("^{}") }
        return .missing(follow, prefix: prefix, among: names, doing: session.doing)
    }
}

// MARK: - Fetching and pushing

extension Connection {
    func bring(_ tip: Tip, into mirror: Repository) throws(GitError) {
        if repository !== mirror {
            // The mirror was made after we asked: libgit2 downloads only into the repository that a remote was made in.
            exchange.run { _ = git_remote_disconnect(remote.pointer) }
            remote = try Self.makeRemote(url, in: mirror, doing: session.doing)
            repository = mirror
            try connect()
        }
        if let reference = tip.reference {
            try download([reference])
        } else {
            // A commit cannot be asked for by its name everywhere: all that leads to it may.
            try download(
                heads.map(\.name).filter { name in
                    (name.hasPrefix("refs/heads/") || name.hasPrefix("refs/tags/")) && !name.hasSuffix("^{}")
                }
            )
        }
        try mirror.refresh()
        guard mirror.contains(tip.id) else {
            let reason = "commit \(tip.id.short) is on no branch and no tag of it"
            throw GitError(.notFound, doing: session.doing, reason: reason)
        }
    }

    private func download(_ references: [String]) throws(GitError) {
        var options = git_fetch_options()
        try check(session.doing) { git_fetch_options_init(&options, UInt32(GIT_FETCH_OPTIONS_VERSION)) }
        options.callbacks = session.callbacks
        options.proxy_opts.type = GIT_PROXY_AUTO
        options.follow_redirects = session.redirects
        options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE
        options.update_fetchhead = 0
        try call { [remotePointer = remote.pointer, session] in
            session.withHeaders { headers in
                options.custom_headers = headers
                return Self.withStrings(references) { git_remote_download(remotePointer, $0, &options) }
            }
        }
    }

    func push(_ commit: NewCommit, to reference: String, from mirror: Repository) throws(GitError) -> [String] {
        // What is sent along is where the remote said, when we connected, that the reference stands; and the server moves it
        // from there alone, also where that is no step forward. So it must have said what is expected.
        guard try target(of: reference) == commit.expected else {
            throw GitError(.moved, doing: session.doing, reason: "\(GitName.shown(reference)) stands elsewhere by now")
        }
        // libgit2 pushes references, not commits.
        let local = "refs/elafros/pushing"
        try mirror.setReference(local, to: commit.id)
        // A reference that stays behind is overwritten by the next push.
        defer { try? mirror.removeReference(local) }
        var options = git_push_options()
        try check(session.doing) { git_push_options_init(&options, UInt32(GIT_PUSH_OPTIONS_VERSION)) }
        options.callbacks = session.callbacks
        options.proxy_opts.type = GIT_PROXY_AUTO
        options.follow_redirects = session.redirects
        try call { [remotePointer = remote.pointer, session] in
            session.withHeaders { headers in
                options.custom_headers = headers
                return Self.withStrings(["\(commit.replacesHistory ? "+" : "")\(local):\(reference)"]) {
                    git_remote_upload(remotePointer, $0, &options)
                }
            }
        }
        if let words = session.rejection {
            // Some tell why beside their verdict, and not in it.
            let reason = session.withRemoteWords(words)
            throw GitError(Self.isMove(reason) ? .moved : .rejected, doing: session.doing, reason: reason)
        }
        return []
    }

    /// Whether a server's words mean that somebody else moved the branch while we built on it.
    private static func isMove(_ words: String) -> Bool {
        ["fetch first", "non-fast-forward", "stale info", "cannot lock ref", "already exists", "incorrect old value"]
            .contains { words.contains($0) }
    }

    /// Gives strings to C for the time of a call.
    private static func withStrings(_ strings: [String], _ body: (UnsafePointer<git_strarray>) -> CInt) -> CInt {
        var copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return copies.withUnsafeMutableBufferPointer { buffer in
            var array = git_strarray(strings: buffer.baseAddress, count: buffer.count)
            return body(&array)
        }
    }
}
