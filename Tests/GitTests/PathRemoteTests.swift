import Foundation
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

    @Test func `what did not move is seen without a fetch`() async throws {
        let first = try source.commit(["a": "1"])
        #expect(try await mirror().unmoved(.head, known: id(first)) == nil)
        _ = try await mirror().fetch(.head, known: nil)
        for follow in [Follow.head, .branch("main")] {
            let unmoved = try await mirror().unmoved(follow, known: id(first))
            #expect(try unmoved == (await mirror().fetch(follow, known: id(first))))
        }
        #expect(try await mirror().unmoved(.head, known: nil) == nil)
        #expect(try await mirror().unmoved(.tag("main"), known: id(first)) == nil)
        let second = try source.commit(["a": "2"])
        #expect(try await mirror().unmoved(.head, known: id(first)) == nil)
        // Known from elsewhere: what this mirror lacks, it has to get.
        #expect(try await mirror().unmoved(.head, known: id(second)) == nil)
    }

    @Test func `what is not plain to see is left to a fetch`() async throws {
        let commit = try id(source.commit(["a": "1"]))
        try source.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
        _ = try await mirror().fetch(.branch("main"), known: nil)
        #expect(try await mirror().unmoved(.branch("main"), known: commit) != nil)
        #expect(try await mirror().unmoved(.branch("alias"), known: commit) == nil)
        #expect(try await mirror().unmoved(.branch("../heads/main"), known: commit) == nil)
        try source.git("pack-refs", "--all")
        #expect(try await mirror().unmoved(.branch("main"), known: commit) == nil)
        #expect(try await !mirror().fetch(.branch("main"), known: commit).isNew)
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

    @Test func `a shallow clone is followed, from its first commit to the next`() async throws {
        for number in 0..<4 { try source.commit(["a": "\(number)"]) }
        let shallow = folder.path("shallow")
        try Program.run("git", ["clone", "-q", "--depth", "2", "file://\(source.path)", shallow])
        let mirror = try mirror(shallow)
        let first = try await mirror.fetch(.head, known: nil)
        let second = try source.commit(["a": "4"])
        try Program.run("git", ["-C", shallow, "pull", "-q"])
        let fetched = try await mirror.fetch(.head, known: first.commit)
        #expect(fetched.commit.hex == second)
        #expect(!fetched.rewroteHistory)
        #expect(try await mirror.file(at: "a", in: fetched.commit) == Array("4".utf8))
        // A mirror in which something stands already is not copied into whole.
        let other = try makeMirror(shallow, in: TemporaryFolder())
        guard case .pushed = try await other.publish("status", nil, ["b": "1"]) else {
            return #expect(Bool(false), "not pushed")
        }
        #expect(try await other.fetch(.branch("main"), known: nil).commit.hex == second)
        #expect(try await other.file(at: "a", in: id(second)) == Array("4".utf8))
    }

    @Test func `a partial clone is refused as such, and no mirror is taken for damaged`() async throws {
        try source.commit(["a": "1"])
        try source.git("config", "uploadpack.allowFilter", "true")
        let partial = folder.path("partial.git")
        try Program.run("git", ["clone", "-q", "--bare", "--filter=blob:none", "file://\(source.path)", partial])
        let error = await #expect(throws: GitError.self) { try await mirror(partial).fetch(.head, known: nil) }
        #expect(error?.kind == .other)
        #expect(error?.reason.contains("partial clone") == true)
    }

    @Test func `a linked work tree is followed and published to like its repository`() async throws {
        let commit = try source.commit(["a": "1"])
        let tree = folder.path("tree")
        try source.git("worktree", "add", "-q", "-b", "side", tree)
        try source.installHook("update", "exit 1")
        let mirror = try mirror(tree)
        let fetched = try await mirror.fetch(.head, known: nil)
        #expect(fetched.commit.hex == commit)
        #expect(fetched.branchName == "side")
        let many = Dictionary(uniqueKeysWithValues: (0..<200).map { ("f/\($0)", String?("\($0)")) })
        guard case .pushed(let id, let skipped) = try await mirror.publish("status", nil, many) else {
            return #expect(Bool(false), "not pushed")
        }
        #expect(try source.id(of: "status") == id.hex)
        #expect(skipped == ["update"])
        // Checked out in the one, it is not moved through the other.
        for (address, branch) in [(source.path, "side"), (tree, "main")] {
            let mirror = try makeMirror(address, in: TemporaryFolder())
            let error = await #expect(throws: GitError.self) {
                try await mirror.publish(branch, ObjectID(hex: commit), ["b": "2"])
            }
            #expect(error?.kind == .rejected)
        }
    }

    @Test func `a remote that is damaged is named, and not the mirror`() async throws {
        let first = try source.commit(["a": "1"])
        let mirror = try mirror()
        _ = try await mirror.fetch(.head, known: nil)
        try source.commit(["b/c": "2"])
        let tree = try source.id(of: "HEAD:b")
        try FileManager.default.removeItem(atPath: "\(source.path)/.git/objects/\(tree.prefix(2))/\(tree.dropFirst(2))")
        let error = await #expect(throws: GitError.self) { try await mirror.fetch(.head, known: id(first)) }
        #expect(error?.doing == "fetch \(source.path)")
        #expect(error?.reason.contains("git fsck") == true)
        #expect(try await mirror.fetch(.commit(id(first)), known: nil).rebuiltMirror == false)
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
