import Engine
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

/// Several Syncs whose state is lost: each goes on where its report says that it stood, in whatever order they come.
@Suite struct EmptyDiskTests {
    private static let names = ["one", "two", "three"]

    /// A Sync of the folder that is called like it.
    private static func sync(_ name: String) -> @Sendable (inout SyncOptions) -> Void {
        {
            ($0.name, $0.path) = (name, name)
            $0.reportBranch = "status"
        }
    }

    /// A world whose three Syncs share a branch, each at its second Revision.
    private func world() async throws -> World {
        let world = try World()
        for number in 1...2 {
            try world.repository.commit(
                Dictionary(
                    uniqueKeysWithValues: Self.names.map {
                        ("\($0)/a.yaml", service($0, image: "shop:\(number)"))
                    }
                )
            )
            for name in Self.names { try await world.sync(Self.sync(name)) }
        }
        return world
    }

    @Test(arguments: [[0, 1, 2], [2, 0, 1], [1, 2, 0]])
    func `Syncs that share a branch all come back, whichever is first`(order: [Int]) async throws {
        let world = try await world()
        let head = try world.repository.id(of: "status")
        let live = world.uids
        world.loseState()

        for index in order {
            let result = try await world.sync(Self.sync(Self.names[index]))
            #expect(result.summary.isEmpty)
            #expect(result.reportFailure == nil)
        }

        #expect(world.state.id == "test")
        #expect(world.uids == live)
        #expect(try world.repository.id(of: "status") == head)
        try await world.push(["two/a.yaml": service("two", image: "shop:3")], Self.sync("two"))
        #expect(world.service("two")?.serviceStatus.latestReadyRevisionName == "two-00003")
        #expect(try await world.sync(Self.sync("one")).reportFailure == nil)
    }

    @Test func `what a daemon noted before anybody looked does not keep a Sync from coming back`() async throws {
        let world = try await world()
        world.loseState()
        // As under `serve`, where one waits for its window.
        let options = try world.options(Self.sync("one"))
        let now = world.clock.now()
        try await world.store.commit(durably: true) { state in
            var status = SyncStatus()
            (status.waiting, status.scheduled) = ("waits for its window", now)
            try state.apply([.put(options.sync), .setStatus(options.sync.key, .sync(status))], at: now)
        }

        let finding = try await world.run(Self.sync("one")).begin()

        #expect(finding?.rendered.contains("begins with the report in branch status") == true)
        #expect(world.service("one")?.serviceStatus.latestReadyRevisionName == "one-00002")
        #expect(world.service("three") != nil)
        let status = world.state[options.sync.key]?.syncStatus
        #expect(status?.waiting == "waits for its window")
        #expect(status?.scheduled == now)
        #expect(status?.reportCommit == (try world.repository.id(of: "status")))
        // Whoever looks afterwards finds it done.
        #expect(try await world.run(Self.sync("two")).begin() == nil)
    }

    @Test func `a suspension and a quarantine come back before anything is done`() async throws {
        let world = try await world()
        let first = try world.repository.id(of: "HEAD~1")
        try await world.sync(rollback: ObjectID(hex: first), Self.sync("two"))
        let key = Key(.sync, "", "one")
        let now = world.clock.now()
        try await world.store.commit(durably: true) { state in
            var status = try #require(state[key]?.syncStatus)
            status.suspension = SyncStatus.Suspension(since: now, reason: "a freeze")
            status.isReportOwed = true
            try state.apply([.setStatus(key, .sync(status))], at: now)
        }
        _ = try await world.run(Self.sync("one")).reportStanding()
        let image = world.image("two")
        world.loseState()

        let result = try await world.sync(Self.sync("two"))

        #expect(result.quarantined?.hex == (try world.repository.id(of: "HEAD")))
        #expect(world.image("two") == image)
        let error = await #expect(throws: SyncError.self) { try await world.sync(Self.sync("one")) }
        #expect(error?.kind == .suspended)
        #expect(error?.message.contains("a freeze") == true)
    }

    @Test(arguments: [false, true])
    func `Syncs of two remotes come back into one state, which has its identity again`(isSecondFirst: Bool) async throws
    {
        let first = try World()
        try await first.push(["a.yaml": service("a")]) { ($0.name, $0.reportBranch) = ("first", "status") }
        try await first.push(["a.yaml": service("a", image: "shop:2")]) {
            ($0.name, $0.reportBranch) = ("first", "status")
        }
        let second = try World(beside: first)
        try await second.push(["b.yaml": service("b")]) { ($0.name, $0.reportBranch) = ("second", "status") }
        let silent = try World(beside: first)
        try await silent.push(["c.yaml": service("c")]) { $0.name = "silent" }
        let live = first.uids
        first.loseState()
        let worlds = [try World(of: first, beside: first), try World(of: second, beside: first)]

        // One that reports nowhere is faster than all of them.
        let anew = try World(of: silent, beside: first)
        try await anew.sync { $0.name = "silent" }
        #expect(first.state.id == "empty")
        for (world, name) in isSecondFirst
            ? [(worlds[1], "second"), (worlds[0], "first")]
            : [(worlds[0], "first"), (worlds[1], "second")]
        {
            let result = try await world.sync { ($0.name, $0.reportBranch) = (name, "status") }
            #expect(result.summary.isEmpty)
            #expect(result.reportFailure == nil)
        }

        #expect(first.state.id == "test")
        for key in live.keys where key.name.hasPrefix("a") || key.name.hasPrefix("b") {
            #expect(first.uids[key] == live[key], "\(key)")
        }
        #expect(first.service("c") != nil)
        #expect(first.service("a")?.serviceStatus.latestReadyRevisionName == "a-00002")
    }

    @Test func `a Sync of another state is not taken over unless it is adopted`() async throws {
        let theirs = try await world()
        let ours = try World(beside: theirs)
        ours.loseState()
        try await ours.push(["x.yaml": service("x")]) { ($0.name, $0.reportBranch) = ("ours", "status") }
        #expect(ours.state.id == "empty")
        let world = try World(of: theirs, beside: ours)
        let version = ours.state.version

        let error = await #expect(throws: ReportError.self) { try await world.sync(Self.sync("one")) }

        #expect(error?.kind == .foreign)
        #expect(error?.message.contains("holds Sync one of state test, and this is state empty") == true)
        #expect(ours.state.version == version)
        let adopted = try await world.sync {
            Self.sync("one")(&$0)
            $0.adopts = true
        }
        #expect(adopted.reportFailure == nil)
        #expect(ours.state.id == "empty")
        #expect(ours.service("one")?.serviceStatus.latestReadyRevisionName == "one-00002")
    }

    @Test func `what another Sync has taken meanwhile stays its, and is told as a conflict`() async throws {
        let world = try await world()
        world.loseState()
        try world.repository.commit(["four/a.yaml": service("one", image: "other:1")])
        try await world.sync { ($0.name, $0.path) = ("four", "four") }
        let result = try await world.sync(Self.sync("one"))
        #expect(world.image("one") == "other:1")
        #expect(result.outcome == .invalid)
        #expect(result.findings.contains { $0.severity == .error && $0.path == "one/a.yaml" })
        #expect(world.service("two")?.serviceStatus.latestReadyRevisionName == "two-00002")
    }
}

extension World {
    /// A sync that is about to run.
    fileprivate func run(_ change: (inout SyncOptions) -> Void) throws -> SyncRun {
        let (options, clock) = (try options(change), clock)
        return SyncRun(
            options,
            store: store,
            mirror: try mirror(named: options.name),
            runtime: ReadyRuntime(),
            clock: clock
        ) { clock.advance(to: $0) }
    }

    /// The uids of all live objects.
    fileprivate var uids: [Key: String] {
        let objects = Kind.allCases.filter(\.isAPI).flatMap { state.keys($0) }.compactMap { state[$0] }
        return Dictionary(uniqueKeysWithValues: objects.map { ($0.key, $0.metadata.uid) })
    }
}
