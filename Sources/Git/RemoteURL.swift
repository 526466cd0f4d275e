internal import Glibc

/// Where a repository is: a path, `file://`, `http(s)://`, `ssh://`, or the short `user@host:path`.
///
/// Credentials written into the address are taken out when it is read, so that nothing that prints or stores it can give
/// them away. Two addresses that differ in credentials alone name the same repository, but are not equal.
public struct RemoteURL: Hashable, Sendable {
    /// How a repository is reached.
    public enum Kind: Sendable {
        /// A folder of this machine, given as a path or as `file://`.
        case path
        /// `http://` or `https://`.
        case http
        /// `ssh://` or `user@host:path`.
        case ssh
    }

    /// How it is reached.
    public let kind: Kind
    /// The address without password (and, over HTTP, without user name): for messages, and as identity.
    public let withoutCredentials: String
    /// The host, in lower case and without brackets; empty for a path.
    public let host: String
    /// The port, where the address names one.
    public let port: Int?
    /// The path on this machine or on the host.
    let path: String
    /// The user name in the address.
    let user: String?
    /// The password in the address.
    let password: String?

    /// Reads an address. A relative path is taken from the current folder.
    public init(_ text: String) throws(GitError) {
        let parts: Parts
        // They would end a line of the request that carries the address.
        if text.contains("://") || !text.contains("/"),
            text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f })
        {
            throw Self.unreadable(text, "it holds a control character")
        }
        if let scheme = text.firstRange(of: "://").map({ text[..<$0.lowerBound].lowercased() }) {
            parts = try Parts(url: text, scheme: scheme)
        } else if let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") {
            parts = try Parts(shortForm: text, colon: colon)
        } else {
            guard !text.isEmpty else { throw Self.unreadable(text, "it is empty") }
            parts = Parts(path: text)
        }
        kind = parts.kind
        host = parts.host
        port = parts.port
        path = parts.path
        user = parts.user
        password = parts.password
        withoutCredentials = parts.withoutCredentials
    }

    /// Whether a password stands in the address.
    public var holdsPassword: Bool { password != nil }

    /// Whether both are written alike, whoever asks there.
    public func isSame(as other: RemoteURL) -> Bool { withoutCredentials == other.withoutCredentials }

    /// Whether what is sent cannot be read on the way.
    var isEncrypted: Bool { kind == .ssh || withoutCredentials.hasPrefix("https:") }

    fileprivate static func unreadable(_ text: String, _ reason: String) -> GitError {
        GitError(
            .other,
            doing: "read the address of a repository",
            // The text itself may hold a password, and is not repeated.
            reason: "\(reason); write a path, file://, https://host/path, ssh://user@host/path or user@host:path"
        )
    }
}

extension RemoteURL {
    /// A name for whatever follows this repository: DNS-like, at most 63 characters.
    ///
    /// The last part of a path, the last two of an address on a host: `https://example.com/acme/Shop.git` gives `acme-shop`.
    public var defaultName: String {
        let parts = path.split(separator: "/").filter { $0 != "." && $0 != ".." && $0 != "~" }
        var last = parts.suffix(kind == .path ? 1 : 2).joined(separator: "-")
        if last.hasSuffix(".git") { last.removeLast(4) }
        var name = ""
        for character in last.lowercased() {
            if character.isASCII, character.isLetter || character.isNumber {
                name.append(character)
            } else if !name.isEmpty, !name.hasSuffix("-") {
                name.append("-")
            }
        }
        name = String(name.prefix(63))
        while name.hasSuffix("-") { name.removeLast() }
        return name.isEmpty ? "repository" : name
    }
}

extension RemoteURL: CustomStringConvertible, CustomDebugStringConvertible {
    /// The address without credentials.
    public var description: String { withoutCredentials }
    /// The address without credentials, so that a dump of a value that holds one gives nothing away.
    public var debugDescription: String { withoutCredentials }
}

/// What an address consists of while it is read.
private struct Parts {
    var kind = RemoteURL.Kind.path
    var host = ""
    var port: Int?
    var path: String
    var user: String?
    var password: String?
    var withoutCredentials: String

    init(path: String) {
        self.path = Self.absolute(path)
        withoutCredentials = self.path
    }

    init(url text: String, scheme: String) throws(GitError) {
        let rest = text[text.index(text.startIndex, offsetBy: scheme.utf8.count + 3)...]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        path = String(rest[slash...])
        withoutCredentials = ""
        switch scheme {
        case "file":
            guard authority.isEmpty || authority == "localhost" else {
                throw RemoteURL.unreadable(text, "file:// with a host is not supported")
            }
            guard let decoded = Self.percentDecoded(path), decoded.hasPrefix("/") else {
                throw RemoteURL.unreadable(text, "the path after file:// must begin with /")
            }
            path = decoded
            withoutCredentials = decoded
            return
        case "http", "https": kind = .http
        case "ssh", "git+ssh", "ssh+git": kind = .ssh
        default: throw RemoteURL.unreadable(text, "\(scheme):// is not supported")
        }
        try readAuthority(authority, of: text)
        let name = kind == .http ? scheme : "ssh"
        let shownUser = kind == .ssh ? user.map { "\($0)@" } ?? "" : ""
        let shownHost = host.contains(":") ? "[\(host)]" : host
        withoutCredentials = "\(name)://\(shownUser)\(shownHost)\(port.map { ":\($0)" } ?? "")\(path)"
    }

    init(shortForm text: String, colon: String.Index) throws(GitError) {
        kind = .ssh
        path = String(text[text.index(after: colon)...])
        withoutCredentials = text
        let authority = text[..<colon]
        if let at = authority.lastIndex(of: "@") {
            user = String(authority[..<at])
            host = authority[authority.index(after: at)...].lowercased()
        } else {
            host = authority.lowercased()
        }
        guard !host.isEmpty, !path.isEmpty, user?.isEmpty != true else {
            throw RemoteURL.unreadable(text, "host or path is missing")
        }
        // user:password@host:path, which nobody reads so: the password would be shown as a part of the path.
        if user == nil, let at = path.firstIndex(of: "@"), path[at...].contains(":") {
            throw RemoteURL.unreadable(text, "a password has no place in it")
        }
    }

    private mutating func readAuthority(_ authority: Substring, of text: String) throws(GitError) {
        var place = authority
        if let at = authority.lastIndex(of: "@") {
            let pair = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            place = authority[authority.index(after: at)...]
            let decoded = pair.compactMap { Self.percentDecoded(String($0)) }
            guard decoded.count == pair.count else {
                throw RemoteURL.unreadable(text, "a percent sign in the user name or password is to be written as %25")
            }
            user = decoded.first
            password = decoded.dropFirst().first
            if user?.isEmpty == true { user = nil }
        }
        if place.hasPrefix("["), let bracket = place.firstIndex(of: "]") {
            host = place[place.index(after: place.startIndex)..<bracket].lowercased()
            place = place[place.index(after: bracket)...]
        } else {
            let colon = place.firstIndex(of: ":") ?? place.endIndex
            host = place[..<colon].lowercased()
            place = place[colon...]
        }
        if place.hasPrefix(":"), place.count > 1 {
            guard let number = Int(place.dropFirst()), (1...65535).contains(number) else {
                throw RemoteURL.unreadable(text, "the port is no number from 1 to 65535")
            }
            port = number
        }
        guard !host.isEmpty else { throw RemoteURL.unreadable(text, "the host is missing") }
    }

    private static func percentDecoded(_ text: String) -> String? {
        guard text.contains("%") else { return text }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The path from the root, without `.` and trailing slashes. `..` at its beginning is resolved, since the identity of
    /// a repository must not depend on how often one climbed to it.
    private static func absolute(_ path: String) -> String {
        var parts: [Substring] = []
        var whole = path
        if !path.hasPrefix("/"), let folder = getcwd(nil, 0) {
            whole = String(cString: folder) + "/" + path
            free(folder)
        }
        for part in whole.split(separator: "/") where part != "." {
            if part == "..", !path.hasPrefix("/") { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
