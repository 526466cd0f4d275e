import Engine
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

/// Syncs that end for good.
@Suite struct ForgettingTests {
    private let world: World

    init() throws { world = try World() }

    private func forget(deletes: Bool = false, _ change: (inout SyncOptions) -> Void = { _ in }) async throws
        -> Forgetting
    {
        let options = try world.options(change)
        let clock = world.clock
        let run = SyncRun(
            options,
            store: world.store,
            mirror: try world.mirror(named: options.name),
            runtime: ReadyRuntime(),
            clock: clock
        ) { clock.advance(to: $0) }
        let forgotten = try #require(try await run.forget(deletes: deletes, at: clock.now()))
        #expect(forgotten.reportFailure == nil)
        return forgotten.forgetting
    }

    @Test func `what it applied stays, and is nobody's`() async throws {
        try await world.push(["a.yaml": service("a"), "b.yaml": "kind: ["])
        let forgetting = try await forget()
        #expect(forgetting.kept == [Key(.service, "default", "a")])
        #expect(world.service("a")?.origin == nil)
        for kind in [Kind.sync, .manifestFile, .appliedCommit] { #expect(world.state.keys(kind) == []) }
        #expect(world.state.marked(.heldBack) == [])
        let again = try await world.sync()
        #expect(again.summary == ["adopted default/a"])
    }

    @Test func `it may all be deleted, but for what is to be kept`() async throws {
        let kept = service("b").replacing("metadata:", with: "metadata:\n  annotations: {elafros.dev/prune: \"false\"}")
        try await world.push(["a.yaml": service("a"), "b.yaml": kept])
        let forgetting = try await forget(deletes: true)
        #expect(forgetting.deleted == [Key(.service, "default", "a")])
        #expect(forgetting.kept == [Key(.service, "default", "b")])
        #expect(world.service("a") == nil)
    }

    @Test(arguments: [false, true])
    func `what another Sync waits for is that one's`(deletes: Bool) async throws {
        try await world.push(["a.yaml": service("a")])
        try await world.sync { $0.name = "other" }
        let forgetting = try await forget(deletes: deletes)
        #expect(forgetting.handedOver.map(\.heir) == ["other"])
        let next = try await world.sync { $0.name = "other" }
        #expect(next.summary == [])
        #expect(next.outcome == .inSync)
    }

    @Test func `marks of what people did by hand go with it`() async throws {
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")])
        try await world.patch("a", .image("hand:1"))
        try await world.delete("b")
        _ = try await forget()
        #expect(world.state.marked(.edited) == [])
        #expect(world.image("a") == "hand:1")
    }

    @Test func `its last report shows nothing of it, and a report that others share names it no more`() async throws {
        try world.repository.commit(["left/a.yaml": service("a"), "right/b.yaml": service("b")])
        func sync(_ name: String) async throws {
            try await world.sync { ($0.name, $0.path, $0.reportBranch) = (name, name, "status") }
        }
        try await sync("left")
        try await sync("right")

        func files() throws -> [String] {
            try world.repository.git("ls-tree", "-r", "--name-only", "status").split(separator: "\n").map(String.init)
        }
        func forgetIt(_ name: String) async throws {
            _ = try await forget { ($0.name, $0.path, $0.reportBranch) = (name, name, "status") }
        }
        #expect(try files().contains("default/service/a.yaml"))

        try await forgetIt("left")
        try await sync("right")

        #expect(try files() == ["README.md", "default/service/b.yaml", "state.yaml"])
        #expect(try !world.repository.git("show", "status:state.yaml").contains("name: left"))
        try await forgetIt("right")
        #expect(try files() == ["README.md", "state.yaml"])
    }

    @Test func `what it defined is followed no more`() async throws {
        let child = "apiVersion: gitops.elafros.dev/v1alpha1\nkind: Sync\nmetadata: {name: child}\nspec: {path: x}\n"
        try await world.push(["s.yaml": child])
        await #expect(throws: SyncError.self) { _ = try await forget { $0.name = "child" } }
        #expect(try await forget().children == ["child"])
        _ = try await forget { $0.name = "child" }
        #expect(world.state.keys(.sync) == [])
    }

    @Test func `the command line does not pass by the limits of a file's Sync`() async throws {
        try await world.push(["a.yaml": service("a")]) {
            $0.isOfFile = true
            $0.namespaces = ["default"]
        }
        await #expect(throws: SyncError.self) { try await world.sync() }
        let adopted = try await world.sync { $0.adopts = true }
        #expect(adopted.outcome == .inSync)
    }
}
