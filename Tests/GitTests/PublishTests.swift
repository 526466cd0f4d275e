import Git
import TestSupport
import Testing

@Suite struct PublishTests {
    let folder: TemporaryFolder
    let remote: GitRepository
    let mirror: Mirror

    init() throws {
        folder = try TemporaryFolder()
        let source = try GitRepository()
        try source.commit(["services/shop.yaml": "kind: Service\n"])
        remote = try source.bareCopy(in: folder)
        mirror = try makeMirror(remote.path, in: folder)
    }

    private func paths(_ commit: String) throws -> [String] {
        try remote.git("ls-tree", "-r", "--name-only", commit).split(separator: "\n").map(String.init)
    }

    /// Publishes and expects a new commit.
    private func push(
        _ parent: ObjectID?,
        _ files: [String: String?]
    ) async throws -> ObjectID {
        let published = try await mirror.publish("status", parent, files)
        guard case .pushed(let id, _) = published else { throw Program.Failure(description: "\(published)") }
        return id
    }

    @Test func `a branch is created, without anything fetched before`() async throws {
        let id = try await push(nil, ["a/b/c.md": "c", "README.md": "read"])
        #expect(try paths("status") == ["README.md", "a/b/c.md"])
        #expect(
            try remote.git("log", "-1", "--format=%H %an %ae %at %s %P", "status")
                == "\(id) Elafros elafros@localhost 1700000000 Report "
        )
        #expect(try remote.git("fsck", "--strict", "--no-dangling", "--connectivity-only") == "")
    }

    @Test func `changes add, replace and remove; emptied folders go`() async throws {
        let first = try await push(nil, ["a/one": "1", "a/two": "2", "b/three": "3", "c": "4"])
        _ = try await push(first, ["a/one": "1b", "b/three": nil, "d/e/f": "5"])
        #expect(try paths("status") == ["a/one", "a/two", "c", "d/e/f"])
        #expect(try remote.git("show", "status:a/one") == "1b")
    }

    @Test func `a file takes the place of a folder, and a folder that of a file`() async throws {
        let first = try await push(nil, ["a/one": "1", "b": "2", "a.b": "3", "a-b": "4"])
        _ = try await push(first, ["a": "file", "b/in": "folder"])
        #expect(try paths("status") == ["a", "a-b", "a.b", "b/in"])
        #expect(try remote.git("fsck", "--strict", "--no-dangling") == "")
    }

    @Test func `a branch that has it all already is left alone, whoever wrote it`() async throws {
        let first = try await push(nil, ["a": "1"])
        #expect(try await mirror.publish("status", first, ["a": "1"]) == .unchanged(first))
        // As after a crash between the push and the note of it.
        let second = try await push(first, ["a": "2"])
        #expect(try await mirror.publish("status", first, ["a": "2"]) == .unchanged(second))
        let objects = try remote.git("count-objects")
        _ = try await mirror.publish("status", second, ["a": "2"])
        #expect(try remote.git("count-objects") == objects)
    }

    @Test func `a branch that moved is reported, and nothing is pushed`() async throws {
        let first = try await push(nil, ["a": "1"])
        let other = try makeMirror(remote.path, in: TemporaryFolder())
        guard case .pushed(let theirs, _) = try await other.publish("status", first, ["b": "2"]) else {
            return #expect(Bool(false), "not pushed")
        }
        #expect(try await mirror.publish("status", first, ["c": "3"]) == .moved(theirs))
        #expect(try await mirror.publish("status", nil, ["c": "3"]) == .moved(theirs))
        #expect(try await mirror.head(ofRemoteBranch: "status") == theirs)
        try remote.git("update-ref", "-d", "refs/heads/status")
        #expect(try await mirror.publish("status", first, ["c": "3"]) == .moved(nil))
    }

    @Test func `what a declined push left in the mirror is sent with the next`() async throws {
        let first = try await push(nil, ["a": "1"])
        let other = try makeMirror(remote.path, in: TemporaryFolder())
        guard case .pushed(let theirs, _) = try await other.publish("status", first, ["b": "2"]) else {
            return #expect(Bool(false), "not pushed")
        }
        #expect(try await mirror.publish("status", first, ["c/d": "3"]) == .moved(theirs))
        _ = try await push(theirs, ["c/d": "3"])
        #expect(try remote.git("fsck", "--strict", "--no-dangling") == "")
        #expect(try remote.git("show", "status:c/d") == "3")
    }

    @Test func `a branch that is checked out is not moved`() async throws {
        let source = try GitRepository()
        try source.commit(["a": "1"])
        let mirror = try makeMirror(source.path, in: TemporaryFolder())
        let head = try await mirror.fetch(.head, known: nil).commit
        let error = await #expect(throws: GitError.self) { try await mirror.publish("main", head, ["b": "2"]) }
        #expect(error?.kind == .rejected)
        guard case .pushed = try await mirror.publish("status", nil, ["b": "2"]) else {
            return #expect(Bool(false), "not pushed")
        }
    }

    @Test func `hooks of a folder are not run, and named`() async throws {
        try remote.installHook("post-receive", "touch \(folder.path("ran"))")
        guard case .pushed(_, let skipped) = try await mirror.publish("status", nil, ["a": "1"]) else {
            return #expect(Bool(false), "not pushed")
        }
        #expect(skipped == ["post-receive"])
        #expect(folder.text(of: "ran") == nil)
    }

    @Test func `many files go as one pack, then a few as they are`() async throws {
        let files = Dictionary(
            uniqueKeysWithValues: (0..<500).map { ("f/\($0 % 7)/\($0).md", String?("report \($0)\n")) }
        )
        let loose = try remote.git("count-objects")
        let first = try await push(nil, files)
        #expect(try paths("status").count == 500)
        #expect(try remote.git("count-objects") == loose)
        #expect(try await mirror.publish("status", first, files) == .unchanged(first))
        _ = try await push(first, ["f/0/0.md": "changed\n"])
        #expect(try remote.git("fsck", "--strict", "--no-dangling") == "")
    }

    @Test func `a branch can be read back by another mirror`() async throws {
        let pushed = try await push(nil, ["a": "1", "b/c": "2"])
        let other = try makeMirror(remote.path, in: TemporaryFolder())
        #expect(try await other.fetchBranch("none") == nil)
        #expect(try await other.fetchBranch("status") == pushed)
        #expect(try await other.files(in: pushed).keys.map(\.text).sorted() == ["a", "b/c"])
        #expect(try await other.file(at: "b/c", in: pushed) == Array("2".utf8))
        #expect(try await other.file(at: "b", in: pushed) == nil)
        #expect(try await other.file(at: "b/d", in: pushed) == nil)
    }

    @Test func `two who push at once both come to stand, one on the other`() async throws {
        let first = try await push(nil, ["a": "1"])
        /// As a report does: on top of whoever was faster.
        @Sendable func insist(_ mirror: Mirror, _ file: String) async throws {
            var parent: ObjectID? = first
            for _ in 0..<20 {
                switch try await mirror.publish("status", parent, [file: file]) {
                case .moved(let now): parent = now
                case .pushed, .unchanged: return
                }
                parent = try await mirror.fetchBranch("status")
            }
            throw Program.Failure(description: "\(file) was never pushed")
        }
        let folders = try (0..<4).map { _ in try TemporaryFolder() }
        try await withThrowingTaskGroup { group in
            for (number, folder) in folders.enumerated() {
                let mirror = try makeMirror(remote.path, in: folder)
                group.addTask { try await insist(mirror, "f\(number)") }
            }
            try await group.waitForAll()
        }
        #expect(try paths("status") == ["a", "f0", "f1", "f2", "f3"])
        #expect(try remote.git("rev-list", "--count", "status") == "5")
    }

    @Test func `a lock that a killed push left behind is taken away, another program's is not`() async throws {
        let first = try await push(nil, ["a": "1"])
        let lock = "remote.git/refs/heads/status.lock"
        try folder.write("", to: lock)
        let error = await #expect(throws: GitError.self) { try await mirror.publish("status", first, ["a": "2"]) }
        #expect(error?.kind == .rejected)
        #expect(error?.reason.contains("status.lock") == true)
        #expect(folder.text(of: lock) == "")
        // As the kill leaves it: the note of what was being moved, and the lock.
        try folder.write("\(remote.path)/refs/heads/status.lock", to: "mirrors/mirror.git/moving")
        _ = try await push(first, ["a": "2"])
        #expect(folder.text(of: lock) == nil)
        #expect(folder.text(of: "mirrors/mirror.git/moving") == nil)
    }

    @Test func `HEAD is no branch`() async throws {
        await #expect(throws: GitError.self) { try await mirror.publish("HEAD", nil, ["a": "1"]) }
    }

    @Test(arguments: [
        "", "a//b", "../a", "a/./b", ".git/config", "a/.GIT/hooks/x", ".git./x", ".git /x", "GIT~1/x",
        ".git::$INDEX_ALLOCATION/x", ".g\u{200c}it/x", "a\\b",
    ])
    func `paths that no checkout could have are refused`(path: String) async throws {
        await #expect(throws: GitError.self) { try await mirror.publish("status", nil, [path: "x"]) }
    }
}
