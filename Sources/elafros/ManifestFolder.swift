internal import Git
internal import GitOps
internal import YAML

/// The manifests below a folder of the disk: the files that `sync` would read from a repository with these files.
enum ManifestFolder {
    /// What became of reading one file.
    enum Content: Hashable, Sendable {
        case bytes([UInt8])
        case finding(Diagnostic)
    }

    /// Gives each manifest to `body`, in the order of the paths' bytes. A file is read whatever its name.
    ///
    /// - Parameters:
    ///   - shown: how the path is called in messages.
    ///   - maxBytes: the size of a file above which it is refused unread.
    static func read(
        _ path: String,
        shownAs shown: String,
        maxBytes: Int = Limits.default.maxBytes,
        _ body: (String, Content) throws -> Void
    ) throws {
        switch Files.kind(of: path) {
        case .nothing where shown.contains("://"):
            throw Failure(.cannotRun, shown, "addresses are not fetched; download it, or pipe it in and name -")
        case .nothing: throw Failure(.cannotRun, shown, "there is no such file or folder")
        case .folder:
            let ignorePath = "\(path)/\(IgnoreRules.fileName)"
            let rules =
                Files.kind(of: ignorePath) == .file ? IgnoreRules(try Files.read(ignorePath)) : IgnoreRules()
            let trimmed = shown.hasSuffix("/") ? String(shown.dropLast()) : shown
            try walk(path, shown: trimmed == "." ? "" : trimmed + "/", below: "", rules, maxBytes, body)
        case .file, .symbolicLink, .other: try body(shown, content(of: path, maxBytes))
        }
    }

    private static func walk(
        _ folder: String,
        shown: String,
        below: String,
        _ rules: IgnoreRules,
        _ maxBytes: Int,
        _ body: (String, Content) throws -> Void
    ) throws {
        for entry in try Files.names(in: folder) {
            let name = entry.text
            let (path, relative) = ("\(folder)/\(name)", below + name)
            guard entry.isText else {
                if let finding = unreadable(entry) { try body(shown + relative, .finding(finding)) }
                continue
            }
            switch Files.kind(of: path) {
            case .folder where !name.hasPrefix("."):
                try walk(path, shown: shown, below: relative + "/", rules, maxBytes, body)
            case .file where isManifest(name) && !rules.ignoresFile(relative):
                try body(shown + relative, content(of: path, maxBytes))
            case .symbolicLink where isManifest(name) && !rules.ignoresFile(relative):
                try body(shown + relative, .finding(Diagnostic(.error, at: nil, symbolicLink)))
            default: break
            }
        }
    }

    private static let symbolicLink =
        "a symbolic link, which is never followed; commit the manifest itself, or name the link in \(IgnoreRules.fileName)"

    /// What is said of a name that is not UTF-8; nil where it is no manifest's.
    private static func unreadable(_ entry: Files.Name) -> Diagnostic? {
        if entry.isFolder {
            let message = "the folder's name is not UTF-8, and what is in it was not checked; rename it"
            return Diagnostic(.warning, at: nil, message)
        }
        guard isManifest(entry.text) else { return nil }
        return Diagnostic(.error, at: nil, "the file's name is not UTF-8; rename it")
    }

    private static func isManifest(_ name: String) -> Bool {
        [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) && name.utf8.count > $0.utf8.count }
    }

    private static func content(of path: String, _ maxBytes: Int) throws -> Content {
        // Asked before reading, so that a huge file costs nothing.
        if let size = Files.size(of: path), size > maxBytes {
            let message = "the file has \(size) bytes, more than \(maxBytes); split it"
            return .finding(Diagnostic(.error, at: nil, message))
        }
        let bytes = try Files.read(path)
        guard !Blob.isLFSPointer(bytes) else {
            let message = "the file is kept in Git LFS, whose content is not fetched; commit the manifest itself"
            return .finding(Diagnostic(.error, at: nil, message))
        }
        return .bytes(bytes)
    }
}
