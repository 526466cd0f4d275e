/// Whose signatures are believed: the keys of an allowed-signers file of OpenSSH, as git's `gpg.ssh.allowedSignersFile`
/// names one, or of a `.pub` file.
public struct AllowedSigners: Hashable, Sendable {
    /// The keys.
    public let keys: Set<SSHPublicKey>

    /// One key alone.
    public init(_ key: SSHPublicKey) { keys = [key] }

    /// Reads a file. Who a line says that a key belongs to is for people; any of them may sign.
    ///
    /// - Parameter file: as messages call it.
    /// - Throws: `.other` with the line that is wrong, or asks for what is not checked here: a key that is believed
    ///   for too long is worse than one that is not.
    public init(_ bytes: [UInt8], named file: String) throws(GitError) {
        let doing = "read the allowed signers"
        var keys: Set<SSHPublicKey> = []
        for (index, line) in String(decoding: bytes, as: UTF8.self).split(
            omittingEmptySubsequences: false,
            whereSeparator: \.isNewline
        ).enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            func refused(_ reason: String) -> GitError {
                GitError(.other, doing: doing, reason: "\(file):\(index + 1): \(reason)")
            }
            // A line of a .pub file begins with the type; others with whom the key belongs to, and perhaps with options.
            guard let start = words.firstIndex(where: Self.isType), start + 1 < words.count, start <= 2 else {
                throw refused("no key; write `NAME ssh-ed25519 AAAA…`, as in the .pub file")
            }
            if start == 2, words[1].lowercased() != "namespaces=\"git\"" {
                throw refused("the option \(words[1]) is not understood; take it out, or the key")
            }
            guard let key = SSHPublicKey(type: words[start], base64: words[start + 1]) else {
                throw refused("the key is cut off or damaged; copy it from the .pub file")
            }
            keys.insert(key)
        }
        guard !keys.isEmpty else {
            throw GitError(.other, doing: doing, reason: "\(file) holds no key; add one, as in a .pub file")
        }
        self.keys = keys
    }

    private static func isType(_ word: Substring) -> Bool {
        ["ssh-", "ecdsa-", "sk-"].contains { word.hasPrefix($0) } && !word.contains("@") || word.hasPrefix("sk-ssh-")
    }
}
