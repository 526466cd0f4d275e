internal import Git

/// Which paths of the followed folder are manifests: `*.yaml`, `*.yml` and `*.json`, neither in a hidden folder nor ignored,
/// and what the Sync includes and does not exclude.
struct ManifestFilter {
    /// The followed folder, as a prefix of paths: empty, or with a slash at its end.
    private let prefix: String
    private var ignored: Patterns
    private var excluded: Patterns
    /// Nil for all of them.
    private var included: Patterns?

    init(_ options: SyncOptions, ignoreFile: [UInt8]?) {
        prefix = options.path.isEmpty ? "" : options.path + "/"
        ignored = Patterns(rules: ignoreFile.map(IgnoreRules.init) ?? IgnoreRules())
        excluded = Patterns(rules: IgnoreRules(patterns: options.exclude))
        included = options.include.isEmpty ? nil : Patterns(rules: IgnoreRules(patterns: options.include))
    }

    /// Patterns, and what they said of folders so far.
    private struct Patterns {
        let rules: IgnoreRules
        private var folders = IgnoreRules.FolderMemory()

        init(rules: IgnoreRules) { self.rules = rules }

        mutating func match(_ path: String) -> Bool { rules.ignoresFile(path, &folders) }
    }

    /// Whether the path is to be looked at. Submodules are, whatever their name, and links without an ending, which may
    /// lead to a folder: so someone who expects manifests in one learns that it is not read.
    mutating func takes(_ path: GitPath, _ kind: Entry.Kind) -> Bool {
        let text = path.text
        let mayBeFolder = kind == .submodule || kind == .symlink && !Self.name(text).contains(".")
        guard mayBeFolder || Self.isManifestName(text), text.hasPrefix(prefix) else { return false }
        let relative = String(text.dropFirst(prefix.count))
        guard !Self.isHidden(relative), !ignored.match(relative), !excluded.match(relative) else { return false }
        return included?.match(relative) ?? true
    }

    static func isManifestName(_ path: String) -> Bool {
        let name = name(path)
        return [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) && name.utf8.count > $0.utf8.count }
    }

    private static func name(_ path: String) -> Substring {
        path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
    }

    /// Whether a folder on the way has a name that begins with a dot: tools keep their own settings there.
    private static func isHidden(_ path: String) -> Bool {
        guard let slash = path.lastIndex(of: "/") else { return false }
        let folders = path[..<slash]
        return folders.hasPrefix(".") || folders.contains("/.")
    }
}
