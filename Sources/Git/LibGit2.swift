internal import CLibGit2
internal import Glibc
internal import Synchronization

/// libgit2's state for the whole process: started when a repository is first needed, since that costs 4 to 6 ms.
enum LibGit2 {
    private struct Global {
        var isStarted = false
        var authorities: [String] = []
        /// What was added to the system's authorities at the start.
        var loadedAuthorities: [String] = []
    }

    private static let global = Mutex(Global())

    /// Notes a file of certificate authorities that the start is to load.
    static func register(authorities file: String?) {
        guard let file else { return }
        global.withLock { if !$0.authorities.contains(file) { $0.authorities.append(file) } }
    }

    /// Starts libgit2 if nobody did before.
    static func start() throws(GitError) {
        try global.withLock { state throws(GitError) in
            guard !state.isStarted else { return }
            try check("start libgit2") { git_libgit2_init() }
            try configure()
            if !state.authorities.isEmpty || !findsSystemBundle {
                try load(authorities: state.authorities)
                state.loadedAuthorities = state.authorities
            }
            try SocketStream.register()
            state.isStarted = true
        }
    }

    /// Throws unless `file` was loaded at the start.
    static func requireLoaded(authorities file: String?, doing: String) throws(GitError) {
        guard let file, !global.withLock({ $0.loadedAuthorities.contains(file) }) else { return }
        throw GitError(
            .other,
            doing: doing,
            reason: "the certificate authorities in \(file) came after git was first used; restart to load them"
        )
    }

    private static func configure() throws(GitError) {
        let doing = "configure libgit2"
        // No configuration of the machine or of a user: what a sync does must not depend on who runs it.
        let levels = [
            GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL,
        ]
        for level in levels { try check(doing) { elafros_git_set_search_path(level.rawValue, "") } }
        // Containers mount repositories of other owners. libgit2 runs neither hooks nor commands out of a repository's
        // configuration, which is what the check protects git from.
        try check(doing) { elafros_git_set_flag(CInt(GIT_OPT_SET_OWNER_VALIDATION.rawValue), 0) }
        // We write trees whose entries we have just written; looking each one up again costs more than writing it.
        try check(doing) { elafros_git_set_flag(CInt(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION.rawValue), 0) }
        try check(doing) { elafros_git_set_cache_size(32 << 20) }
    }

    /// Where Debian, Red Hat, SUSE and Alpine keep the system's authorities.
    private static let systemBundles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ]

    /// Whether libgit2 loads the system's authorities by itself: it looks in the first place alone, where the system that it
    /// was built on has them. The release runs on the others too.
    private static var findsSystemBundle: Bool { access(systemBundles[0], R_OK) == 0 }

    private static func load(authorities files: [String]) throws(GitError) {
        var bundle: [UInt8] = []
        if let system = systemBundles.first(where: { access($0, R_OK) == 0 }) {
            bundle += try Folder.read(system, doing: "read the system's certificate authorities")
        }
        // None at all: each TLS remote is refused then, and others work.
        guard !bundle.isEmpty || !files.isEmpty else { return }
        for file in files {
            bundle.append(UInt8(ascii: "\n"))
            bundle += try Folder.read(file, doing: "read the certificate authorities in \(file)")
        }
        // libgit2 reads a file and has no way to take bytes: the joined bundle lives for as long as the call.
        let joined = try Folder.writeTemporary(bundle, doing: "join certificate authorities")
        defer { unlink(joined) }
        try check("load certificate authorities from \(files.joined(separator: ", "))") {
            elafros_git_set_certificates(joined)
        }
    }
}
