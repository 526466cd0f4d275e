import Foundation
import Git
import TestSupport
import Testing

/// Histories that hold no more than so many commits.
@Suite struct ShortenTests {
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

    /// Publishes so many commits, each with a file more, and returns the last.
    private func publish(_ count: Int, through mirror: Mirror, onto parent: ObjectID? = nil) async throws -> ObjectID {
        var tip = parent
        for number in 0..<count {
            let file = "\(tip?.short ?? "first")-\(number)"
            guard case .pushed(let id, _) = try await mirror.publish("status", tip, [file: "x"]) else {
                throw Program.Failure(description: "not pushed")
            }
            tip = id
        }
        return try #require(tip)
    }

    private func count() throws -> String { try remote.git("rev-list", "--count", "status") }

    /// What stays of a commit whatever its parent is.
    private func shown(_ range: String) throws -> String {
        try remote.git("log", "--format=%T %an %ae %at %cn %ce %ct %B", range)
    }

    @Test func `twice as many stay, one more lets all but those go`() async throws {
        var tip = try await publish(6, through: mirror)
        #expect(try await mirror.shorten(branch: "status", at: tip, to: 3) { _ in true } == .short)
        tip = try await publish(1, through: mirror, onto: tip)
        let newest = try shown("status~3..status")

        guard case .shortened(let id) = try await mirror.shorten(branch: "status", at: tip, to: 3, mayGo: { _ in true })
        else { return #expect(Bool(false), "not shortened") }

        #expect(try remote.id(of: "status") == id.hex)
        #expect(try count() == "3")
        #expect(try shown("status") == newest)
        #expect(try remote.git("rev-parse", "status^{tree}") == remote.git("rev-parse", "\(tip)^{tree}"))
        #expect(try remote.git("fsck", "--strict", "--no-dangling") == "")
        // And it goes on from there.
        guard case .pushed = try await mirror.publish("status", id, ["g": "1"]) else {
            return #expect(Bool(false), "not pushed")
        }
        #expect(try count() == "4")
    }

    @Test func `a commit that may not go is named, and keeps all`() async throws {
        let first = try await publish(2, through: mirror)
        let tree = try remote.git("rev-parse", "\(first)^{tree}")
        let theirs = try remote.git("commit-tree", tree, "-p", first.hex, "-m", "A person's")
        try remote.git("update-ref", "refs/heads/status", theirs)
        _ = try await mirror.fetchBranch("status")
        let tip = try await publish(7, through: mirror, onto: id(theirs))

        let result = try await mirror.shorten(branch: "status", at: tip, to: 3) { $0.author.name == "Elafros" }

        guard case .held(let commit) = result else { return #expect(Bool(false), "\(result)") }
        #expect(commit.id.hex == theirs)
        #expect(try count() == "10")
        #expect(try await mirror.shorten(branch: "status", at: tip, to: 5) { $0.author.name == "Elafros" } == .short)
        // Among those that stay it is in nobody's way, and stays what it was.
        let kept = try remote.git("commit-tree", "\(tip)^{tree}", "-p", tip.hex, "-m", "Another")
        try remote.git("update-ref", "refs/heads/status", kept)
        _ = try await mirror.fetchBranch("status")
        guard case .shortened = try await mirror.shorten(branch: "status", at: id(kept), to: 2, mayGo: { _ in true })
        else {
            return #expect(Bool(false), "not shortened")
        }
        #expect(try remote.git("log", "-1", "--format=%an %s", "status") == "Ada Another")
    }

    @Test func `a branch that moved meanwhile is left alone`() async throws {
        let tip = try await publish(5, through: mirror)
        let other = try makeMirror(remote.path, in: TemporaryFolder())
        _ = try await other.fetchBranch("status")
        let theirs = try await publish(1, through: other, onto: tip)
        #expect(try await mirror.shorten(branch: "status", at: tip, to: 2) { _ in true } == .moved)
        #expect(try remote.id(of: "status") == theirs.hex)
    }

    @Test(.enabled(if: HTTPRemote.isAvailable, "needs nginx, fcgiwrap and git-http-backend"))
    func `a server moves the branch from where we saw it alone, and may forbid it`() async throws {
        try remote.git("config", "http.receivepack", "true")
        let server = try HTTPRemote(serving: folder.path)
        let mirror = try makeMirror("\(server.address)/remote.git", in: TemporaryFolder())
        _ = try await mirror.fetch(.head, known: nil)
        let tip = try await publish(5, through: mirror)
        // Somebody pushes after we were told where the branch stands, and before the server moves it.
        try remote.installHook(
            "pre-receive",
            "test -e moved || { touch moved; unset GIT_QUARANTINE_PATH; git update-ref refs/heads/status \(tip)~1; }"
        )
        #expect(try await mirror.shorten(branch: "status", at: tip, to: 2) { _ in true } == .moved)
        #expect(try remote.id(of: "status") == remote.id(of: "\(tip)~1"))

        try remote.git("update-ref", "refs/heads/status", tip.hex)
        try remote.git("config", "receive.denyNonFastForwards", "true")
        let error = await #expect(throws: GitError.self) {
            try await mirror.shorten(branch: "status", at: tip, to: 2) { _ in true }
        }
        #expect(error?.kind == .rejected)
        #expect(try count() == "5")
        try remote.git("config", "receive.denyNonFastForwards", "false")
        guard case .shortened = try await mirror.shorten(branch: "status", at: tip, to: 2, mayGo: { _ in true }) else {
            return #expect(Bool(false), "not shortened")
        }
        #expect(try count() == "2")
    }
}
