internal import Crypto
internal import Git
internal import Resources
internal import YAML

/// Everything but the tree that a plan depends on, as text that changes when any of it does.
///
/// Two parts, because the first is known before anything is read: with it, and the commit, a poll knows that there is
/// nothing new.
struct Basis: Hashable {
    /// Grows when the same manifest would be read as something else, so that all are read again.
    private static let schemaVersion = 1

    /// A digest of the options.
    let options: String
    /// A digest of the ignore file; empty where there is none.
    let ignoreFile: String

    /// The basis of a sync with those options and that ignore file.
    init(_ options: SyncOptions, ignoreFile: [UInt8]?) {
        self.options = Self.digest(of: options)
        self.ignoreFile = ignoreFile.map { Self.digest($0) } ?? ""
    }

    /// As the Sync's status keeps it.
    var text: String { options + "-" + ignoreFile }

    /// Whether a basis that was kept is of those options, whatever the ignore file.
    static func isOf(_ options: SyncOptions, _ text: String?) -> Bool {
        text?.hasPrefix(digest(of: options) + "-") ?? false
    }

    private static func digest(of options: SyncOptions) -> String {
        let limits = options.limits
        let parts = [
            options.remote.withoutCredentials, options.path, options.defaultNamespace, String(schemaVersion),
            String(limits.maxBytes), String(limits.maxDepth), String(limits.maxNodes), String(limits.maxExpandedNodes),
            String(limits.maxAliasedBytes),
        ]
        return digest(Array((parts + scopes(of: options)).joined(separator: "\n").utf8))
    }

    /// What limits a Sync to a part of its folder; nothing where nothing does, so that the digest is what it was.
    private static func scopes(of options: SyncOptions) -> [String] {
        let scopes: [(String, [String]?)] = [
            ("include", options.include.isEmpty ? nil : options.include),
            ("exclude", options.exclude.isEmpty ? nil : options.exclude),
            ("namespaces", options.namespaces),
            ("kinds", options.kinds?.map(\.name)),
        ]
        return scopes.compactMap { name, words in words.map { "\(name) " + Value.list($0.map(Value.string)).json } }
    }

    private static func digest(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).prefix(10).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
