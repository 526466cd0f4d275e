import Engine
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

/// The git note on the commit that a sync applied.
@Suite struct NotesTests {
    let world: World
    private static let notes: @Sendable (inout SyncOptions) -> Void = { $0.reportNotes = true }

    init() throws { world = try World() }

    private func note(on commit: String = "HEAD") throws -> String {
        try world.repository.git("notes", "--ref=elafros", "show", commit)
    }

    /// How many commits the notes have.
    private func count() throws -> Int {
        Int(try world.repository.git("rev-list", "--count", "refs/notes/elafros")) ?? 0
    }

    @Test func `a note tells what a commit did and what came of it, once`() async throws {
        let result = try await world.push(["a.yaml": service("a"), "b.yaml": service("b")], Self.notes)
        #expect(result.reportFailure == nil)
        #expect(
            try note() == """
                Elafros: Sync shop of state test
                Result: ready
                Changes: 2 created
                Ready: default/a-00001
                Ready: default/b-00001
                """
        )

        let again = try await world.sync(Self.notes)

        #expect(again.isNothingNew)
        #expect(again.note == nil)
        #expect(again.statistics.stations.map(\.name) == ["fetch"])
        try await world.push(["a.yaml": service("a", image: "shop:2")], Self.notes)
        #expect(try note().hasSuffix("Changes: 1 changed\nReady: default/a-00002"))
        #expect(try count() == 2)
        #expect(try note(on: "HEAD~1").contains("Changes: 2 created"))
    }

    @Test func `what failed and what is held back is told with its place, until it is well`() async throws {
        try await world.push(
            ["a.yaml": "\n" + service("a"), "bad.yaml": "kind: ["],
            runtime: FailingRuntime(),
            Self.notes
        )
        let lines = try note().split(separator: "\n").map(String.init)
        #expect(lines[1] == "Result: partly invalid")
        #expect(lines.contains { $0.hasPrefix("Not ready: a.yaml:2: Service default/a failed; ") }, "\(lines)")
        #expect(lines.contains { $0.hasPrefix("Held back: bad.yaml:1:") }, "\(lines)")

        try await world.push(["bad.yaml": nil], runtime: FailingRuntime(), Self.notes)
        #expect(try note().contains("Result: not ready"))
        #expect(try !note().contains("Held back"))
    }

    @Test func `a rollout that ends after the sync did is told by the sync after it`() async throws {
        try await world.push(["a.yaml": service("a")], Self.notes)
        try await world.push(["a.yaml": service("a", image: "shop:2")]) {
            $0.reportNotes = true
            $0.timeout = .seconds(1)
        }
        #expect(try note().contains("Result: not ready\nNot ready: a.yaml:1: Service default/a rolling out"))
        try await world.sync(Self.notes)
        #expect(try note().hasSuffix("Result: ready\nChanges: 1 changed\nReady: default/a-00002"))
        #expect(try count() == 3)
    }

    @Test func `several Syncs share the note, and what a person wrote stays`() async throws {
        let commit = try world.repository.commit(["one/a.yaml": service("a"), "two/b.yaml": service("b")])
        try world.repository.git("notes", "--ref=elafros", "add", "-m", "Looks good to me", commit)
        for name in ["one", "two"] {
            try await world.sync {
                $0.reportNotes = true
                ($0.name, $0.path) = (name, name)
            }
        }
        let paragraphs = try note().split(separator: "\n\n").map { $0.split(separator: "\n")[0] }
        #expect(
            paragraphs == [
                "Looks good to me", "Elafros: Sync one of state test", "Elafros: Sync two of state test",
            ]
        )
    }

    @Test func `a runner whose disk is empty writes nothing that the note says`() async throws {
        let both: @Sendable (inout SyncOptions) -> Void = {
            $0.reportNotes = true
            $0.reportBranch = "status"
        }
        try await world.push(["a.yaml": service("a")], both)
        let before = try note()
        world.loseState()
        try await world.sync(both)
        #expect(try note() == before)
        #expect(try count() == 1)
    }

    @Test func `notes that cannot be pushed hold up neither services nor the report, and are owed`() async throws {
        try world.repository.commit(["a.yaml": service("a")])
        let lock = "\(world.repository.path)/.git/refs/notes/elafros.lock"
        try Program.run("mkdir", ["-p", "\(world.repository.path)/.git/refs/notes"])
        try Program.run("touch", [lock])
        let both: @Sendable (inout SyncOptions) -> Void = {
            $0.reportNotes = true
            $0.reportBranch = "status"
        }

        let declined = try await world.sync(both)

        #expect(declined.outcome == .inSync)
        #expect(declined.findings.map(\.severity) == [.warning])
        let warning = declined.findings.first?.rendered ?? ""
        #expect(warning.contains("no note on \(declined.commit.short)"))
        #expect(warning.contains("have it take pushes to refs/notes/elafros, or leave the notes out"))
        #expect(try world.repository.git("show", "status:README.md").contains("a.yaml"))
        try Program.run("rm", [lock])
        let again = try await world.sync(both)
        #expect(again.findings.isEmpty)
        #expect(try note().contains("Result: ready\nChanges: 1 created"))
    }

    @Test func `a commit that is refused as a whole has a note, and one that is rolled back to says so`() async throws {
        let options: @Sendable (inout SyncOptions) -> Void = {
            $0.reportNotes = true
            $0.isAtomic = true
        }
        let first = try await world.push(["a.yaml": service("a")], options)
        try await world.push(["bad.yaml": "kind: ["], options)
        #expect(try note().contains("Result: refused as a whole; nothing was applied\nWrong: bad.yaml:1:"))

        let second = try await world.push(["bad.yaml": nil, "a.yaml": service("a", image: "shop:2")], options)
        try await world.sync(rollback: first.commit, options)
        let lines = try note(on: first.commit.hex).split(separator: "\n")
        #expect(lines.contains("Rolled back from: \(second.commit.hex)"))
    }

    @Test func `the value that somebody set by hand is in no note`() async throws {
        try await world.push(["a.yaml": service("a")]) { ($0.reportNotes, $0.drift) = (true, .report) }
        try await world.patch("a", .image("registry.example.com/secret-name:1"))
        try await world.push(["b.yaml": service("b")], runtime: FailingRuntime()) {
            ($0.reportNotes, $0.drift) = (true, .report)
        }
        #expect(try note().contains("Not ready: b.yaml:1"))
        #expect(try !note().contains("secret-name"))
    }
}
