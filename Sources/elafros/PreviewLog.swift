internal import Git
internal import GitOps
internal import Glibc
internal import Resources
internal import Store

/// Which merged trees were previewed on a state folder: a file of lines, `TREE SYNC INSTANT`, into which `sync` looks.
///
/// No part of the state: it is written without the lock, and nothing depends on it but what `sync` says.
struct PreviewLog: Sendable {
    private let path: String

    init(_ folder: StateFolder) { path = folder.previews }

    /// What is known of a tree.
    enum Standing: Hashable, Sendable {
        /// It was previewed, last at that instant.
        case previewed(Instant)
        /// Others of the Sync were, and this one was not.
        case notPreviewed
    }

    /// How long the file may become before its older half goes.
    private static let mostBytes = 1 << 18
}

extension PreviewLog {
    /// Enters a preview of what is live in the folder, at the instant at which it was made.
    ///
    /// - Throws: `Failure` where the file cannot be written, which is no reason to show nothing.
    func add(_ subject: Preview.Subject, at now: Instant) throws(Failure) {
        guard subject.ground == .state, let tree = subject.tree else { return }
        if Files.size(of: path) ?? 0 > Self.mostBytes { try cut() }
        try append("\(tree.hex) \(subject.sync) \(now)\n")
    }

    /// What is known of a Sync's tree; nil where nobody previews, or the file cannot be read.
    func standing(of tree: ObjectID?, sync: String) -> Standing? {
        guard let tree, let lines = try? lines() else { return nil }
        var standing: Standing?
        for line in lines {
            let words = line.split(separator: " ")
            guard words.count == 3, words[1] == sync, let instant = Instant(String(words[2])) else { continue }
            if words[0] == tree.hex {
                standing = .previewed(instant)
            } else if standing == nil {
                standing = .notPreviewed
            }
        }
        return standing
    }

    private func lines() throws(Failure) -> [Substring] {
        guard Files.kind(of: path) != .nothing else { return [] }
        return String(decoding: try Files.read(path), as: UTF8.self).split(separator: "\n")
    }

    /// Lines of two processes do not mix: each is written in one piece, at the end.
    private func append(_ line: String) throws(Failure) {
        try write(line, to: path, O_APPEND)
    }

    private func cut() throws(Failure) {
        let kept = try lines()
        let newer = "\(path).\(getpid())"
        try write(kept.suffix(kept.count / 2).map { $0 + "\n" }.joined(), to: newer, O_TRUNC)
        guard rename(newer, path) == 0 else { throw .file(path, "write", errno) }
    }

    private func write(_ text: String, to path: String, _ how: CInt) throws(Failure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | how, 0o644)
        guard descriptor >= 0 else { throw .file(path, "write", errno) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw .file(path, "write", errno) }
    }
}
