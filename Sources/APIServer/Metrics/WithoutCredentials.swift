/// The last guard before a label leaves the process: whoever names a remote is to have taken them out already.
enum WithoutCredentials {
    /// The text without the user names and passwords of addresses in it: `https://user:word@host` becomes `https://host`.
    ///
    /// A user name alone stays (`ssh://git@host`), but not over HTTP, where it may be a token.
    static func of(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "@")) else { return text }
        // White space ends an address, so that several are found.
        return text.split(separator: " ", omittingEmptySubsequences: false).map(ofWord).joined(separator: " ")
    }

    private static func ofWord(_ word: Substring) -> String {
        let scheme = word.firstRange(of: "://").map { word[..<$0.upperBound] } ?? ""
        let rest = word[scheme.endIndex(in: word)...]
        guard let at = userInfoEnd(of: rest) else { return String(word) }
        let isSecret = rest[..<at].contains(":") || scheme.lowercased().hasPrefix("http")
        return isSecret ? scheme + String(rest[rest.index(after: at)...]) : String(word)
    }

    /// Where the `@` after a user name is. A password that holds a slash is wrongly written, and is a password all the same.
    private static func userInfoEnd(of rest: Substring) -> Substring.Index? {
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if let at = authority.lastIndex(of: "@") { return at }
        guard let colon = authority.firstIndex(of: ":") else { return nil }
        let port = authority[authority.index(after: colon)...]
        let isPort = !port.isEmpty && port.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return isPort ? nil : rest.lastIndex(of: "@")
    }
}

extension Substring {
    /// Where this prefix of a text ends; the text's beginning for an empty one, which knows no place.
    fileprivate func endIndex(in text: Substring) -> Substring.Index { isEmpty ? text.startIndex : endIndex }
}
