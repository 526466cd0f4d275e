import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

@Suite struct OrphanTests {
    private static let keeps: @Sendable (inout SyncOptions) -> Void = { $0.prunes = false }

    @Test func `what git drops stays, is told at each sync, and is no failure`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")], Self.keeps)

        let first = try await world.push(["b.yaml": nil], Self.keeps)
        let before = world.digest
        let second = try await world.sync(Self.keeps)

        for result in [first, second] {
            #expect(result.summary == [])
            #expect(result.leftovers.orphans.map(\.key.name) == ["b"])
            #expect(result.leftovers.orphans.first?.source?.path == "b.yaml")
            #expect(result.findings.map(\.severity) == [.note])
            let said = "Service default/b is no longer in git and stays, as the Sync may not prune it"
            #expect(result.findings.first?.rendered.hasPrefix(said) == true)
            #expect(result.outcome == .inSync)
            #expect(result.pruneRefusal == nil)
        }
        #expect(second.isNothingNew)
        #expect(world.digest == before)
        #expect(world.service("b")?.origin?.sync == "shop")
        // Later commits remember it.
        let third = try await world.push(["a.yaml": service("a", image: "shop:2")], Self.keeps)
        #expect(third.leftovers.orphans.map(\.key.name) == ["b"])
    }

    @Test func `nothing goes though the whole tree is empty`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "README.md": "x"], Self.keeps)
        let result = try await world.push(["a.yaml": nil], Self.keeps)
        #expect(result.leftovers.orphans.count == 1)
        #expect(result.outcome == .inSync)
        #expect(world.service("a") != nil)
    }

    @Test func `an orphan that git names again is one no more, and keeps its uid`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")], Self.keeps)
        let uid = world.service("b")?.metadata.uid
        try await world.push(["b.yaml": nil], Self.keeps)

        let result = try await world.push(["c.yaml": service("b", image: "shop:2")], Self.keeps)

        #expect(result.summary == ["changed default/b"])
        #expect(result.leftovers.isEmpty)
        #expect(world.state.count(.orphaned) == 0)
        #expect(world.service("b")?.metadata.uid == uid)
        #expect(world.service("b")?.origin?.path == "c.yaml")
    }

    @Test func `orphans go once the Sync prunes again`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b"), "c.yaml": service("c")], Self.keeps)
        try await world.push(["b.yaml": nil], Self.keeps)
        try await world.push(["c.yaml": nil], Self.keeps)

        let result = try await world.sync()

        #expect(result.summary == ["pruned default/b", "pruned default/c"])
        #expect(result.leftovers.isEmpty)
        #expect(world.state.count(.orphaned) == 0)
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `the guards hold when the Sync prunes again`() async throws {
        let world = try World()
        let names = (1...9).map { "s\($0)" }
        let files = Dictionary(uniqueKeysWithValues: names.map { ("\($0).yaml", Optional(service($0))) })
        try await world.push(files, Self.keeps)
        let gone = Dictionary(uniqueKeysWithValues: names.prefix(6).map { ("\($0).yaml", String?.none) })
        try await world.push(gone, Self.keeps)

        let refused = try await world.sync()
        #expect(refused.pruneRefusal?.reason == .tooMany(maxPercent: 50))
        #expect(refused.refusedPrunes.count == 6)
        #expect(refused.leftovers.isEmpty)
        #expect(refused.outcome == .refused)
        #expect(try await world.sync().refusedPrunes.count == 6)

        // Turned off again, what was refused is an orphan again.
        #expect(try await world.sync(Self.keeps).leftovers.orphans.count == 6)
        #expect(try await world.sync { $0.maxPrunePercent = 70 }.summary.count == 6)
    }

    @Test func `that another folder may be the wrong one is not forgotten meanwhile`() async throws {
        let world = try World()
        try await world.push(["one/a.yaml": service("a"), "two/b.yaml": service("b")]) {
            $0.prunes = false
            $0.path = "one"
        }
        try await world.sync {
            $0.prunes = false
            $0.path = "two"
        }
        let refused = try await world.sync { $0.path = "two" }
        #expect(refused.pruneRefusal?.reason == .nothingLeft)
        #expect(world.service("a") != nil)
        let allowed = try await world.sync {
            $0.path = "two"
            $0.allowsEmpty = true
        }
        #expect(allowed.summary == ["pruned default/a"])
    }

    @Test func `an orphan that people change or delete is theirs`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b"), "c.yaml": service("c")], Self.keeps)
        try await world.push(["a.yaml": nil, "b.yaml": nil], Self.keeps)
        try await world.patch("a", .image("hand:1"))
        try await world.delete("b")

        let result = try await world.sync(Self.keeps)

        #expect(result.summary == [])
        #expect(world.image("a") == "hand:1")
        #expect(result.leftovers.orphans.map(\.key.name) == ["a"])
        #expect(world.state.count(.edited) == 0)
        #expect(try await world.sync(Self.keeps).isNothingNew)
        let back = try await world.push(["b.yaml": service("b")], Self.keeps)
        #expect(back.summary == ["created default/b"])
    }

    @Test func `an object that people changed before git dropped it is left as they made it`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")], Self.keeps)
        try await world.patch("b", .image("hand:1"))
        #expect(try await world.push(["b.yaml": nil], Self.keeps).summary == [])
        #expect(world.image("b") == "hand:1")
        #expect(world.state.count(.edited) == 0)
        #expect(try await world.sync(Self.keeps).isNothingNew)
    }

    @Test func `an orphan that was deleted by hand is created when git names it again`() async throws {
        let world = try World()
        func options(_ options: inout SyncOptions) { (options.prunes, options.drift) = (false, .report) }
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")], options)
        try await world.push(["b.yaml": nil], options)
        try await world.delete("b")
        let result = try await world.push(["b.yaml": service("b")], options)
        #expect(result.summary == ["created default/b"])
        #expect(result.leftovers.isEmpty)
        #expect(world.state.count(.orphaned) == 0)
    }

    /// The first of them is a guard's: what it keeps is named by no file either.
    @Test(arguments: [true, false])
    func `what no file names is known again by a state that is rebuilt from the report`(prunes: Bool) async throws {
        let world = try World()
        func options(_ options: inout SyncOptions) {
            (options.prunes, options.reportBranch) = (prunes, "status")
        }
        try await world.push(["a.yaml": service("a"), "README.md": "x"], options)
        try await world.push(["a.yaml": nil], options)
        let file = try world.repository.git("show", "status:\(ReportPath.object(Key(.service, "default", "a")))")
        #expect(!file.contains("manifest:"))
        let page = try world.repository.git("show", "status:README.md")
        #expect(page.contains("1 object is no longer in git"))
        world.loseState()

        let again = try await world.sync(options)
        #expect((again.leftovers.orphans + again.refusedPrunes).map(\.key.name) == ["a"])
        let pruned = try await world.sync {
            $0.allowsEmpty = true
            $0.reportBranch = "status"
        }
        #expect(pruned.summary == ["pruned default/a"])
    }

    @Test func `another Sync that names an orphan takes it over`() async throws {
        let first = try World()
        try await first.push(["a.yaml": service("a"), "b.yaml": service("b")], Self.keeps)
        try await first.push(["b.yaml": nil], Self.keeps)
        let uid = first.service("b")?.metadata.uid
        let second = try World(beside: first)

        let result = try await second.push(["x.yaml": service("b")]) { $0.name = "other" }

        #expect(result.errors == [])
        #expect(result.summary == ["adopted default/b"])
        #expect(first.service("b")?.origin?.sync == "other")
        #expect(first.service("b")?.metadata.uid == uid)
        #expect(first.state.count(.orphaned) == 0)
        #expect(try await first.sync(Self.keeps).leftovers.isEmpty)
        #expect(try await second.sync { $0.name = "other" }.isNothingNew)
    }

    @Test func `a broken file that names an orphan of another Sync does not free it`() async throws {
        let first = try World()
        try await first.push(["a.yaml": service("a"), "b.yaml": service("b")], Self.keeps)
        try await first.push(["b.yaml": nil], Self.keeps)
        let second = try World(beside: first)
        try await second.push(["x.yaml": service("b", image: "")]) { $0.name = "other" }
        #expect(try await first.sync(Self.keeps).leftovers.orphans.map(\.key.name) == ["b"])
        #expect(first.service("b")?.origin?.sync == "shop")
    }

    @Test func `what another Sync waits for is handed over all the same`() async throws {
        let first = try World()
        try await first.push(["a.yaml": service("a"), "b.yaml": service("b")], Self.keeps)
        let second = try World(beside: first)
        #expect(try await second.push(["x.yaml": service("b")]) { $0.name = "other" }.heldBack == 1)
        let result = try await first.push(["b.yaml": nil], Self.keeps)
        #expect(result.summary == ["released default/b"])
        #expect(result.leftovers.isEmpty)
        #expect(first.service("b")?.origin?.sync == "other")
    }
}
