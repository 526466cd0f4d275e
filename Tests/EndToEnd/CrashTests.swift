import Foundation
import TestSupport
import Testing

/// `kill -9` at every moment of a sync: what was acknowledged is there, and running again comes to the same end.
@Suite(.enabled(if: Program.find("cc") != nil, "needs a C compiler for what is preloaded"))
struct CrashTests {
    /// What happens between the kill and the next run.
    enum Meanwhile: CaseIterable, Sendable { case nothing, anotherCommit }

    @Test(arguments: Meanwhile.allCases)
    func `a sync that is killed at any write, sync or rename comes to the same end when run again`(
        meanwhile: Meanwhile
    ) throws {
        // Given a repository that is live at its first commit, with a report and a Service that somebody applied by hand,
        // and a second commit that changes, creates and prunes.
        let scene = try Scene([
            "shop.yaml": service("shop"), "cart.yaml": service("cart"), "old.yaml": service("old"),
        ])
        let killer = try Self.killer(in: scene.folder)
        let before = try Copy(of: scene.folder)
        let first = try before.run()
        #expect(first.status == 0, "\(first.text)")
        let byHand = try Elafros()("apply", "-f", "-", "--state", before.state, input: service("by-hand"))
        #expect(byHand.status == 0, "\(byHand.text)")
        try before.push(
            from: scene.work,
            [
                "shop.yaml": service("shop", image: "registry.example.com/app:2"), "new.yaml": service("new"),
                "old.yaml": nil,
            ]
        )
        let later = try scene.work.commit(["later.yaml": service("later")])
        let whole = try before.copied()
        #expect(try whole.run().status == 0)
        if meanwhile == .anotherCommit {
            try whole.push(later, from: scene.work)
            #expect(try whole.run().status == 0)
        }
        let wished = try whole.digest()

        // When it is killed at each call in turn, until there are no more calls
        var kills = 0
        while true {
            let copy = try before.copied()
            let killed = try copy.run(killedAt: kills + 1, by: killer)
            if killed.status == 0 { break }
            kills += 1
            #expect(killed.status == 128 + 9, "call \(kills): \(killed.text)")
            if meanwhile == .anotherCommit { try copy.push(later, from: scene.work) }
            let again = try copy.run()

            // Then the next run ends as the run that nobody killed, in the state and in git.
            #expect(again.status == 0, "call \(kills): \(again.text)")
            #expect(try copy.digest() == wished, "call \(kills)")
        }
        #expect(kills > 100, "the sync was killed too rarely to prove anything")
    }

    /// Builds what ends the program at a given call.
    private static func killer(in folder: TemporaryFolder) throws -> String {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("kill_at.c")
        let library = folder.path("kill_at.so")
        try Program.run("cc", ["-O2", "-shared", "-fPIC", "-o", library, source.path, "-ldl"])
        return library
    }
}

/// A remote and a state folder of their own, for one run that may be killed.
private struct Copy {
    let folder: TemporaryFolder
    var remote: String { folder.path("remote.git") }
    var state: String { folder.path("state") }

    init(of source: TemporaryFolder) throws {
        folder = try TemporaryFolder()
        for part in ["remote.git", "state"] where FileManager.default.fileExists(atPath: source.path(part)) {
            try Program.run("cp", ["-a", source.path(part), folder.path(part)])
        }
    }

    func copied() throws -> Copy { try Copy(of: folder) }

    func push(from work: GitRepository, _ files: [String: String?]) throws {
        try push(work.commit(files), from: work)
    }

    func push(_ commit: String, from work: GitRepository) throws {
        try work.git("push", "-q", remote, "\(commit):refs/heads/main")
    }

    /// One sync. Each copy has an address of its own, which the Sync takes over.
    func run(killedAt call: Int? = nil, by killer: String = "") throws -> Elafros.Outcome {
        var elafros = Elafros()
        if let call { elafros.environment = ["LD_PRELOAD": killer, "KILL_AT": "\(call)"] }
        return try elafros(
            "sync",
            "--name",
            "crash",
            "--adopt",
            "--repo",
            remote,
            "--branch",
            "main",
            "--state",
            state,
            "--report-branch",
            "status"
        )
    }

    /// The live objects, and which files the report branch holds.
    func digest() throws -> String {
        let tree = try Program.run("git", ["-C", remote, "ls-tree", "-r", "--name-only", "status"])
        return try Elafros().digest(state: state) + "\n" + tree
    }
}
