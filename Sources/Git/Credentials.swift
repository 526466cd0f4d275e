internal import Glibc

/// How one gets into a remote.
///
/// All of it is optional: what a remote does not ask for is not sent. Nothing here is ever printed, and none of it follows
/// a redirect to another address.
public struct Credentials: Hashable, Sendable {
    /// What is answered to an HTTP remote that asks who we are.
    public enum HTTP: Hashable, Sendable {
        /// Basic authentication.
        case password(user: String, password: String)
        /// An access token of a forge, sent as the password of basic authentication: every forge takes that, whatever the
        /// user's name.
        case token(String)
        /// `Authorization: Bearer`, sent with the first request, because libgit2 does not know the challenge for it.
        case bearer(String)
    }

    /// A private key in a file.
    public struct SSHKey: Hashable, Sendable {
        /// The private key. Ed25519 or ECDSA: libssh2 1.10 signs RSA with SHA-1 alone, which servers of today refuse.
        public var file: String
        /// What the key is encrypted with, if it is.
        public var passphrase: String?

        /// Creates a key.
        public init(file: String, passphrase: String? = nil) {
            self.file = file
            self.passphrase = passphrase
        }
    }

    /// What is answered over HTTP. Wins over a user and password in the address.
    public var http: HTTP?
    /// A PEM file of certificate authorities, beside those of the system.
    ///
    /// libgit2 keeps one list for the whole process: the files of all mirrors that were created before the first exchange are
    /// joined; one that comes later is refused.
    public var authoritiesFile: String?
    /// The key for SSH. Without one the agent is asked.
    public var sshKey: SSHKey?
    /// Whether keys of the SSH agent (`SSH_AUTH_SOCK`) may be used.
    public var usesAgent: Bool
    /// The file of known host keys; nil is `~/.ssh/known_hosts`.
    public var knownHostsFile: String?

    /// Creates credentials.
    public init(
        http: HTTP? = nil,
        authoritiesFile: String? = nil,
        sshKey: SSHKey? = nil,
        usesAgent: Bool = false,
        knownHostsFile: String? = nil
    ) {
        self.http = http
        self.authoritiesFile = authoritiesFile
        self.sshKey = sshKey
        self.usesAgent = usesAgent
        self.knownHostsFile = knownHostsFile
    }

    /// Reads `ELAFROS_GIT_USERNAME` and `ELAFROS_GIT_PASSWORD`, `ELAFROS_GIT_TOKEN` (with a user name: its password),
    /// `ELAFROS_GIT_CA_FILE`, `ELAFROS_GIT_SSH_KEY`, `ELAFROS_GIT_SSH_KEY_PASSPHRASE`, `ELAFROS_GIT_KNOWN_HOSTS` and
    /// `SSH_AUTH_SOCK`. Empty counts as not set.
    public static func fromEnvironment(_ environment: [String: String]) -> Credentials {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

        var credentials = Credentials(usesAgent: value("SSH_AUTH_SOCK") != nil)
        let user = value("ELAFROS_GIT_USERNAME")
        if let token = value("ELAFROS_GIT_TOKEN") {
            credentials.http = user.map { .password(user: $0, password: token) } ?? .token(token)
        } else if let user {
            credentials.http = .password(user: user, password: value("ELAFROS_GIT_PASSWORD") ?? "")
        }
        credentials.authoritiesFile = value("ELAFROS_GIT_CA_FILE")
        credentials.sshKey = value("ELAFROS_GIT_SSH_KEY").map {
            SSHKey(file: $0, passphrase: value("ELAFROS_GIT_SSH_KEY_PASSPHRASE"))
        }
        credentials.knownHostsFile = value("ELAFROS_GIT_KNOWN_HOSTS")
        return credentials
    }
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible {
    /// Which kinds of credentials there are, and none of them.
    public var description: String {
        var kinds: [String] = []
        switch http {
        case .password: kinds.append("password")
        case .token, .bearer: kinds.append("token")
        case nil: break
        }
        if sshKey != nil { kinds.append("ssh key") }
        if usesAgent { kinds.append("ssh agent") }
        return "Credentials(\(kinds.joined(separator: ", ")))"
    }

    /// As `description`, so that a dump gives nothing away.
    public var debugDescription: String { description }
}
