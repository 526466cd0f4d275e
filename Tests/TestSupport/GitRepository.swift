public import Foundation

/// A repository that the real git writes, for tests to follow.
///
/// Without the user's configuration, and with fixed names; times advance by a second with each commit, so that the ids of
/// commits are the same in every run.
public final class GitRepository {
    /// The folder that holds it.
    public let folder: TemporaryFolder
    /// The path of the repository.
    public let path: String
    private let isBare: Bool
    private var commits = 0

    /// Creates an empty repository whose branch is `main`, in a folder of its own or in one that is given.
    public init(bare: Bool = false, in folder: TemporaryFolder? = nil, named name: String = "repository") throws {
        let folder = try folder ?? TemporaryFolder()
        self.folder = folder
        path = folder.path(name)
        isBare = bare
        try Program.run(
            "git",
            ["init", "-q", "-b", "main"] + (bare ? ["--bare"] : []) + [path],
            environment: environment
        )
    }

    private var environment: [String: String] {
        let date = "\(1_700_000_000 + commits) +0000"
        return [
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com", "GIT_COMMITTER_DATE": date,
        ]
    }

    /// Runs git in the repository and returns what it printed.
    @discardableResult
    public func git(_ arguments: String..., input: Data? = nil) throws -> String {
        try Program.run("git", arguments, in: path, input: input, environment: environment)
    }

    /// Writes files (nil removes one), commits them on the branch that is checked out, and returns the commit's id.
    @discardableResult
    public func commit(_ files: [String: String?], message: String = "Change") throws -> String {
        for (name, text) in files {
            let url = URL(fileURLWithPath: "\(path)/\(name)")
            if let text {
                let manager = FileManager.default
                try manager.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: url)
            } else {
                try FileManager.default.removeItem(at: url)
            }
        }
        return try commitAll(message: message)
    }

    /// Commits whatever stands in the work tree.
    @discardableResult
    public func commitAll(message: String = "Change") throws -> String {
        commits += 1
        try git("add", "--all")
        try git("commit", "-q", "--allow-empty", "-m", message)
        return try git("rev-parse", "HEAD")
    }

    /// What a name of git's leads to.
    public func id(of name: String) throws -> String { try git("rev-parse", "--verify", name) }

    /// Copies the repository into a bare one, which can be served and pushed to.
    public func bareCopy(in folder: TemporaryFolder? = nil, named name: String = "remote.git") throws -> GitRepository {
        let copy = try GitRepository(bare: true, in: folder, named: name)
        try git("push", "-q", "--mirror", copy.path)
        return copy
    }

    /// Installs a hook: a shell script without its first line.
    public func installHook(_ name: String, _ script: String) throws {
        let hooks = isBare ? "\(path)/hooks" : "\(path)/.git/hooks"
        let url = URL(fileURLWithPath: "\(hooks)/\(name)")
        try FileManager.default.createDirectory(atPath: hooks, withIntermediateDirectories: true)
        try Data("#!/bin/sh\n\(script)\n".utf8).write(to: url)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
    }
}
