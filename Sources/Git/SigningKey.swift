internal import Crypto

/// A private key that signs commits, so that git verifies them with `gpg.ssh.allowedSignersFile`.
///
/// A file of OpenSSH without a passphrase: Ed25519, or ECDSA over P-256. Never printed.
public struct SigningKey: Sendable {
    /// Its public half.
    public let publicKey: SSHPublicKey
    private let half: Half

    private enum Half: Sendable {
        case ed25519(Curve25519.Signing.PrivateKey)
        case ecdsa(P256.Signing.PrivateKey)
    }

    /// Reads a file of OpenSSH.
    ///
    /// - Parameter file: as messages call it.
    /// - Throws: `.other` where it is no such key, or one that is not taken: what to do instead.
    public init(_ bytes: [UInt8], named file: String) throws(GitError) {
        func refused(_ reason: String) -> GitError {
            GitError(.other, doing: "read the signing key \(file)", reason: reason)
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard lines.first == "-----BEGIN OPENSSH PRIVATE KEY-----" else {
            let isPublic = lines.first.map { $0.hasPrefix("ssh-") || $0.hasPrefix("ecdsa-") } ?? false
            throw refused(
                isPublic
                    ? "this is the public half; name the file without .pub"
                    : "no private key of OpenSSH; make one with \(Self.making)"
            )
        }
        guard let blob = Base64.decode(lines.filter { !$0.hasPrefix("-----") }.joined()) else {
            throw refused(Self.damaged)
        }
        var reader = SSHReader(blob)
        guard reader.bytes(Self.magic.count) == Self.magic, let cipher = reader.text(), reader.string() != nil,
            reader.string() != nil, reader.number() == 1, let publicBlob = reader.string(),
            let secret = reader.string()
        else { throw refused(Self.damaged) }
        publicKey = SSHPublicKey(blob: publicBlob)
        guard publicKey.isKnown else {
            throw refused("keys of type \(publicKey.type) are not taken; make one with \(Self.making)")
        }
        guard cipher == "none" else {
            throw refused(
                "it is encrypted with a passphrase, which nobody is there to type; make one without with \(Self.making), or "
                    + "take it off a copy with ssh-keygen -p -N ''"
            )
        }
        guard let half = Self.half(secret, publicKey.type) else { throw refused(Self.damaged) }
        self.half = half
    }

    private static let magic = Array("openssh-key-v1\0".utf8)
    private static let making = "ssh-keygen -t ed25519 -N '' -f FILE"
    private static let damaged = "it is cut off or damaged; take it from a copy, or make one with \(making)"

    /// Reads the part of the file that stands encrypted in others.
    private static func half(_ bytes: [UInt8], _ type: String) -> Half? {
        var reader = SSHReader(bytes)
        guard let check = reader.number(), reader.number() == check, reader.text() == type else { return nil }
        if type == SSHPublicKey.ed25519 {
            guard reader.string() != nil, let both = reader.string(), both.count == 64 else { return nil }
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: Array(both.prefix(32)))
            return key.map(Half.ed25519)
        }
        guard reader.string() != nil, reader.string() != nil, let number = reader.string() else { return nil }
        let digits = Array(number.drop { $0 == 0 })
        guard digits.count <= 32 else { return nil }
        let raw = [UInt8](repeating: 0, count: 32 - digits.count) + digits
        return (try? P256.Signing.PrivateKey(rawRepresentation: raw)).map(Half.ecdsa)
    }
}

extension SigningKey {
    /// The signature of a message, as git keeps it in a commit.
    func signature(of message: [UInt8], doing: String) throws(GitError) -> SSHSignature {
        do {
            return try SSHSignature(of: message, by: publicKey) { bytes in
                switch half {
                case .ed25519(let key):
                    let value = try key.signature(for: bytes)
                    return SSHWriter.string(SSHPublicKey.ed25519.utf8) + SSHWriter.string(Array(value))
                case .ecdsa(let key):
                    let value = Array(try key.signature(for: bytes).rawRepresentation)
                    let numbers = SSHWriter.integer(value.prefix(32)) + SSHWriter.integer(value.dropFirst(32))
                    return SSHWriter.string(SSHPublicKey.ecdsa.utf8) + SSHWriter.string(numbers)
                }
            }
        } catch {
            throw GitError(.other, doing: doing, reason: "the key \(publicKey) signs nothing: \(error)")
        }
    }
}

extension SigningKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The public half's fingerprint.
    public var description: String { publicKey.fingerprint }
    /// The same, so that a dump gives nothing away.
    public var debugDescription: String { description }
    /// The same, so that a dump gives nothing away.
    public var customMirror: Swift.Mirror { Swift.Mirror(self, children: ["publicKey": publicKey]) }
}
