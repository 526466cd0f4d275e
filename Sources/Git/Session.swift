internal import CLibGit2
internal import Glibc

/// What we answer while libgit2 talks to a remote: credentials, host keys, whether to go on; and what the remote said.
///
/// libgit2 holds a pointer to it for as long as its `Connection` lives, which owns it.
final class Session {
    let doing: String
    /// Set before the first call; says when to give up.
    var exchange: Exchange?
    /// Why we ended the conversation ourselves. Tells more than what libgit2 makes of it.
    private(set) var refusal: GitError?
    /// Why the remote declined to move the branch.
    private(set) var rejection: String?
    /// What the remote's hooks printed.
    private var remoteWords = ""
    private let url: RemoteURL
    private let credentials: Credentials
    private let http: Credentials.HTTP?
    private let knownHostsFile: String
    private var answers: [Answer] = []

    /// What is still to be tried when the remote asks who we are.
    private enum Answer {
        case password(user: String, password: String)
        case key(Credentials.SSHKey)
        case agent
    }

    init(_ url: RemoteURL, credentials: Credentials, doing: String) throws(GitError) {
        self.url = url
        self.credentials = credentials
        self.doing = doing
        knownHostsFile = credentials.knownHostsFile ?? HostKeys.defaultFile
        let written =
            url.password.map { Credentials.HTTP.password(user: url.user ?? "", password: $0) }
            ?? (url.kind == .http ? url.user.map { .token($0) } : nil)
        http = credentials.http ?? written
        guard url.kind == .ssh, let key = credentials.sshKey, access(key.file, R_OK) != 0 else { return }
        throw GitError(errno: errno, doing: "read the SSH key \(key.file)")
    }

    /// Begins a connection: everything may be tried anew.
    func begin() {
        refusal = nil
        switch (url.kind, http) {
        case (.http, .password(let user, let password)): answers = [.password(user: user, password: password)]
        // Any name will do beside a token; this one is GitHub's.
        case (.http, .token(let token)): answers = [.password(user: "x-access-token", password: token)]
        case (.http, _), (.path, _): answers = []
        case (.ssh, _):
            answers = credentials.sshKey.map { [.key($0)] } ?? []
            if credentials.usesAgent { answers.append(.agent) }
            if let password = url.password { answers.append(.password(user: url.user ?? "git", password: password)) }
        }
    }
}

// MARK: - For libgit2

extension Session {
    /// The callbacks, which point to this object.
    var callbacks: git_remote_callbacks {
        var callbacks = git_remote_callbacks()
        callbacks.version = UInt32(GIT_REMOTE_CALLBACKS_VERSION)
        callbacks.payload = Unmanaged.passUnretained(self).toOpaque()
        callbacks.credentials = { out, url, user, allowed, payload in
            Session.from(payload)?.answer(out, url: url, user: user, allowed: allowed) ?? -1
        }
        callbacks.certificate_check = { certificate, _, host, payload in
            Session.from(payload)?.check(certificate, host: host) ?? -1
        }
        callbacks.transfer_progress = { _, payload in Session.from(payload)?.exchange?.isOver == true ? -1 : 0 }
        callbacks.sideband_progress = { text, length, payload in
            if let text { Session.from(payload)?.note(UnsafeBufferPointer(start: text, count: Int(length))) }
            return 0
        }
        callbacks.push_update_reference = { _, status, payload in
            if let status { Session.from(payload)?.rejection = String(cString: status) }
            return 0
        }
        return callbacks
    }

    private static func from(_ payload: UnsafeMutableRawPointer?) -> Session? {
        payload.map { Unmanaged<Session>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Credentials are for the host that they were given with. libgit2 may carry them along, so with credentials no redirect
    /// to another host is followed.
    var redirects: git_remote_redirect_t { http == nil ? GIT_REMOTE_REDIRECT_INITIAL : GIT_REMOTE_REDIRECT_NONE }

    /// Gives the headers that go with each request, valid for the time of a call.
    func withHeaders(_ body: (git_strarray) -> CInt) -> CInt {
        guard url.kind == .http, case .bearer(let token) = http else { return body(git_strarray()) }
        // A line end would begin a header of the token's own.
        let clean = String(token.unicodeScalars.filter { $0.value > 0x20 && $0.value < 0x7f })
        var header = strdup("Authorization: Bearer \(clean)")
        defer { free(header) }
        return withUnsafeMutablePointer(to: &header) { body(git_strarray(strings: $0, count: 1)) }
    }

    private func note(_ text: UnsafeBufferPointer<CChar>) {
        // A few lines say why; a hostile remote does not fill our memory.
        guard remoteWords.utf8.count < 4096 else { return }
        remoteWords += String(decoding: text.lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

// MARK: - Who we are

extension Session {
    private func answer(
        _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_credential>?>?,
        url asked: UnsafePointer<CChar>?,
        user: UnsafePointer<CChar>?,
        allowed: UInt32
    ) -> CInt {
        // Whatever redirect brought libgit2 there: another host gets nothing.
        let address = asked.map { String(cString: $0) } ?? ""
        if let other = try? RemoteURL(address), other.host != url.host || !other.isEncrypted && url.isEncrypted {
            return refuse(.authentication, "\(other) asks for credentials that are meant for \(url)")
        }
        let name = user.map { String(cString: $0) } ?? url.user ?? "git"
        if allowed & GIT_CREDENTIAL_USERNAME.rawValue != 0 { return git_credential_username_new(out, name) }
        while !answers.isEmpty {
            let next = answers.removeFirst()
            switch next {
            case .password(let user, let password) where allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT.rawValue != 0:
                return git_credential_userpass_plaintext_new(out, user, password)
            case .key(let key) where allowed & GIT_CREDENTIAL_SSH_KEY.rawValue != 0:
                return git_credential_ssh_key_new(out, name, nil, key.file, key.passphrase)
            case .agent where allowed & GIT_CREDENTIAL_SSH_KEY.rawValue != 0:
                return git_credential_ssh_key_from_agent(out, name)
            default: continue
            }
        }
        return refuse(.authentication, denied)
    }

    private func refuse(_ kind: GitError.Kind, _ reason: String) -> CInt {
        refusal = GitError(kind, doing: doing, reason: reason)
        git_error_set_str(CInt(GIT_ERROR_CALLBACK.rawValue), reason)
        return kind == .hostKeyUnknown ? GIT_ECERTIFICATE.rawValue : GIT_EAUTH.rawValue
    }

    private var denied: String {
        switch url.kind {
        case .http where http == nil:
            return "the remote asks for credentials; give a token, or a user name and password"
        case .ssh where credentials.sshKey == nil && !credentials.usesAgent:
            return "the remote asks for a key; give a private key, or start an SSH agent"
        case .ssh:
            guard let key = credentials.sshKey, Self.isRSA(key.file) else {
                return "access denied; check that the remote knows the public key, and the key's passphrase"
            }
            return
                "access denied with the RSA key \(key.file): the SSH library at hand signs RSA with SHA-1 alone, which "
                + "servers refuse; make an ed25519 key (ssh-keygen -t ed25519) and have the remote know it"
        default: return "access denied; check the token, or the user name and password"
        }
    }

    /// Whether a private key is RSA, in the form of OpenSSL or of OpenSSH.
    private static func isRSA(_ file: String) -> Bool {
        guard let bytes = try? Folder.read(file, doing: "read the SSH key \(file)") else { return false }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        if lines.first?.contains("BEGIN RSA") == true { return true }
        let body = Base64.decode(lines.filter { !$0.hasPrefix("-----") }.joined()) ?? []
        return String(decoding: body.prefix(200), as: UTF8.self).contains("ssh-rsa")
    }
}

// MARK: - Who they are

extension Session {
    private func check(_ certificate: UnsafeMutablePointer<git_cert>?, host: UnsafePointer<CChar>?) -> CInt {
        guard let certificate, certificate.pointee.cert_type == GIT_CERT_HOSTKEY_LIBSSH2 else {
            // TLS: libgit2 has already checked the chain and the name; its verdict stands.
            return GIT_PASSTHROUGH.rawValue
        }
        return UnsafeMutableRawPointer(certificate).withMemoryRebound(to: git_cert_hostkey.self, capacity: 1) {
            check($0.pointee)
        }
    }

    private func check(_ hostKey: git_cert_hostkey) -> CInt {
        guard hostKey.type.rawValue & GIT_CERT_SSH_RAW.rawValue != 0, let start = hostKey.hostkey else {
            return refuse(.hostKeyUnknown, "the remote showed no host key")
        }
        let key = Array(UnsafeRawBufferPointer(start: start, count: hostKey.hostkey_len))
        let port = url.port ?? 22
        let type = Self.type(of: key)
        let shown = "\(type) SHA256:\(withUnsafeBytes(of: hostKey.hash_sha256) { Base64.encode($0) })"
        switch HostKeys(HostKeys.text(of: knownHostsFile)).verdict(host: url.host, port: port, key: key) {
        case .known: return 0
        case .revoked:
            return refuse(.hostKeyUnknown, "the host key \(shown) is marked as revoked in \(knownHostsFile)")
        case .different(let types) where types.contains(type):
            let reason =
                "the host key is \(shown), not the one in \(knownHostsFile): someone may be listening in, or the "
                + "host has a new key; ask who runs it before you replace the line"
            return refuse(.hostKeyUnknown, reason)
        case .different, .unknown:
            // Keys of another type do not help: libgit2 asks hosts for the type that it finds in ~/.ssh/known_hosts, whatever
            // file is ours. ssh-keyscan adds all types.
            let scan = "ssh-keyscan\(port == 22 ? "" : " -p \(port)") \(url.host) >> \(knownHostsFile)"
            let reason =
                "the host key \(shown) is not in \(knownHostsFile); compare it with what the host publishes, then "
                + "add it: \(scan)"
            return refuse(.hostKeyUnknown, reason)
        }
    }

    /// The type that a key begins with, as `ssh-ed25519`.
    private static func type(of key: [UInt8]) -> String {
        let length = key.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        return String(decoding: key.dropFirst(4).prefix(min(length, 64)), as: UTF8.self)
    }
}

// MARK: - What went wrong

extension Session {
    /// Makes of libgit2's words what they mean here.
    func explain(_ error: GitError) -> GitError {
        let words = error.reason
        func says(_ parts: String...) -> Bool { parts.contains { words.contains($0) } }

        if says("status code: 404", "does not appear to be a git repository", "epository not found") {
            return error.with(
                kind: .notFound,
                reason: "there is no such repository; check the address, and access to it"
            )
        }
        if says("status code: 401", "status code: 403", "authentication replays") {
            return error.with(kind: .authentication, reason: denied)
        }
        if says("redirect") {
            let reason = "\(words): credentials are not sent to another host; use that address"
            return error.with(kind: .authentication, reason: reason)
        }
        if error.kind == .authentication, says("certificate", "SSL", "ssl", "X.509", "x509") {
            let reason = "\(words); if the certificate is from an authority of your own, give its file"
            return error.with(reason: reason)
        }
        if url.kind == .ssh, error.kind == .authentication || says("authenticat", "public key") {
            return error.with(kind: .authentication, reason: "\(denied) (\(words))")
        }
        if says("error parsing REF pkt-line", "invalid object format", "objectformat") {
            let reason =
                "\(words); it may be a shallow clone, or name objects by SHA-256: serve a full SHA-1 repository"
            return error.with(kind: .other, reason: reason)
        }
        if says(
            "unexpectedly closed",
            "early EOF",
            "SSH could not read",
            "unexpected EOF",
            "ended at an unexpected time"
        ) {
            return error.with(kind: .refused, reason: withRemoteWords("the remote ended the conversation: \(words)"))
        }
        return error.with(reason: withRemoteWords(words))
    }

    /// A reason, and what the remote's hooks had to say about it.
    func withRemoteWords(_ reason: String) -> String {
        let said = remoteWords.split(whereSeparator: \.isNewline).map { $0.drop(while: \.isWhitespace) }
            .filter { !$0.isEmpty && !Self.isProgress($0) }.suffix(5).joined(separator: "; ")
        return said.isEmpty ? reason : "\(reason) (remote: \(said))"
    }

    /// Whether a line only tells how far git has come.
    private static func isProgress(_ line: Substring) -> Bool {
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count == 3 else { return false }
        if words[0] == "Total" { return words[1].allSatisfy(\.isNumber) }
        let doings = ["Enumerating", "Counting", "Compressing", "Receiving", "Resolving", "Unpacking", "Checking"]
        return doings.contains { $0 == words[0] } && words[1].hasSuffix(":")
    }
}
