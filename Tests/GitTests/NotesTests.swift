import Foundation
import Git
import TestSupport
import Testing

/// Notes on commits: as git reads them, beside those of others.
@Suite struct NotesTests {
    let folder: TemporaryFolder
    let source: GitRepository
    let remote: GitRepository
    let mirror: Mirror
    let commit: ObjectID

    init() throws {
        folder = try TemporaryFolder()
        source = try GitRepository()
        commit = try id(try source.commit(["services/shop.yaml": "kind: Service\n"]))
        remote = try source.bareCopy(in: folder)
        mirror = try makeMirror(remote.path, in: folder)
    }

    private func shown(on commit: ObjectID) throws -> String {
        try remote.git("notes", "--ref=elafros", "show", commit.hex)
    }

    private func count() throws -> String { try remote.git("rev-list", "--count", "refs/notes/elafros") }

    @Test func `git shows the note, and one that says so already is left alone`() async throws {
        guard case .written(let first, _) = try await mirror.annotate(commit, "one") else {
            return #expect(Bool(false), "not written")
        }
        #expect(try remote.id(of: "refs/notes/elafros") == first.hex)
        #expect(try shown(on: commit) == "one")
        #expect(try await mirror.annotate(commit, "one") == .unchanged)
        _ = try await mirror.annotate(commit, "two")
        #expect(try shown(on: commit) == "two")
        #expect(try count() == "2")
        #expect(try remote.git("fsck", "--strict", "--no-dangling") == "")
    }

    @Test func `what the note says is asked again where others were faster, and theirs stays`() async throws {
        let folders = try (0..<4).map { _ in try TemporaryFolder() }
        try await withThrowingTaskGroup { group in
            for (number, folder) in folders.enumerated() {
                let (mirror, commit) = (try makeMirror(remote.path, in: folder), commit)
                group.addTask {
                    // As the next sync does, where others were faster five times.
                    while true {
                        do {
                            _ = try await mirror.annotate(commit) { ($0 ?? []) + Array("\(number)\n".utf8) }
                            return
                        } catch let error as GitError where [.moved, .rejected].contains(error.kind) {}
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try shown(on: commit).split(separator: "\n").sorted() == ["0", "1", "2", "3"])
    }

    @Test func `notes that git has spread over folders stay, and ours goes where git looks for it`() async throws {
        // Many at once, as an import brings them.
        let who = "committer Ada <ada@example.com> 1700000000 +0000\ndata 0\n\n"
        let commits = (1...300).map { "commit refs/heads/many\nmark :\($0)\n\(who)" }.joined()
        let notes = (1...300).map { "N inline :\($0)\ndata 7\ntheirs\n\n" }.joined()
        let stream = "\(commits)commit refs/notes/elafros\n\(who)\(notes)"
        try remote.git("fast-import", "--quiet", input: Data(stream.utf8))
        #expect(try remote.git("ls-tree", "-r", "--name-only", "refs/notes/elafros").contains("/"))

        _ = try await mirror.annotate(commit, "ours")

        #expect(try shown(on: commit) == "ours")
        #expect(try remote.git("notes", "--ref=elafros", "list").split(separator: "\n").count == 301)
        // Git goes on from there, and so do we.
        try remote.git("notes", "--ref=elafros", "append", "-m", "a person's", commit.hex)
        _ = try await mirror.annotate(commit) { ($0 ?? []) + Array("ours again\n".utf8) }
        #expect(try shown(on: commit) == "ours\n\na person's\nours again")
        #expect(try remote.git("fsck", "--strict", "--no-dangling") == "")
    }

    @Test func `where a folder of notes is full, new ones go one deeper`() async throws {
        let blob = try remote.git("hash-object", "-w", "--stdin", input: Data("theirs\n".utf8))
        let names = (0..<256).map { String(format: "%040x", $0) }
        let tree = try remote.git(
            "mktree",
            input: Data(names.map { "100644 blob \(blob)\t\($0)\n" }.joined().utf8)
        )
        let notes = try remote.git("commit-tree", tree, "-m", "Flat")
        try remote.git("update-ref", "refs/notes/elafros", notes)

        _ = try await mirror.annotate(commit, "ours")

        let path = "\(commit.hex.prefix(2))/\(commit.hex.dropFirst(2))"
        #expect(try remote.git("show", "refs/notes/elafros:\(path)") == "ours")
        #expect(try shown(on: commit) == "ours")
        #expect(try shown(on: id(names[7])) == "theirs")
        _ = try await mirror.annotate(commit, "again")
        #expect(try shown(on: commit) == "again")
    }
}

/// Servers that decide for themselves.
@Suite(.enabled(if: HTTPRemote.isAvailable, "needs nginx, fcgiwrap and git-http-backend"))
struct ServedNotesTests {
    @Test func `notes are pushed to a server, and one that declines them says why`() async throws {
        let folder = try TemporaryFolder()
        let source = try GitRepository()
        let commit = try id(try source.commit(["a": "1"]))
        let remote = try source.bareCopy(in: folder)
        try remote.git("config", "http.receivepack", "true")
        let server = try HTTPRemote(serving: folder.path)
        let mirror = try makeMirror("\(server.address)/remote.git", in: folder)
        _ = try await mirror.fetch(.head, known: nil)
        _ = try await mirror.annotate(commit, "one")
        #expect(try remote.git("notes", "--ref=elafros", "show", commit.hex) == "one")

        try remote.installHook("update", "echo no notes here >&2; exit 1")
        let error = await #expect(throws: GitError.self) { try await mirror.annotate(commit, "two") }

        #expect(error?.kind == .rejected)
        #expect(error?.reason.contains("no notes here") == true)
        #expect(try remote.git("notes", "--ref=elafros", "show", commit.hex) == "one")
    }
}

extension Mirror {
    fileprivate func annotate(
        _ commit: ObjectID,
        _ text: @escaping @Sendable ([UInt8]?) -> [UInt8]
    ) async throws -> Noted {
        try annotate(commit, in: "elafros", message: "Note", author: .elafros, text)
    }

    fileprivate func annotate(_ commit: ObjectID, _ text: String) async throws -> Noted {
        try await annotate(commit) { _ in Array("\(text)\n".utf8) }
    }
}
