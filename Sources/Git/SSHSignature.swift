internal import Crypto

/// A signature as `ssh-keygen -Y sign` makes it, and git keeps it in a commit (OpenSSH's PROTOCOL.sshsig).
struct SSHSignature {
    /// Who signed.
    let key: SSHPublicKey
    /// What for; git says `git`.
    let namespace: String
    private let hash: String
    private let signature: [UInt8]

    /// What git signs for.
    static let git = "git"
    private static let magic = Array("SSHSIG".utf8)
    private static let begin = "-----BEGIN SSH SIGNATURE-----"
    private static let end = "-----END SSH SIGNATURE-----"

    /// Signs a message.
    ///
    /// - Parameter sign: makes the signature of some bytes, as OpenSSH stores it.
    init(of message: [UInt8], by key: SSHPublicKey, _ sign: ([UInt8]) throws -> [UInt8]) rethrows {
        (self.key, namespace, hash) = (key, Self.git, "sha512")
        signature = try sign(Self.signed(message, namespace, hash))
    }

    /// Reads what `armored` wrote; nil for anything else.
    init?(armored text: String) {
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.first == Self.begin[...], lines.last == Self.end[...], lines.count > 2,
            let blob = Base64.decode(lines.dropFirst().dropLast().joined())
        else { return nil }
        var reader = SSHReader(blob)
        guard reader.bytes(Self.magic.count) == Self.magic, reader.number() == 1, let key = reader.string(),
            let namespace = reader.text(), reader.string() != nil, let hash = reader.text(),
            let signature = reader.string()
        else { return nil }
        self.key = SSHPublicKey(blob: key)
        (self.namespace, self.hash, self.signature) = (namespace, hash, signature)
    }

    /// As it stands in a file, or in a commit.
    var armored: String {
        let blob =
            Self.magic + SSHWriter.number(1) + SSHWriter.string(key.blob) + SSHWriter.string(namespace.utf8)
            + SSHWriter.string([]) + SSHWriter.string(hash.utf8) + SSHWriter.string(signature)
        let base64 = Base64.encode(blob)
        let padded = Array((base64 + String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)).utf8)
        // As wide as OpenSSH writes them.
        let lines = stride(from: 0, to: padded.count, by: 70).map { start in
            String(decoding: padded[start..<min(start + 70, padded.count)], as: UTF8.self)
        }
        return ([Self.begin] + lines + [Self.end]).joined(separator: "\n") + "\n"
    }

    /// Whether it is the key's signature of a message.
    func isValid(for message: [UInt8]) -> Bool {
        ["sha256", "sha512"].contains(hash) && key.signed(Self.signed(message, namespace, hash), signature)
    }

    /// What is really signed: what for, and a hash of the message.
    private static func signed(_ message: [UInt8], _ namespace: String, _ hash: String) -> [UInt8] {
        let digest = hash == "sha256" ? Array(SHA256.hash(data: message)) : Array(SHA512.hash(data: message))
        return magic + SSHWriter.string(namespace.utf8) + SSHWriter.string([]) + SSHWriter.string(hash.utf8)
            + SSHWriter.string(digest)
    }
}
