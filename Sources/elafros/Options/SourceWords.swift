internal import ArgumentParser
internal import Git
internal import GitOps
internal import Resources
internal import YAML

/// What is followed.
struct SourceWords: ParsableArguments {
    @Option(
        help: ArgumentHelp("The repository: a path, file://, http(s)://, ssh:// or user@host:path.", valueName: "url")
    )
    var repo: String?

    @Option(help: ArgumentHelp("The Sync's name. Default: from the repository's address and --path."))
    var name: String?

    @Option(help: ArgumentHelp("Follow this branch. Default: the remote's own default branch."))
    var branch: String?

    @Option(help: ArgumentHelp("Follow this tag."))
    var tag: String?

    @Option(help: ArgumentHelp("Stay at this commit, named in full.", valueName: "id"))
    var commit: String?

    @Option(help: ArgumentHelp("Only the manifests in this folder of the repository.", valueName: "dir"))
    var path: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("The namespace of manifests that name none.", valueName: "ns"))
    var namespace = Self.defaultNamespace

    @Option(
        help: ArgumentHelp(
            "The suffix of the services' hosts. Default: as before; at first mydomain.com.",
            valueName: "suffix"
        )
    )
    var domain: String?

    @Option(
        help: ArgumentHelp(
            "What Ready says of work in progress: False, or Unknown for clients that stop at False. Default: as before; "
                + "at first False.",
            valueName: "status"
        )
    )
    var inProgress: InProgressWord?

    @Option(
        help: ArgumentHelp(
            "How many Revisions that nothing leads to are kept whatever their age, the newest; older ones are deleted "
                + "in time; all deletes none. Default: as before; at first 20.",
            valueName: "number"
        )
    )
    var keepRevisions: KeepRevisionsWord?

    static let defaultNamespace = "default"

    @Flag(help: "Take over a name, or a report branch, that belongs to another repository or state.")
    var adopt = false

    mutating func validate() throws {
        if [branch, tag, commit].compactMap({ $0 }).count > 1 {
            throw ValidationError("--branch, --tag and --commit exclude each other; name one of them.")
        }
        if let name { try Self.check(name: name) }
        try Self.check(namespace: namespace)
        if let commit, ObjectID(hex: commit) == nil {
            throw ValidationError("--commit \(commit): not a whole commit id; name all 40 hexadecimal digits.")
        }
    }
}

extension SourceWords {
    /// - Throws: `ValidationError` where no Sync may be called so.
    static func check(name: String) throws {
        guard !SyncOptions.isName(name) else { return }
        throw ValidationError(
            "--name \(name): use up to 63 letters, digits, '-', '_' and '.', a letter or digit first."
        )
    }

    /// - Throws: `ValidationError` where no object may have this namespace.
    static func check(namespace: String) throws {
        guard !SyncOptions.isNamespace(namespace) else { return }
        throw ValidationError("--namespace \(namespace): use up to 63 of a-z, 0-9 and '-', and no '-' first or last.")
    }

    /// What of the repository is followed.
    var follow: Follow {
        if let branch { return .branch(branch) }
        if let tag { return .tag(tag) }
        if let commit, let id = ObjectID(hex: commit) { return .commit(id) }
        return .head
    }

    /// The repository's address, a relative path taken from the session's folder.
    func remote(in session: Session) throws -> RemoteURL {
        guard let repo else {
            throw Failure(.usage, "--repo", "missing; name the repository's path or address")
        }
        return try Self.remote(repo, in: session)
    }

    /// A repository's address, a relative path taken from the session's folder.
    static func remote(_ repo: String, in session: Session) throws -> RemoteURL {
        let remote = try RemoteURL(repo)
        guard remote.kind == .path, !repo.hasPrefix("file://") else { return remote }
        return try RemoteURL(session.absolute(repo))
    }
}

/// What `Ready` may say of work in progress.
enum InProgressWord: String, ExpressibleByArgument, CaseIterable {
    case `false` = "False"
    case unknown = "Unknown"

    /// Reads either word, in any letter case.
    init?(argument: String) {
        guard let word = Self.allCases.first(where: { $0.rawValue.lowercased() == argument.lowercased() }) else {
            return nil
        }
        self = word
    }

    /// The condition's status.
    var status: Condition.Status { self == .unknown ? .unknown : .false }
}

/// How many Revisions are kept: a number, or `all`.
struct KeepRevisionsWord: ExpressibleByArgument {
    /// What it means.
    let kept: SyncOptions.KeptRevisions

    /// Reads a number from 0 to a million, or `all`.
    init?(argument: String) {
        if argument.lowercased() == "all" {
            kept = .all
        } else if let number = Int(argument), (0...1_000_000).contains(number) {
            kept = .newest(number)
        } else {
            return nil
        }
    }
}
