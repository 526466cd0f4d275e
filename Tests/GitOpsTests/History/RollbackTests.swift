import Engine
import Git
import Resources
import Store
import TestSupport
import Testing

@testable import GitOps

/// The commits that were applied, going back to one of them, and suspension.
@Suite struct RollbackTests {
    let world: World

    init() throws { world = try World() }

    /// Traffic moves at once, so that each sync ends ready.
    private func shop(_ image: String) -> String {
        service("shop", image: image).replacing(
            "name: shop\n",
            with: "name: shop\n  annotations: {elafros.dev/rolloutDuration: 0s}\n"
        )
    }

    private func push(_ image: String) async throws -> ObjectID {
        try await world.push(["shop.yaml": shop(image)]).commit
    }

    private var history: [AppliedCommit] { AppliedCommit.all(of: "shop", in: world.state) }

    private var status: SyncStatus { world.state[Key(.sync, "", "shop")]?.syncStatus ?? SyncStatus() }

    @Test func `each commit that is applied is noted, with what it changed and what came of it`() async throws {
        let first = try await push("shop:1")
        try await world.sync()
        let second = try await push("shop:2")
        #expect(history.map(\.commit) == [second.hex, first.hex], "a sync that brings nothing new is none of them")
        #expect(history.map(\.changes) == [[.changed: 1], [.created: 1]])
        #expect(history.map(\.result) == [.inSync, .inSync])
        #expect(history[0].readyAfter != nil)
        #expect(!history[0].author.isEmpty)
    }

    @Test func `a commit that does not come to be ready is noted so, and becomes ready when it is`() async throws {
        try await world.push(["shop.yaml": shop("shop:1")], runtime: SilentRuntime()) { $0.timeout = .seconds(1) }
        #expect(history[0].result == .notReady)
        try await world.sync()
        #expect(history[0].result == .inSync)
    }

    @Test func `no more than so many are kept, in no more keys`() async throws {
        let state = world.store
        for number in 1...(AppliedCommit.most * 2 + 3) {
            let commit = AppliedCommit(
                number: number,
                commit: "\(number)",
                subject: "",
                author: "",
                written: Instant(milliseconds: 0),
                applied: Instant(milliseconds: 0),
                changes: [:]
            )
            try await state.commit(durably: false) { state in
                try state.apply([.put(commit.object(of: "shop"))], at: Instant(milliseconds: 1))
            }
        }
        #expect(history.map(\.number) == ((AppliedCommit.most + 4)...(AppliedCommit.most * 2 + 3)).reversed())
    }

    @Test func `going back applies the older commit, and leaves the newer one alone until there is another`()
        async throws
    {
        let first = try await push("shop:1")
        let second = try await push("shop:2")
        let back = try #require(AppliedCommit.wayBack(of: "shop", in: world.state))
        #expect(back.commit == first.hex)

        let result = try await world.sync(rollback: first)
        #expect(result.quarantined == second)
        #expect(world.image("shop") == "shop:1")
        #expect(status.quarantine == SyncStatus.Quarantine(commit: second.hex, back: first.hex))
        #expect(history[0].rolledBack == second.hex)

        let again = try await world.sync()
        #expect(again.isNothingNew)
        #expect(again.quarantined == second)
        #expect(again.statistics.store == Counters())
        #expect(world.image("shop") == "shop:1")

        _ = try await push("shop:3")
        #expect(world.image("shop") == "shop:3")
        #expect(status.quarantine == nil)
    }

    @Test func `a commit that failed is gone back from to the last one that was ready`() async throws {
        let first = try await push("shop:1")
        try await world.push(["shop.yaml": shop("shop:2")], runtime: FailingRuntime())
        try await world.push(["shop.yaml": shop("shop:3")], runtime: FailingRuntime())
        #expect(history[0].result == .notReady)
        #expect(AppliedCommit.wayBack(of: "shop", in: world.state)?.commit == first.hex)
        try await world.sync(rollback: first)
        #expect(world.service("shop")?.status.conditions.isTrue("Ready") == true)
        #expect(AppliedCommit.wayBack(of: "shop", in: world.state)?.commit != history[0].rolledBack)
    }

    @Test func `hand edits are healed to what the older commit says`() async throws {
        let first = try await push("shop:1")
        _ = try await push("shop:2")
        try await world.sync(rollback: first)
        let key = Key(.service, "default", "shop")
        let now = world.clock.now()
        try await world.store.commit(durably: true) { state in
            try state.apply([.delete(key, .background), .mark(key, .edited)], at: now)
        }
        try await world.sync()
        #expect(world.image("shop") == "shop:1")
        #expect(status.quarantine != nil)
    }

    @Test func `the quarantine survives the loss of the state, by the report`() async throws {
        func report(_ options: inout SyncOptions) { options.reportBranch = "status" }
        try await world.push(["shop.yaml": shop("shop:1")], report)
        let first = try #require(ObjectID(hex: status.commit ?? ""))
        let second = try await world.push(["shop.yaml": shop("shop:2")], report).commit
        try await world.sync(rollback: first, report)
        world.loseState()
        let result = try await world.sync(report)
        #expect(result.quarantined == second)
        #expect(world.image("shop") == "shop:1")
    }

    @Test func `a commit that undoes another is pushed only onto what was seen`() async throws {
        let first = try await push("shop:1")
        let second = try await push("shop:2")
        // Nobody pushes to a branch that is checked out.
        try world.repository.git("checkout", "-q", "-b", "elsewhere")
        let mirror = try world.mirror()
        let author = Signature.elafros(at: world.clock.now())
        let moved = try await mirror.publishRevert(
            branch: "main",
            path: "",
            from: first,
            to: first,
            message: "x",
            author: author
        )
        #expect(moved == .moved(second))
        let published = try await mirror.publishRevert(
            branch: "main",
            path: "",
            from: second,
            to: first,
            message: "x",
            author: author
        )
        guard case .pushed(let id, _) = published else {
            Issue.record("\(published)")
            return
        }
        #expect(try await mirror.tree(of: id) == mirror.tree(of: first))
        #expect(try world.repository.git("rev-parse", "main^") == second.hex)
    }

    @Test func `of a commit that undoes another only the Sync's folder is another`() async throws {
        func live(_ options: inout SyncOptions) { options.path = "a" }
        let first = try await world.push(["a/shop.yaml": shop("shop:1"), "b/other.txt": "1"], live).commit
        try await world.push(["a/shop.yaml": shop("shop:2")], live)
        let tip = try await world.push(["b/other.txt": "2"], live).commit
        try world.repository.git("checkout", "-q", "-b", "elsewhere")
        let mirror = try world.mirror()
        let author = Signature.elafros(at: world.clock.now())
        let published = try await mirror.publishRevert(
            branch: "main",
            path: "a",
            from: tip,
            to: first,
            message: "x",
            author: author
        )
        guard case .pushed = published else {
            Issue.record("\(published)")
            return
        }
        #expect(try world.repository.git("show", "main:a/shop.yaml").contains("shop:1"))
        #expect(try world.repository.git("show", "main:b/other.txt") == "2", "what others did stays")
    }

    @Test func `nobody goes back to what the branch never held`() async throws {
        try await world.push(["shop.yaml": shop("shop:1")])
        try world.repository.git("checkout", "-q", "--orphan", "evil")
        let evil = try world.repository.commit(["shop.yaml": shop("evil:1")])
        try world.repository.git("checkout", "-q", "main")
        let id = try #require(ObjectID(hex: try world.repository.git("rev-parse", "evil")))
        _ = evil
        let error = await #expect(throws: SyncError.self) { try await world.sync(rollback: id) }
        #expect(error?.kind == .otherHistory)
        #expect(world.image("shop") == "shop:1")
        #expect(status.quarantine == nil)
    }

    @Test func `going to where the branch stands ends the quarantine`() async throws {
        let first = try await push("shop:1")
        let second = try await push("shop:2")
        try await world.sync(rollback: first)
        try await world.sync(rollback: second)
        #expect(world.image("shop") == "shop:2")
        #expect(status.quarantine == nil)
        #expect(try await world.sync().isNothingNew)
    }

    private func suspend() async throws {
        let now = world.clock.now()
        try await world.store.commit(durably: true) { state in
            let key = Key(.sync, "", "shop")
            var status = state[key]?.syncStatus ?? SyncStatus()
            status.suspension = SyncStatus.Suspension(since: now, reason: "a freeze")
            try state.apply([.setStatus(key, .sync(status))], at: now)
        }
    }

    @Test func `who suspended a Sync may go back with it`() async throws {
        let first = try await push("shop:1")
        _ = try await push("shop:2")
        try await suspend()
        #expect(try await world.sync(rollback: first).changes.count == 1)
        #expect(world.image("shop") == "shop:1")
        #expect(world.state[Key(.sync, "", "shop")]?.syncStatus.suspension != nil)
    }

    @Test func `a suspended Sync applies nothing, and shows what it would do`() async throws {
        _ = try await push("shop:1")
        try await suspend()
        try world.repository.commit(["shop.yaml": shop("shop:2")])
        let error = await #expect(throws: SyncError.self) { try await world.sync() }
        #expect(error?.kind == .suspended)
        #expect(error?.message.contains("a freeze") == true)
        #expect(world.image("shop") == "shop:1")
        let dry = try await world.sync { $0.isDryRun = true }
        #expect(dry.changes.count == 1)
    }
}
