public import Git
internal import Resources
internal import YAML

/// Secrets by where they are found, and the addresses that may see them.
///
/// An object of a followed repository may name a grant; it can never widen one. The secrets themselves are read when they
/// are needed, so that one that was renewed is taken without a restart.
public struct CredentialsGrant: Sendable {
    /// What Syncs call it.
    public let name: String
    /// The beginnings of addresses that may be reached with it, without a slash at the end.
    let prefixes: [String]
    let sources: [Field: SecretSource]

    /// Which secret.
    public enum Field: String, Sendable, CaseIterable {
        case username, password, token, sshKey, sshKeyPassphrase, knownHosts, certificateAuthorities, webhookSecret
        case signingKey, allowedSigners
    }

    /// What no repository is ever sent, and needs no address that may see it.
    static let unsent: Set<Field> = [.webhookSecret, .signingKey, .allowedSigners]

    /// Where a secret is found.
    public enum SecretSource: Hashable, Sendable {
        /// A variable of the environment.
        case environment(String)
        /// A file, by its path from the root.
        case file(String)
    }

    /// Why a secret cannot be had.
    public struct Missing: Error, CustomStringConvertible {
        /// What is missing, and what to do. Never the secret itself.
        public let description: String
    }
}

extension CredentialsGrant {
    /// Whether a repository may be reached with it: its address is one of the prefixes, or goes on from one with a slash.
    public func covers(_ remote: RemoteURL) -> Bool {
        let address = remote.withoutCredentials
        // A server may read these as a way up, to what was not granted.
        let parts = address.lowercased().split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { $0.replacing("%2e", with: ".") == ".." }) else { return false }
        return prefixes.contains { address == $0 || address.hasPrefix($0 + "/") }
    }

    /// What gets into the remote.
    ///
    /// - Parameters:
    ///   - environment: of the process that reaches it.
    ///   - read: the bytes of a file.
    public func credentials(
        environment: [String: String],
        read: (String) throws -> [UInt8]
    ) throws -> Credentials {
        func secret(_ field: Field) throws -> String? { try value(of: field, environment: environment, read: read) }
        func file(_ field: Field) -> String? { if case .file(let path)? = sources[field] { path } else { nil } }

        var credentials = Credentials(authoritiesFile: file(.certificateAuthorities), knownHostsFile: file(.knownHosts))
        let user = try secret(.username)
        if let token = try secret(.token) {
            credentials.http = user.map { .password(user: $0, password: token) } ?? .token(token)
        } else if let user {
            credentials.http = .password(user: user, password: try secret(.password) ?? "")
        }
        credentials.sshKey = try file(.sshKey).map {
            Credentials.SSHKey(file: $0, passphrase: try secret(.sshKeyPassphrase))
        }
        return credentials
    }

    /// What signs the commits of reports, and whose signatures are believed.
    public func signing(read: (String) throws -> [UInt8]) throws -> CommitSigning {
        func file(_ field: Field) -> String? { if case .file(let path)? = sources[field] { path } else { nil } }
        return CommitSigning(
            key: try file(.signingKey).map { try SigningKey(read($0), named: $0) },
            allowed: try file(.allowedSigners).map { try AllowedSigners(read($0), named: $0) }
        )
    }

    /// A secret; nil where none of that kind is granted.
    ///
    /// - Throws: `Missing` where it is granted and cannot be had.
    public func value(
        of field: Field,
        environment: [String: String],
        read: (String) throws -> [UInt8]
    ) throws -> String? {
        switch sources[field] {
        case nil: return nil
        case .environment(let variable):
            guard let value = environment[variable], !value.isEmpty else {
                throw Missing(
                    description:
                        "Credentials \(name): \(field.rawValue): the variable \(variable) is not set; set it for this "
                        + "process"
                )
            }
            return value
        case .file(let path):
            var bytes = try read(path)
            // Editors and `echo` end a file with a line end that is not a part of the secret.
            if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            guard !bytes.isEmpty, let value = String(validating: bytes, as: UTF8.self) else {
                throw Missing(
                    description:
                        "Credentials \(name): \(field.rawValue): \(path) is empty or no text; write the secret into it"
                )
            }
            return value
        }
    }
}

extension CredentialsGrant: CustomStringConvertible, CustomDebugStringConvertible {
    /// Its name alone.
    public var description: String { "Credentials \(name)" }
    /// Its name alone.
    public var debugDescription: String { description }
}
