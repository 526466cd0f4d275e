import Foundation
import Git
import TestSupport
import Testing

/// Merging in memory: what git itself would make, and what it would not.
@Suite struct MergeTests {
    let source: GitRepository
    let folder: TemporaryFolder
    let mirror: Mirror

    init() throws {
        source = try GitRepository()
        folder = try TemporaryFolder()
        mirror = Mirror(
            passing: folder.path("mirror.git"),
            remote: try RemoteURL(source.path),
            credentials: Credentials(),
            timeout: .seconds(60),
            borrowingFrom: nil
        )
    }

    /// Twenty lines, so that git finds a file again whose first line was changed.
    private func text(_ first: String) -> String {
        ([first] + (1..<20).map { "line \($0)" }).joined(separator: "\n") + "\n"
    }

    /// Commits to `main` and to `feature`, both upon what is there.
    private func fork(main: [String: String?], feature: [String: String?]) throws {
        try source.git("checkout", "-q", "-b", "feature")
        try source.commit(feature)
        try source.git("checkout", "-q", "main")
        try source.commit(main)
    }

    private func merge() async throws -> Merge {
        let base = try await mirror.fetch(.branch("main"), known: nil).commit
        return try await mirror.merge(try await mirror.fetch(.branch("feature"), known: nil).commit, into: base)
    }

    private func gitsTree() throws -> String { try source.git("merge-tree", "--write-tree", "main", "feature") }

    @Test func `the merged tree is git's, also where a file was renamed on one side and edited on the other`()
        async throws
    {
        try source.commit(["a": text("a"), "b": text("b"), "old": text("o"), "gone": text("g")])
        try fork(
            main: ["a": text("a2"), "old": nil, "new": text("o"), "gone": nil],
            feature: ["b": text("b2"), "old": text("o2"), "more": "1"]
        )
        let merge = try await merge()
        #expect(merge.tree?.hex == (try gitsTree()))
        #expect(merge.conflicts.isEmpty)
        #expect(merge.movedFolders.isEmpty)
        #expect(merge.ancestor?.hex == (try source.id(of: "main~1")))
    }

    @Test func `where one side has all that the other has, its tree is taken`() async throws {
        try source.commit(["a": "1"])
        try source.git("checkout", "-q", "-b", "feature")
        try source.commit(["a": "2"])
        #expect(try await merge().tree?.hex == (try source.id(of: "feature^{tree}")))
        try source.git("checkout", "-q", "main")
        try source.git("merge", "-q", "--ff-only", "feature")
        try source.commit(["a": "3"])
        #expect(try await merge().tree?.hex == (try source.id(of: "main^{tree}")))
    }

    @Test func `what does not go together is named`() async throws {
        try source.commit(["a": "1\n", "b": "1\n", "c": "1\n"])
        try fork(main: ["a": "2\n", "b": nil], feature: ["a": "3\n", "b": "4\n", "c": "5\n"])
        let merge = try await merge()
        #expect(merge.tree == nil)
        #expect(merge.conflicts.map(\.text) == ["a", "b"])
    }

    @Test func `a file that was moved within itself on one side and edited on the other is merged as git does`()
        async throws
    {
        func document(_ name: Int, _ image: Int) -> String {
            "kind: Service\nmetadata:\n  name: s\(name)\nspec:\n  container:\n    image: \(image)\n---\n"
        }
        let before = document(3, 0) + document(4, 0) + document(5, 0)
        try source.commit(["a": before])
        try fork(
            main: ["a": document(3, 6) + document(4, 0) + document(5, 0)],
            feature: ["a": document(4, 0) + document(5, 0) + document(6, 0)]
        )
        // Which lines changed is a matter of opinion: compared line for line, the new image would end up in another service.
        #expect(try await merge().conflicts.map(\.text) == ["a"])
        #expect(throws: (any Error).self) { try gitsTree() }
    }

    @Test func `a file that both sides changed is named: git may merge its lines otherwise`() async throws {
        try source.commit(["a": text("a"), "b": text("b"), "c": text("c")])
        try fork(
            main: ["a": text("a") + "end\n", "b": text("b2")],
            feature: ["a": text("a2"), "b": text("b2"), "c": text("c2")]
        )
        let merge = try await merge()
        #expect(merge.tree?.hex == (try gitsTree()))
        #expect(merge.mergedFiles.map(\.text) == ["a"])
    }

    @Test func `histories without a common commit have no ancestor`() async throws {
        try source.commit(["a": "1"])
        try source.git("checkout", "-q", "--orphan", "feature")
        try source.commit(["b": "2"])
        #expect(try await merge().ancestor == nil)
    }

    @Test func `a folder that was moved on one side and added to on the other is named`() async throws {
        try source.commit(["apps/a": text("a"), "apps/b": text("b"), "kept/c": "1"])
        try fork(
            main: ["apps/a": nil, "apps/b": nil, "services/a": text("a"), "services/b": text("b")],
            feature: ["apps/deep/new": "1", "kept/d": "2"]
        )
        #expect(try await merge().movedFolders.map(\.text) == ["apps"])
    }

    @Test func `a folder that was only emptied was not moved`() async throws {
        try source.commit(["apps/a": text("a"), "b": "1"])
        try fork(main: ["apps/a": nil], feature: ["apps/new": "1"])
        #expect(try await merge().movedFolders.isEmpty)
    }

    @Test func `the work tree is what git would commit, and stays as it is`() async throws {
        try source.commit([".gitignore": "*.log\n", "a": "1", "b": "2", "c/d": "3"])
        try Data("new".utf8).write(to: URL(fileURLWithPath: "\(source.path)/a"))
        try FileManager.default.removeItem(atPath: "\(source.path)/b")
        try Data("4".utf8).write(to: URL(fileURLWithPath: "\(source.path)/c/e"))
        try Data("5".utf8).write(to: URL(fileURLWithPath: "\(source.path)/f.log"))
        let status = try source.git("status", "--porcelain")
        _ = try await mirror.fetch(.head, known: nil)

        let commit = try await mirror.commitWorkTree()
        let tree = try await mirror.tree(of: commit)
        #expect(try await mirror.files(in: commit).keys.map(\.text).sorted() == [".gitignore", "a", "c/d", "c/e"])
        #expect(try await mirror.commitWorkTree() == commit)
        #expect(try source.git("status", "--porcelain") == status)
        #expect(throws: (any Error).self) { try source.git("cat-file", "-e", tree.hex) }
        try source.git("add", "--all")
        #expect(try source.git("write-tree") == tree.hex)
    }

    @Test func `repositories inside the work tree are no part of it`() async throws {
        try source.commit(["a": "1"])
        try source.git("init", "-q", "nested")
        try source.git(
            "-C",
            "nested",
            "-c",
            "user.name=a",
            "-c",
            "user.email=b",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "x"
        )
        try source.git("init", "-q", "deep/empty")
        try source.git("worktree", "add", "-q", "-b", "other", "linked")
        try Data("2".utf8).write(to: URL(fileURLWithPath: "\(source.path)/deep/b"))
        _ = try await mirror.fetch(.head, known: nil)
        let commit = try await mirror.commitWorkTree()
        #expect(try await mirror.files(in: commit).keys.map(\.text).sorted() == ["a", "deep/b"])
    }

    @Test func `a merge that is going on in the work tree has to end first`() async throws {
        try source.commit(["a": "1"])
        try fork(main: ["a": "2"], feature: ["a": "3"])
        #expect(throws: (any Error).self) { try source.git("merge", "-q", "feature") }
        _ = try await mirror.fetch(.head, known: nil)
        let error = await #expect(throws: GitError.self) { try await mirror.commitWorkTree() }
        #expect("\(try #require(error))".contains("a merge is going on there; end it first"))
    }

    @Test func `a repository without a work tree says so`() async throws {
        try source.commit(["a": "1"])
        let bare = try source.bareCopy(in: folder)
        let mirror = Mirror(
            passing: folder.path("other.git"),
            remote: try RemoteURL(bare.path),
            credentials: Credentials(),
            timeout: .seconds(60),
            borrowingFrom: nil
        )
        let error = await #expect(throws: GitError.self) { try await mirror.commitWorkTree() }
        #expect("\(try #require(error))".contains("bare"))
    }

    @Test func `a passing mirror of a path copies nothing, and is gone when it is removed`() async throws {
        try source.commit(["a": text("a"), "b": text("b")])
        let commit = try await mirror.fetch(.head, known: nil).commit
        #expect(try await mirror.file(at: "a", in: commit) == Array(text("a").utf8))
        let objects = try FileManager.default.subpathsOfDirectory(atPath: folder.path("mirror.git/objects"))
        #expect(objects.sorted() == ["info", "info/alternates", "pack"])
        try Mirror.remove(folder: folder.path("mirror.git"))
        #expect(!FileManager.default.fileExists(atPath: folder.path("mirror.git")))
    }

    @Test func `any reference can be fetched by its whole name`() async throws {
        try source.commit(["a": "1"])
        let first = try source.id(of: "HEAD")
        try source.git("update-ref", "refs/pull/7/head", first)
        try source.commit(["a": "2"])
        #expect(try await mirror.fetch(.reference("refs/pull/7/head"), known: nil).commit.hex == first)
        let error = await #expect(throws: GitError.self) {
            try await mirror.fetch(.reference("refs/pull/8/head"), known: nil)
        }
        #expect("\(try #require(error))".contains("refs/pull/8/head does not exist"))
    }
}
