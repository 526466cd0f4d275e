import Git
import TestSupport
import Testing

@Suite struct PathRemoteTests {
    let source: GitRepository
    let folder: TemporaryFolder

    init() throws {
        source = try GitRepository()
        folder = try TemporaryFolder()
    }

    private func mirror(_ address: String? = nil) throws -> Mirror {
        try makeMirror(address ?? source.path, in: folder)
    }

    @Test func `a first fetch brings the default branch`() async throws {
        let commit = try source.commit(["services/shop.yaml": "kind: Service\n"])
        let fetched = try await mirror().fetch(.head, known: nil)
        #expect(fetched.commit.hex == commit)
        #expect(fetched.isNew)
        #expect(!fetched.rebuiltMirror)
        #expect(!fetched.rewroteHistory)
        #expect(fetched.branchName == "main")
    }

    @Test func `file addresses are read like paths`() async throws {
        let commit = try source.commit(["a": "1"])
        #expect(try await mirror("file://\(source.path)").fetch(.head, known: nil).commit.hex == commit)
    }

    @Test func `a second fetch brings what changed and reads nothing else`() async throws {
        let first = try source.commit(["keep/a.yaml": "a", "change/b.yaml": "b"])
        let mirror = try mirror()
        _ = try await mirror.fetch(.head, known: nil)
        let second = try source.commit(["change/b.yaml": "changed", "new.yaml": "n", "keep/a.yaml": "a"])
        let fetched = try await mirror.fetch(.head, known: id(first))
        #expect(fetched.isNew)
        #expect(!fetched.rewroteHistory)
        let changes = try await mirror.changes(from: mirror.tree(of: id(first)), to: mirror.tree(of: id(second)))
        #expect(changes.map(\.path.text) == ["change/b.yaml", "new.yaml"])
        #expect(await mirror.counters.treesRead == 4)
        #expect(await mirror.counters.blobsRead == 0)
    }

    @Test func `nothing new downloads nothing and reads no tree`() async throws {
        let commit = try source.commit(["a": "1"])
        _ = try await mirror().fetch(.head, known: nil)
        let again = try mirror()
        let fetched = try await again.fetch(.head, known: id(commit))
        #expect(!fetched.isNew)
        #expect(await again.counters.treesRead == 0)
        #expect(await again.counters.exchanges == 1)
    }

    @Test func `branches, tags and commits can be followed`() async throws {
        let first = try source.commit(["a": "1"])
        try source.git("tag", "light")
        try source.git("tag", "-a", "-m", "A release", "v1")
        let second = try source.commit(["a": "2"])
        try source.git("branch", "release/1", first)
        let mirror = try mirror()
        #expect(try await mirror.fetch(.branch("main"), known: nil).commit.hex == second)
        #expect(try await mirror.fetch(.branch("release/1"), known: nil).commit.hex == first)
        #expect(try await mirror.fetch(.tag("light"), known: nil).commit.hex == first)
        let tagged = try await mirror.fetch(.tag("v1"), known: nil)
        #expect(tagged.commit.hex == first)
        #expect(tagged.branchName == nil)
        #expect(try await mirror.fetch(.commit(id(first)), known: nil).commit.hex == first)
    }

    @Test func `a commit that the mirror has costs no exchange`() async throws {
        let first = try source.commit(["a": "1"])
        try source.commit(["a": "2"])
        let mirror = try mirror()
        _ = try await mirror.fetch(.head, known: nil)
        _ = try await mirror.fetch(.commit(id(first)), known: nil)
        #expect(await mirror.counters.exchanges == 1)
    }

    @Test func `a branch that does not exist is reported with those that do`() async throws {
        try source.commit(["a": "1"])
        let error = await #expect(throws: GitError.self) { try await mirror().fetch(.branch("mian"), known: nil) }
        #expect(error?.kind == .notFound)
        #expect(error?.reason == "branch mian does not exist; there are main")
    }

    @Test func `a repository without commits is reported as such`() async throws {
        let error = await #expect(throws: GitError.self) { try await mirror().fetch(.head, known: nil) }
        #expect(error?.kind == .notFound)
    }

    @Test(arguments: ["missing", "."])
    func `a folder that is no repository is reported as such`(name: String) async throws {
        let mirror = try makeMirror("\(folder.path)/\(name)", in: folder)
        let error = await #expect(throws: GitError.self) { try await mirror.fetch(.head, known: nil) }
        #expect(error?.kind == .notFound)
    }

    @Test func `a rewritten history is followed and reported`() async throws {
        try source.commit(["a": "1"])
        let second = try source.commit(["a": "2"])
        let mirror = try mirror()
        _ = try await mirror.fetch(.head, known: nil)
        try source.git("reset", "-q", "--hard", "HEAD~1")
        let third = try source.commit(["a": "3"])
        let fetched = try await mirror.fetch(.head, known: id(second))
        #expect(fetched.commit.hex == third)
        #expect(fetched.rewroteHistory)
    }

    @Test func `a history with nothing in common is followed`() async throws {
        let first = try source.commit(["a": "1"])
        let mirror = try mirror()
        _ = try await mirror.fetch(.head, known: nil)
        try source.git("checkout", "-q", "--orphan", "other")
        let other = try source.commit(["b/c": "2"])
        try source.git("branch", "-f", "main", other)
        let fetched = try await mirror.fetch(.branch("main"), known: id(first))
        #expect(fetched.rewroteHistory)
        #expect(try await mirror.files(in: fetched.commit).count == 2)
    }

    @Test func `objects borrowed from another repository are copied too`() async throws {
        let commit = try source.commit(["a": "1"])
        let borrower = folder.path("borrower")
        try Program.run("git", ["clone", "-q", "--shared", source.path, borrower])
        let mirror = try mirror(borrower)
        #expect(try await mirror.fetch(.head, known: nil).commit.hex == commit)
        #expect(try await mirror.file(at: "a", in: id(commit)) == Array("1".utf8))
    }

    @Test func `a thousand new files come as one pack`() async throws {
        try source.commit(["a": "1"])
        let mirror = try mirror()
        _ = try await mirror.fetch(.head, known: nil)
        let many = Dictionary(
            uniqueKeysWithValues: (0..<1000).map { ("many/\($0 % 10)/\($0)", String?("file \($0)\n")) }
        )
        let commit = try source.commit(many)
        _ = try await mirror.fetch(.head, known: nil)
        #expect(try await mirror.files(in: id(commit)).count == 1001)
        #expect(try await mirror.file(at: "many/9/999", in: id(commit)) == Array("file 999\n".utf8))
    }

    @Test func `what a commit says about itself can be read`() async throws {
        let first = try source.commit(["a": "1"])
        let second = try source.commit(["a": "2"], message: "Second\n\nWith a body")
        let mirror = try mirror()
        _ = try await mirror.fetch(.head, known: nil)
        let info = try await mirror.commitInfo(id(second))
        #expect(info.subject == "Second")
        #expect(info.message == "Second\n\nWith a body\n")
        #expect(try info.parents == [id(first)])
        #expect(info.author == Signature(name: "Ada", email: "ada@example.com", milliseconds: 1_700_000_002_000))
    }
}
