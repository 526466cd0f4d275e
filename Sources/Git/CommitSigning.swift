/// What the signature of a commit is worth.
public enum CommitSignature: Hashable, Sendable {
    /// There is none.
    case none
    /// It is this key's, and of the commit as it stands.
    case valid(SSHPublicKey)
    /// It is worth nothing, or cannot be checked here; why.
    case worthless(String)
}

/// With what commits are signed, and whose signatures are believed.
public struct CommitSigning: Sendable {
    /// What signs; nil leaves commits unsigned.
    public var key: SigningKey?
    /// Whose signatures are believed; nil for the key's own alone.
    public var allowed: AllowedSigners?

    /// Nothing is signed, and nobody believed, unless it is said.
    public init(key: SigningKey? = nil, allowed: AllowedSigners? = nil) {
        (self.key, self.allowed) = (key, allowed)
    }

    /// The keys that are believed; nil where nobody said any.
    public var expected: Set<SSHPublicKey>? { allowed?.keys ?? key.map { [$0.publicKey] } }

    /// What is wrong with a signature, after "commit 1234567 …"; nil where a key made it that is believed.
    public func objection(to signature: CommitSignature) -> String? {
        switch signature {
        case .none: return "is not signed"
        case .worthless(let why): return "has a signature that does not count: \(why)"
        case .valid(let key):
            guard let expected else { return "is signed by \(key), and nothing says whose key that may be" }
            if expected.contains(key) { return nil }
            let known = expected.map(\.fingerprint).sorted().prefix(3).joined(separator: ", ")
            return "is signed by another key: \(key), not \(known)"
        }
    }
}

extension Mirror {
    /// What the signature of a commit is worth, whoever made it.
    public func signature(of commit: ObjectID) throws(GitError) -> CommitSignature {
        try reading { repository throws(GitError) in try repository.storedCommit(commit).checkedSignature }
    }
}

extension StoredCommit {
    private static let field = "gpgsig"

    /// Signs the commit as it stands, in the place of any signature that it had.
    mutating func sign(with key: SigningKey, doing: String) throws(GitError) {
        remove(Self.field)
        let signature = try key.signature(of: bytes, doing: doing)
        add(Self.field, signature.armored)
    }

    /// Takes a signature out, which holds for the commit as it was.
    mutating func removeSignature() { remove(Self.field) }

    /// What the commit's signature is worth.
    var checkedSignature: CommitSignature {
        guard let text = value(of: Self.field) else { return .none }
        guard let signature = SSHSignature(armored: text) else {
            return .worthless("it is not one of an SSH key, and no other is checked")
        }
        guard signature.namespace == SSHSignature.git else {
            return .worthless("it was made for \"\(GitPath(signature.namespace))\", not for git")
        }
        guard signature.key.isKnown else {
            return .worthless("keys of type \(GitPath(signature.key.type)) are not checked; sign with ed25519")
        }
        var commit = self
        commit.removeSignature()
        guard signature.isValid(for: commit.bytes) else {
            return .worthless("the commit was changed after \(signature.key) signed it")
        }
        return .valid(signature.key)
    }
}
