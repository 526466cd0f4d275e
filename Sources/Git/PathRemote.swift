internal import CLibGit2
internal import Glibc

/// A repository on this machine, opened directly: asking it takes 0.2 ms instead of the 10 of a transport, and libgit2's own
/// local transport packs everything anew, which takes ten times as long as copying.
struct PathRemote: Remote {
    private let repository: Repository
    private let url: RemoteURL

    /// Opens the repository at the path, or at the path with `.git` after it.
    init(_ url: RemoteURL) throws(GitError) {
        self.url = url
        let doing = "open \(url)"
        do {
            repository = try Repository(opening: url.path, doing: doing)
        } catch {
            if access(url.path, F_OK) != 0, errno == EACCES { throw GitError(errno: EACCES, doing: doing) }
            if Folder.isFolder("\(url.path).git") {
                repository = try Repository(opening: "\(url.path).git", doing: doing)
            } else if error.kind == .notFound {
                let reason = Folder.exists(url.path) ? "there is no git repository in it" : "it does not exist"
                throw error.with(reason: "\(reason); check the path")
            } else {
                throw error
            }
        }
    }

    /// The folder with packs and loose objects.
    var objectsFolder: String { repository.objectsFolder }

    /// The folder that holds objects and branches, without links on the way to it.
    var folder: String {
        guard let path = realpath(repository.folder, nil) else { return repository.folder }
        defer { free(path) }
        return String(cString: path)
    }

    func tip(of follow: Follow) throws(GitError) -> Tip {
        switch follow {
        case .head:
            let branch = try repository.headBranch()
            guard let id = try repository.reference("HEAD") else {
                throw missing("it has no commit on its default branch yet; push one, or name a branch")
            }
            return Tip(id: id, reference: branch)
        case .branch(let name):
            guard let id = try head(ofBranch: name) else { throw try missing(follow, prefix: "refs/heads/") }
            return Tip(id: id, reference: "refs/heads/\(name)")
        case .tag(let name):
            return try tip(ofTag: "refs/tags/\(name)", followedAs: follow)
        case .versions(let range):
            let tags = VersionTags(try repository.referenceNames())
            return try tip(ofTag: tags.newest(in: range, doing: "fetch \(url)"), followedAs: follow)
        case .commit(let id):
            guard repository.contains(id) else { throw missing("commit \(id.short) is not in it") }
            return Tip(id: id, reference: nil)
        case .reference(let name):
            guard let id = try repository.reference(name) else { throw try missing(follow, prefix: "refs/") }
            return Tip(id: try repository.peeled(id), reference: name)
        }
    }

    private func tip(ofTag reference: String, followedAs follow: Follow) throws(GitError) -> Tip {
        guard let id = try repository.reference(reference) else { throw try missing(follow, prefix: "refs/tags/") }
        return Tip(id: try repository.peeled(id), reference: reference)
    }

    func target(of reference: String) throws(GitError) -> ObjectID? { try repository.reference(reference) }

    private func missing(_ reason: String) -> GitError {
        GitError(.notFound, doing: "fetch \(url)", reason: reason)
    }

    private func missing(_ follow: Follow, prefix: String) throws(GitError) -> GitError {
        .missing(follow, prefix: prefix, among: try repository.referenceNames(), doing: "fetch \(url)")
    }
}

extension GitError {
    /// Something that is followed is not there: says what is.
    static func missing(_ follow: Follow, prefix: String, among references: [String], doing: String) -> GitError {
        let names = references.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        let some = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
        let hint = names.isEmpty ? "there is none of that kind" : "there are \(some)"
        let advice =
            if case .branch(let name) = follow, isShortID(name) { "; a commit is named by its whole id" } else { "" }
        return GitError(.notFound, doing: doing, reason: "\(follow) does not exist; \(hint)\(advice)")
    }

    /// Whether a name looks like the beginning of a commit's id, as people copy it.
    private static func isShortID(_ name: String) -> Bool {
        (7..<40).contains(name.utf8.count) && name.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }
}

// MARK: - Fetching

extension PathRemote {
    func bring(_ tip: Tip, into mirror: Repository) throws(GitError) {
        guard !isPartial else {
            let reason =
                "it is a partial clone, whose missing files only git can get; follow the one it was cloned from"
            throw GitError(.other, doing: "fetch \(url)", reason: reason)
        }
        // A mirror that borrows from here has everything.
        if mirror.hasCommit(tip.id) { return }
        // What a mirror that is in use has of a commit, it has whole: commits come after what they lead to.
        let isEmpty = try mirror.tips().isEmpty
        if isEmpty, copyAllObjects(into: mirror), mirror.hasCommit(tip.id) { return }
        let objects: [ObjectID]
        do throws(GitError) {
            objects = try newObjects(upTo: tip.id) { !isEmpty && mirror.contains($0) }
        } catch  where error.kind == .damaged {
            let reason = "\(error); the repository there is damaged: git fsck says more"
            throw GitError(.other, doing: "fetch \(url)", reason: reason)
        }
        try copyObjects(objects, from: repository, to: mirror)
    }

    /// Whether git left objects out when it cloned this, to ask for them when they are needed.
    private var isPartial: Bool {
        Folder.names(in: "\(repository.objectsFolder)/pack").contains { $0.hasSuffix(".promisor") }
    }

    /// Copies the files of packs and objects as they are, and returns whether that went through. Only for a mirror that has
    /// nothing yet.
    private func copyAllObjects(into mirror: Repository) -> Bool {
        let source = repository.objectsFolder
        let doing = "copy the objects of \(url)"
        // What is borrowed from other repositories would be missing, and what git fetches on demand is.
        guard !Folder.exists("\(source)/info/alternates") else { return false }
        do throws(GitError) {
            // Loose objects first: should git pack them meanwhile, the pack is there when its turn comes.
            for name in Folder.names(in: source) where name.count == 2 && UInt8(name, radix: 16) != nil {
                try Folder.create("\(mirror.objectsFolder)/\(name)", doing: doing)
                for file in Folder.names(in: "\(source)/\(name)") where file.count == 38 {
                    try Folder.copy(
                        "\(source)/\(name)/\(file)",
                        to: "\(mirror.objectsFolder)/\(name)/\(file)",
                        doing: doing
                    )
                }
            }
            for name in Folder.names(in: "\(source)/pack") where name.hasPrefix("pack-") && name.hasSuffix(".idx") {
                let pack = String(name.dropLast(4))
                try copyPack("\(source)/pack/\(pack)", to: mirror, doing: doing)
            }
            try mirror.refresh()
            return true
        } catch {
            // Git packed anew while we copied, most likely. The caller walks the objects instead, and that call's error is
            // the one worth reading.
            return false
        }
    }

    private func copyPack(_ pack: String, to target: Repository, doing: String) throws(GitError) {
        let name = pack.split(separator: "/").last.map(String.init) ?? ""
        let copy = "\(target.objectsFolder)/pack/\(name)"
        guard !Folder.exists("\(copy).idx") else { return }
        // The index last, and under its name only when whole: from then on the pack is in use.
        try Folder.copy("\(pack).pack", to: "\(copy).pack", doing: doing)
        try Folder.copy("\(pack).idx", to: "\(copy).idx.tmp", doing: doing)
        guard rename("\(copy).idx.tmp", "\(copy).idx") == 0 else { throw GitError(errno: errno, doing: doing) }
    }

    /// The objects that lead to `tip` from commits that are known, each after what it names.
    private func newObjects(upTo tip: ObjectID, isKnown: (ObjectID) -> Bool) throws(GitError) -> [ObjectID] {
        var found: [ObjectID] = []
        var seen: Set<ObjectID> = []
        for commit in try repository.commits(upTo: tip, stoppingAt: isKnown) {
            let info = try repository.commit(commit)
            // What differs from the first parent is all that can be new: the parent's own objects came with it.
            var diff = TreeDiff(repository)
            let parent = info.parents.first.flatMap { repository.contains($0) ? $0 : nil }
            let before = try parent.map { id throws(GitError) in try repository.tree(of: id) }
            try diff.compare(before, info.tree)
            for change in diff.changes {
                if let new = change.new, new.kind != .submodule, seen.insert(new.id).inserted { found.append(new.id) }
            }
            for tree in diff.newTrees.reversed() where tree != .emptyTree && seen.insert(tree).inserted {
                found.append(tree)
            }
            found.append(commit)
        }
        return found
    }

    /// Copies objects from one repository to another: few as they are, many as one pack.
    private func copyObjects(_ ids: [ObjectID], from source: Repository, to target: Repository) throws(GitError) {
        if ids.count < Repository.packsFrom {
            for id in ids {
                let type = try source.header(id).type
                _ = try source.withObject(id, type) { bytes throws(GitError) in try target.write(bytes, type) }
            }
        } else {
            _ = try source.writePack(of: ids, to: "\(target.objectsFolder)/pack")
        }
        try target.refresh()
    }
}

// MARK: - Pushing

extension PathRemote {
    func push(_ commit: NewCommit, to reference: String, from mirror: Repository) throws(GitError) -> [String] {
        let doing = "push \(GitName.shown(reference)) to \(url)"
        if try repository.isCheckedOut(reference) {
            let reason = "the branch is checked out there; push to another branch, or to a bare repository"
            throw GitError(.rejected, doing: doing, reason: reason)
        }
        if let pack = commit.pack {
            try copyPack(pack, to: repository, doing: doing)
            try repository.refresh()
        } else {
            try copyObjects(commit.objects, from: mirror, to: repository)
        }
        try move(reference, to: commit, notedIn: mirror)
        return hooks()
    }

    /// Moves the reference. A note in the mirror, for as long as that takes, tells a lock that we left behind when we were
    /// killed from one that another program holds.
    private func move(_ reference: String, to commit: NewCommit, notedIn mirror: Repository) throws(GitError) {
        let note = "\(mirror.folder)moving"
        // Without a note, nobody was killed.
        let noted = try? Folder.read(note, doing: "read \(note)")
        let lock = "\(repository.folder)\(reference).lock"
        if noted == Array(lock.utf8) { unlink(lock) }
        try Folder.write(Array(lock.utf8), to: note, doing: "push to \(url)")
        defer { unlink(note) }
        // As long as git itself waits for somebody who is moving the same branch.
        for _ in 0..<10 where Folder.exists(lock) { usleep(10_000) }
        do throws(GitError) {
            try repository.moveReference(reference, from: commit.expected, to: commit.id, message: "push")
        } catch  where Folder.exists(lock) {
            let reason = "another program is moving the branch; if none is, remove \(lock)"
            throw GitError(.moved, doing: "push to \(url)", reason: reason)
        }
    }

    /// The hooks that git would have run. We run no programs out of a repository.
    private func hooks() -> [String] {
        ["pre-receive", "update", "post-receive", "post-update"].filter {
            access("\(repository.folder)hooks/\($0)", X_OK) == 0
        }
    }
}
