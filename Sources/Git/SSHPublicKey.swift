internal import Crypto

/// The public half of an SSH key: who signed something.
///
/// Ed25519 and ECDSA over P-256, which is what signatures are checked with here; a key of another type is known by its
/// fingerprint alone.
public struct SSHPublicKey: Hashable, Sendable {
    /// The key as OpenSSH stores it: its type, then its numbers.
    let blob: [UInt8]

    init(blob: some Collection<UInt8>) { self.blob = Array(blob) }

    /// Reads the type and the base64 of a line of `key.pub`; nil where they are none, or contradict each other.
    init?(type: some StringProtocol, base64: some StringProtocol) {
        guard let blob = Base64.decode(base64), !blob.isEmpty else { return nil }
        self.init(blob: blob)
        guard self.type == type else { return nil }
    }

    /// The type, as `ssh-ed25519`; empty where the blob is none.
    var type: String {
        var reader = SSHReader(blob)
        return reader.text() ?? ""
    }

    /// What tells it from any other, as OpenSSH prints it: `SHA256:…`.
    public var fingerprint: String { "SHA256:\(Base64.encode(SHA256.hash(data: blob)))" }
}

extension SSHPublicKey {
    static let ed25519 = "ssh-ed25519"
    static let ecdsa = "ecdsa-sha2-nistp256"

    /// Whether signatures of such keys can be checked.
    var isKnown: Bool { [Self.ed25519, Self.ecdsa].contains(type) }

    /// Whether a signature, as OpenSSH stores one, is this key's over those bytes.
    func signed(_ message: [UInt8], _ signature: [UInt8]) -> Bool {
        var (key, stored) = (SSHReader(blob), SSHReader(signature))
        guard let type = key.text(), stored.text() == type, let value = stored.string() else { return false }
        switch type {
        case Self.ed25519:
            guard let raw = key.string(), let known = try? Curve25519.Signing.PublicKey(rawRepresentation: raw)
            else { return false }
            return known.isValidSignature(value, for: message)
        case Self.ecdsa:
            var numbers = SSHReader(value)
            guard key.string() != nil, let point = key.string(),
                let known = try? P256.Signing.PublicKey(x963Representation: point),
                let r = numbers.string().flatMap(Self.field), let s = numbers.string().flatMap(Self.field),
                let signature = try? P256.Signing.ECDSASignature(rawRepresentation: r + s)
            else { return false }
            return known.isValidSignature(signature, for: message)
        default: return false
        }
    }

    /// A number of any size as the 32 bytes that it has on the curve.
    private static func field(_ number: [UInt8]) -> [UInt8]? {
        let digits = Array(number.drop { $0 == 0 })
        return digits.count <= 32 ? [UInt8](repeating: 0, count: 32 - digits.count) + digits : nil
    }
}

extension SSHPublicKey: CustomStringConvertible {
    /// The fingerprint.
    public var description: String { fingerprint }
}
