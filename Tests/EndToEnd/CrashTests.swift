import Foundation
import TestSupport
import Testing

/// `kill -9` at every moment of a sync: what was acknowledged is there, and running again comes to the same end.
@Suite struct CrashTests {
    /// What reaches the disk or another process's eyes; between any two of these a kill changes nothing.
    ///
    /// One after another and not all at once, because the tracer counts for each thread apart: SQLite writes with
    /// `pwrite64`, git with `write`, so each list of calls belongs to one of them.
    private static let effects = ["pwrite64", "fdatasync", "fsync", "write", "rename", "unlink", "ftruncate"]

    @Test(.enabled(if: Program.find("strace") != nil, "strace is not installed"), arguments: effects)
    func `a sync that is killed at any write, sync or rename comes to the same end when run again`(
        effect: String
    ) throws {
        // Given a repository that is live at its first commit, with a report, and a second commit that changes, creates
        // and prunes.
        let scene = try Scene([
            "shop.yaml": service("shop"), "cart.yaml": service("cart"), "old.yaml": service("old"),
        ])
        let before = try Copy(of: scene.folder)
        let first = try before.run()
        #expect(first.status == 0, "\(first.text)")
        try before.push(
            from: scene.work,
            [
                "shop.yaml": service("shop", image: "registry.example.com/app:2"), "new.yaml": service("new"),
                "old.yaml": nil,
            ]
        )
        let calls = try before.copied().countCalls(effect)
        let whole = try before.copied()
        #expect(try whole.run().status == 0)
        let wished = try whole.digest()

        // When it is killed at each of them in turn, and run again
        for call in stride(from: 1, through: calls, by: 1) {
            let copy = try before.copied()
            let killed = try copy.run(killedAt: call, of: effect)
            let again = try copy.run()

            // Then it ends as the run that nobody killed, in the state and in git.
            #expect(killed.status == 128 + 9 || killed.status == 0, "\(effect) \(call): \(killed.text)")
            #expect(again.status == 0, "\(effect) \(call): \(again.text)")
            #expect(try copy.digest() == wished, "\(effect) \(call)")
        }
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
        try work.commit(files)
        try work.git("push", "-q", remote, "HEAD:refs/heads/main")
    }

    /// One sync. Each copy has an address of its own, which the Sync takes over.
    func run(wrapper: [String] = []) throws -> Elafros.Outcome {
        var elafros = Elafros()
        elafros.wrapper = wrapper
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

    func run(killedAt call: Int, of effect: String) throws -> Elafros.Outcome {
        let inject = "inject=\(effect):signal=KILL:when=\(call)"
        return try run(wrapper: ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(effect)", "-e", inject])
    }

    func countCalls(_ effect: String) throws -> Int {
        let trace = folder.path("trace")
        let outcome = try run(wrapper: ["strace", "-f", "-qq", "-o", trace, "-e", "trace=\(effect)"])
        guard outcome.status == 0 else { throw Program.Failure(description: outcome.text) }
        return (folder.text(of: "trace") ?? "").split(separator: "\n").filter { !$0.contains("resumed>") }.count
    }

    /// The live objects, and which files the report branch holds.
    func digest() throws -> String {
        let tree = try Program.run("git", ["-C", remote, "ls-tree", "-r", "--name-only", "status"])
        return try Elafros().digest(state: state) + "\n" + tree
    }
}
