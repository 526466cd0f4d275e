internal import Glibc

/// The keys of SSH hosts that are trusted: a known_hosts file of OpenSSH.
///
/// Checked by ourselves, since libgit2 reads one file for the whole process, while each mirror may name its own.
struct HostKeys {
    /// What the file says about a key.
    enum Verdict: Equatable {
        case known
        case unknown
        /// The host has other keys there, of these types.
        case different(types: [String])
        case revoked
    }

    private struct Line {
        let marker: Substring?
        let hosts: [Substring]
        let type: Substring
        let key: [UInt8]
    }

    private let lines: [Line]

    /// Reads a file's text. Lines that cannot be read are skipped, as OpenSSH does.
    init(_ text: String) {
        lines = text.split(whereSeparator: \.isNewline).compactMap { line in
            var fields = line.split(whereSeparator: \.isWhitespace)
            guard let first = fields.first, !first.hasPrefix("#") else { return nil }
            let marker = first.hasPrefix("@") ? fields.removeFirst() : nil
            guard fields.count >= 3, let key = Base64.decode(fields[2]) else { return nil }
            return Line(marker: marker, hosts: fields[0].split(separator: ","), type: fields[1], key: key)
        }
    }

    /// What to make of `key` from a host. A port other than 22 stands in the file as `[host]:port`.
    func verdict(host: String, port: Int, key: [UInt8]) -> Verdict {
        let withPort = port == 22 ? host : "[\(host)]:\(port)"
        let verdict = verdict(name: withPort, key: key)
        // As OpenSSH: a key that is known for the host without a port will do.
        if verdict == .unknown, port != 22, self.verdict(name: host, key: key) == .known { return .known }
        return verdict
    }

    private func verdict(name: String, key: [UInt8]) -> Verdict {
        let matching = lines.filter { Self.matches($0.hosts, name) && $0.marker != "@cert-authority" }
        let same = matching.filter { $0.key == key }
        if same.contains(where: { $0.marker == "@revoked" }) { return .revoked }
        if !same.isEmpty { return .known }
        let others = matching.filter { $0.marker == nil }
        return others.isEmpty ? .unknown : .different(types: others.map { String($0.type) })
    }

    private static func matches(_ patterns: [Substring], _ name: String) -> Bool {
        var isMatch = false
        for pattern in patterns {
            if pattern.hasPrefix("|1|") {
                let parts = pattern.dropFirst(3).split(separator: "|")
                guard parts.count == 2, let salt = Base64.decode(parts[0]), let hash = Base64.decode(parts[1]) else {
                    continue
                }
                if SHA1.authenticationCode(for: Array(name.utf8), key: salt) == hash { isMatch = true }
            } else if pattern.hasPrefix("!") {
                if fnmatch(String(pattern.dropFirst()).lowercased(), name, FNM_NOESCAPE) == 0 { return false }
            } else if pattern.lowercased() == name || Self.matches(glob: pattern.lowercased(), name) {
                isMatch = true
            }
        }
        return isMatch
    }

    /// `*` and `?` alone are special here; in `[host]:port` the brackets stand for themselves.
    private static func matches(glob: String, _ name: String) -> Bool {
        guard glob.contains("*") || glob.contains("?") else { return false }
        return fnmatch(glob.replacing("[", with: "\\["), name, 0) == 0
    }
}

// MARK: - Files

extension HostKeys {
    /// `~/.ssh/known_hosts`.
    static var defaultFile: String {
        let home =
            getenv("HOME").map { String(cString: $0) } ?? getpwuid(getuid()).map { String(cString: $0.pointee.pw_dir) }
        return "\(home ?? "")/.ssh/known_hosts"
    }

    /// Reads a file; one that is not there trusts nobody.
    static func text(of file: String) -> String {
        // The message about the unknown key names the file, so that the reason for an empty one is easily found.
        let bytes = (try? Folder.read(file, doing: "read \(file)")) ?? []
        return String(decoding: bytes, as: UTF8.self)
    }
}
