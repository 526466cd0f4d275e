import Engine
import Git
import Resources
import Store
import TestSupport
import Testing

@testable import GitOps

/// A report branch that keeps no more than so many commits.
@Suite struct KeptHistoryTests {
    let world: World
    private static let keep: @Sendable (inout SyncOptions) -> Void = {
        $0.reportBranch = "status"
        $0.reportKeep = 2
    }

    init() throws { world = try World() }

    private func count() throws -> String { try world.repository.git("rev-list", "--count", "status") }

    /// A commit that changes something, and its sync.
    @discardableResult
    private func push(_ number: Int) async throws -> SyncResult {
        try await world.push(["a.yaml": service("a", image: "shop:\(number)")], Self.keep)
    }

    @Test func `the branch is cut to what it keeps, and everything goes on`() async throws {
        var counts: [String] = []
        for number in 1...7 {
            let result = try await push(number)
            #expect(result.reportFailure == nil)
            #expect(result.findings.isEmpty)
            counts.append(try count())
        }
        #expect(counts == ["1", "2", "3", "4", "2", "3", "4"])
        #expect(try await world.sync(Self.keep).isNothingNew)
        #expect(try world.repository.git("fsck", "--strict", "--no-dangling") == "")

        // Across a cut, on an empty disk.
        try await push(8)
        world.loseState()
        let result = try await push(9)
        #expect(result.reportFailure == nil)
        #expect(world.service("a")?.serviceStatus.latestReadyRevisionName == "a-00009")
        #expect(AppliedCommit.all(of: "shop", in: world.state).map(\.commit) == [result.commit.hex])
    }

    @Test func `a cut that a crash kept from being noted is known for our own`() async throws {
        for number in 1...4 { try await push(number) }
        let key = Key(.sync, "", "shop")
        let before = try #require(world.state[key]?.syncStatus)
        try await push(5)
        let now = world.clock.now()
        try await world.store.commit(durably: true) { state in
            guard var status = state[key]?.syncStatus else { return }
            status.reportCommit = before.reportCommit
            try state.apply([.setStatus(key, .sync(status))], at: now)
        }
        let result = try await push(6)
        guard case .pushed? = result.report?.branch else { return #expect(Bool(false), "\(result.report as Any)") }
        #expect(try count() == "3")
    }

    @Test func `another runner of the state is told from us across a cut`() async throws {
        for number in 1...4 { try await push(number) }
        let other = try World(beside: world)
        other.loseState()
        // The other one begins with the report, and cuts.
        try world.repository.commit(["a.yaml": service("a", image: "shop:5")])
        let clock = world.clock
        let theirs = SyncRun(
            try world.options(Self.keep),
            store: other.store,
            mirror: try other.mirror(of: world),
            runtime: ReadyRuntime(),
            clock: clock
        ) { clock.advance(to: $0) }
        _ = try await theirs.run()
        #expect(try count() == "2")
        let head = try world.repository.id(of: "status")

        let result = try await push(6)

        #expect(result.report?.branch == .movedByAnotherRunner(try #require(ObjectID(hex: head))))
        #expect(try world.repository.id(of: "status") == head)
    }

    @Test func `a person's commit is never lost, and it is told why nothing is cut`() async throws {
        try await push(1)
        try world.repository.git("checkout", "-q", "status")
        try world.repository.commit(["NOTES.md": "mine"], message: "My own")
        try world.repository.git("checkout", "-q", "main")
        let theirs = try world.repository.id(of: "status")
        for number in 2...3 { #expect(try await push(number).findings.isEmpty) }

        let result = try await push(4)

        #expect(
            result.findings.map(\.rendered) == [
                "the report branch status keeps all of its commits: commit \(theirs.prefix(7)) by Ada on it would be lost; "
                    + "move it to another branch, or keep all"
            ]
        )
        #expect(result.outcome == .inSync)
        #expect(try count() == "5")
        #expect(try world.repository.git("show", "status:NOTES.md") == "mine")
    }
}

extension World {
    /// A mirror of another world's repository.
    fileprivate func mirror(of other: World) throws -> Mirror {
        Mirror(
            folder: folder.path("other.git"),
            remote: try RemoteURL(other.repository.path),
            credentials: Credentials(),
            timeout: .seconds(60)
        )
    }
}
