import Git
import TestSupport
import Testing

/// Mirrors that are fetched into again and again.
@Suite struct TidyTests {
    let folder: TemporaryFolder
    let remote: GitRepository
    let mirror: Mirror

    init() throws {
        folder = try TemporaryFolder()
        remote = try GitRepository(in: folder, named: "shop")
        try remote.commit(["README": "0"])
        mirror = try makeMirror(remote.path, in: folder)
    }

    /// The mirror's own count of what it holds.
    private func counts() throws -> [String: Int] {
        let text = try Program.run("git", ["-C", mirror.folder, "count-objects", "-v"])
        return Dictionary(
            uniqueKeysWithValues: text.split(separator: "\n").map { line in
                let parts = line.split(separator: ":")
                return (String(parts[0]), Int(parts[1].drop { $0 == " " }) ?? 0)
            }
        )
    }

    @Test func `objects of many fetches become one pack, and all of them are there still`() async throws {
        var commits: [ObjectID] = []
        for number in 1...8 {
            try remote.commit(["a/\(number).yaml": "number: \(number)\n"])
            commits.append(try await mirror.fetch(.head, known: nil).commit)
        }
        #expect(await !mirror.tidy(keeping: []))
        #expect(try counts()["packs"] == 0)

        #expect(await mirror.tidy(keeping: [], packs: 50, loose: 10))

        #expect(try counts()["packs"] == 1)
        #expect(try counts()["count"] == 0)
        #expect(try Program.run("git", ["-C", mirror.folder, "fsck", "--strict", "--no-dangling"]) == "")
        let again = try await mirror.fetch(.head, known: commits.last)
        #expect(!again.isNew)
        #expect(!again.rebuiltMirror)
        for commit in commits { _ = try await mirror.tree(of: commit) }
        try remote.commit(["more": "x"])
        #expect(try await !mirror.fetch(.head, known: commits.last).rebuiltMirror)
        #expect(await mirror.tidy(keeping: [], packs: 0, loose: 10))
        #expect(try counts()["packs"] == 1)
        #expect(try counts()["in-pack"] ?? 0 > 8)
    }

    @Test func `what nothing leads to goes, unless it is to be kept`() async throws {
        try remote.commit(["a": "1"])
        let kept = try await mirror.fetch(.head, known: nil).commit
        try remote.git("reset", "-q", "--hard", "HEAD~1")
        try remote.commit(["a": "2"])
        let dropped = try await mirror.fetch(.head, known: nil).commit
        try remote.git("reset", "-q", "--hard", "HEAD~1")
        try remote.commit(["a": "3"])
        _ = try await mirror.fetch(.head, known: nil)

        #expect(await mirror.tidy(keeping: [kept], loose: 0))

        _ = try await mirror.tree(of: kept)
        await #expect(throws: GitError.self) { _ = try await mirror.tree(of: dropped) }
    }

    @Test func `a mirror that is not whole is made anew`() async throws {
        _ = try await mirror.fetch(.head, known: nil)
        let blob = try remote.git("rev-parse", "HEAD:README")
        try Program.run("rm", ["\(mirror.folder)/objects/\(blob.prefix(2))/\(blob.dropFirst(2))"])
        #expect(await mirror.tidy(keeping: [], loose: 0))
        #expect(try await mirror.fetch(.head, known: nil).rebuiltMirror)
    }
}
