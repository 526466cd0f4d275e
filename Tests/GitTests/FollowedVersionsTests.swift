import Git
import TestSupport
import Testing

@Suite struct FollowedVersionsTests {
    let source: GitRepository
    let folder: TemporaryFolder

    init() throws {
        source = try GitRepository()
        folder = try TemporaryFolder()
    }

    private func follow(_ range: String) throws -> Follow { .versions(try VersionRange(range)) }

    /// A commit for each tag, every second tag with a message of its own.
    private func commit(tags: String...) throws -> [String: String] {
        var commits: [String: String] = [:]
        for (index, tag) in tags.enumerated() {
            commits[tag] = try source.commit(["version": tag])
            if index % 2 == 0 { try source.git("tag", tag) } else { try source.git("tag", "-a", "-m", "Release", tag) }
        }
        return commits
    }

    @Test func `the newest tag in the range is followed, whenever it was made`() async throws {
        let commits = try commit(
            tags: "v1.9.0",
            "v1.10.0",
            "v2.0.0",
            "v1.2.0",
            "nightly",
            "v1.11.0-rc.1",
            "other/v1.12.0"
        )
        let mirror = try makeMirror(source.path, in: folder)
        let fetched = try await mirror.fetch(follow("^1.2"), known: nil)
        #expect(fetched.commit.hex == commits["v1.10.0"])
        #expect(fetched.branchName == nil)
        #expect(try await mirror.fetch(follow("<1.9"), known: fetched.commit).commit.hex == commits["v1.2.0"])
        #expect(try await mirror.fetch(follow(">=1.2.0-0 <2.0.0-0"), known: nil).commit.hex == commits["v1.11.0-rc.1"])
    }

    @Test func `a newer tag is news, and never a rewritten history`() async throws {
        try source.git("checkout", "-q", "--orphan", "first")
        let first = try commit(tags: "1.0.0")
        let mirror = try makeMirror(source.path, in: folder)
        let before = try await mirror.fetch(follow("1.x"), known: nil)
        #expect(before.commit.hex == first["1.0.0"])
        try source.git("checkout", "-q", "--orphan", "second")
        let second = try commit(tags: "1.0.1")
        let fetched = try await mirror.fetch(follow("1.x"), known: before.commit)
        #expect(fetched.commit.hex == second["1.0.1"])
        #expect(fetched.isNew)
        #expect(!fetched.rewroteHistory)
        #expect(try await mirror.fetch(follow("1.x"), known: fetched.commit).isNew == false)
    }

    @Test func `of equal versions the tag whose name comes last is followed`() async throws {
        let commits = try commit(tags: "1.0.0+7", "1.0.0+8", "1.0.0")
        let mirror = try makeMirror(source.path, in: folder)
        #expect(try await mirror.fetch(follow("1"), known: nil).commit.hex == commits["1.0.0+8"])
    }

    @Test func `what is not there is said with what is`() async throws {
        try source.commit(["a": "1"])
        let mirror = try makeMirror(source.path, in: folder)
        func reason(_ range: String) async throws -> String? {
            let error = await #expect(throws: GitError.self) { try await mirror.fetch(follow(range), known: nil) }
            #expect(error?.kind == .notFound)
            return error?.reason
        }
        let none = "no tag is one of versions 2.x; "
        #expect(try await reason("2.x") == none + "there is no tag at all: tag a commit as 1.2.3 or v1.2.3")
        try source.git("tag", "nightly")
        #expect(try await reason("2.x") == none + "the one tag is no version: tag a commit as 1.2.3 or v1.2.3")
        try source.git("tag", "1.0.0-rc.1")
        let advice = "there are 1.0.0-rc.1; name a pre-release to follow them, as in >=0.0.0-0"
        #expect(try await reason("2.x") == none + advice)
        for patch in 0..<7 { try source.git("tag", "v1.0.\(patch)") }
        #expect(try await reason("2.x") == none + "there are v1.0.6, v1.0.5, v1.0.4, v1.0.3, v1.0.2 and 3 older")
    }

    @Test(.enabled(if: HTTPRemote.isAvailable, "needs nginx, fcgiwrap and git-http-backend"))
    func `over HTTP it is the same, for tags with messages too`() async throws {
        let commits = try commit(tags: "v1.0.0", "v1.1.0", "v2.0.0")
        _ = try source.bareCopy(in: folder)
        let server = try HTTPRemote(serving: folder.path)
        let mirror = try makeMirror("\(server.address)/remote.git", in: folder)
        #expect(try await mirror.fetch(follow("^1"), known: nil).commit.hex == commits["v1.1.0"])
        #expect(try await mirror.fetch(follow("*"), known: nil).commit.hex == commits["v2.0.0"])
        let error = await #expect(throws: GitError.self) { try await mirror.fetch(follow("3"), known: nil) }
        #expect(error?.kind == .notFound)
        #expect(error?.reason == "no tag is one of versions 3; there are v2.0.0, v1.1.0, v1.0.0")
    }
}
