import Engine
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

@Suite struct DriftPolicyTests {
    private static let reports: @Sendable (inout SyncOptions) -> Void = { $0.drift = .report }
    private static let ignores: @Sendable (inout SyncOptions) -> Void = { $0.drift = .ignore }

    private func labels(_ labels: Value) -> Value { ["metadata": ["labels": labels]] }

    // MARK: Report

    @Test func `reported drift stays, and is told at each sync, which writes nothing`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")], Self.reports)
        try await world.patch("a", .image("hand:1"))

        let first = try await world.sync(Self.reports)
        let before = world.digest
        let second = try await world.sync(Self.reports)

        for result in [first, second] {
            #expect(result.summary == [])
            #expect(result.isNothingNew)
            #expect(result.outcome == .inSync)
            #expect(result.leftovers.drift.map(\.key.name) == ["a"])
            #expect(result.leftovers.drift.first?.fields.map(\.old) == ["hand:1"])
            #expect(result.leftovers.drift.first?.fields.map(\.new) == ["shop:1"])
            let finding = try #require(result.findings.first)
            #expect(result.findings.count == 1)
            #expect(finding.severity == .warning)
            #expect(finding.key == Key(.service, "default", "a"))
            let said = "a.yaml:1:1: warning: Service default/a was changed by hand and stays so: "
            #expect(finding.rendered.hasPrefix(said))
            #expect(finding.rendered.contains("container.image"))
            #expect(!finding.rendered.contains("hand:1"))
        }
        #expect(world.image("a") == "hand:1")
        #expect(world.digest == before)
        #expect(second.statistics.stations.map(\.name) == ["fetch"])
    }

    @Test func `a poll with nothing but reported drift reads only what drifted, and writes nothing`() async throws {
        let world = try World()
        let files = Dictionary(uniqueKeysWithValues: (1...9).map { ("\($0).yaml", Optional(service("s\($0)"))) })
        try await world.restart()
        try await world.push(files, Self.reports)
        try await world.patch("s3", .image("hand:1"))
        try await world.sync(Self.reports)
        try await world.restart()

        let result = try await world.sync(Self.reports)

        #expect(result.leftovers.drift.map(\.key.name) == ["s3"])
        // The Sync itself, and what drifted.
        #expect(result.statistics.store.objectsRead <= 3)
        #expect(result.statistics.store.transactions == 0)
        #expect(result.statistics.git.blobsRead == 0)
    }

    @Test func `a change of another field in git is carried out, and what was changed by hand stays`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a", extra: "          timeoutSeconds: 10")], Self.reports)
        try await world.patch("a", .image("hand:1"))

        let result = try await world.push(
            ["a.yaml": service("a", extra: "          timeoutSeconds: 20")],
            Self.reports
        )

        #expect(result.summary == ["changed default/a"])
        #expect(world.image("a") == "hand:1")
        let revision = world.service("a")?.spec["runLatest"]?["configuration"]?["revisionTemplate"]?["spec"]
        #expect(revision?["timeoutSeconds"] == 20)
        #expect(result.leftovers.drift.flatMap(\.fields).map(\.old) == ["hand:1"])
        #expect(try await world.sync(Self.reports).isNothingNew)
    }

    @Test func `a change of the same field in git wins, and ends the drift`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")], Self.reports)
        try await world.patch("a", .image("hand:1"))
        try await world.sync(Self.reports)

        let result = try await world.push(["a.yaml": service("a", image: "shop:2")], Self.reports)

        #expect(result.summary == ["changed default/a"])
        #expect(world.image("a") == "shop:2")
        #expect(result.leftovers.isEmpty)
        #expect(world.state.count(.drifted) == 0)
        #expect(world.state[Key(.sync, "", "shop")]?.syncStatus.drifted == 0)
    }

    @Test func `what was taken out by hand stays out, and what git takes out goes`() async throws {
        let world = try World()
        func labelled(_ labels: String) -> String {
            service("a").replacing("  name: a", with: "  name: a\n  labels: {\(labels)}")
        }
        try await world.push(["a.yaml": labelled("one: x, two: x, three: x")], Self.reports)
        try await world.patch("a", labels(["one": .null, "two": "hand", "four": "hand"]))

        try await world.push(["a.yaml": labelled("one: x, three: y")], Self.reports)

        #expect(world.service("a")?.metadata.labels == ["four": "hand", "three": "y"])
    }

    @Test func `drift that people undo themselves is told no more`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")], Self.reports)
        try await world.patch("a", .image("hand:1"))
        try await world.sync(Self.reports)
        try await world.patch("a", .image("shop:1"))
        let result = try await world.sync(Self.reports)
        #expect(result.leftovers.isEmpty)
        #expect(result.findings == [])
        #expect(world.state.count(.drifted) == 0)
    }

    @Test func `what people add where git says nothing is no drift`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")], Self.reports)
        try await world.patch("a", labels(["hand": "made"]))
        #expect(try await world.sync(Self.reports).leftovers.isEmpty)
        #expect(world.service("a")?.metadata.labels["hand"] == "made")
        #expect(world.state.count(.edited) == 0)
    }

    @Test func `a dry run tells of drift that nobody looked at, and writes nothing`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")], Self.reports)
        try await world.patch("a", .image("hand:1"))
        let before = world.digest
        let result = try await world.sync {
            $0.drift = .report
            $0.isDryRun = true
        }
        #expect(result.leftovers.drift.map(\.key.name) == ["a"])
        #expect(world.digest == before)
    }

    @Test func `an edit while the manifest is held back is left as well`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")], Self.reports)
        try await world.patch("a", .image("hand:1"))
        let result = try await world.push(["a.yaml": "kind: ["], Self.reports)
        #expect(result.outcome == .invalid)
        #expect(result.leftovers.drift.map(\.key.name) == ["a"])
        #expect(world.image("a") == "hand:1")
        // Nothing is new any more; errors are told before what is left.
        let again = try await world.sync(Self.reports)
        #expect(again.isNothingNew)
        #expect(Set(again.findings.map(\.severity)) == [.error, .warning])
    }

    // MARK: Deleted by hand

    @Test func `what was deleted by hand stays away, also when its file changes, until git drops it`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")], Self.reports)
        try await world.delete("a")

        let first = try await world.sync(Self.reports)
        #expect(first.summary == [])
        #expect(first.findings.map(\.rendered).first?.contains("Service default/a was deleted by hand") == true)
        let before = world.digest
        let second = try await world.sync(Self.reports)
        #expect(second.leftovers.drift.map(\.key.name) == ["a"])
        #expect(world.digest == before)

        let changed = try await world.push(["a.yaml": service("a", image: "shop:2")], Self.reports)
        #expect(changed.summary == [])
        #expect(changed.leftovers.drift.map(\.key.name) == ["a"])
        #expect(world.service("a") == nil)

        let dropped = try await world.push(["a.yaml": nil], Self.reports)
        #expect(dropped.summary == [])
        #expect(dropped.leftovers.isEmpty)
        #expect(world.state.count(.drifted) == 0)
        #expect(try await world.push(["a.yaml": service("a")], Self.reports).summary == ["created default/a"])
    }

    @Test func `what was deleted and made anew by hand is taken over, and stays as it was made`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")], Self.reports)
        let old = try #require(world.service("a"))
        try await world.delete("a")
        try await world.sync(Self.reports)
        try await world.create(old.with(origin: .some(nil)), image: "hand:1")

        let result = try await world.sync(Self.reports)

        #expect(result.summary == ["adopted default/a"])
        #expect(world.image("a") == "hand:1")
        #expect(world.service("a")?.origin?.sync == "shop")
        #expect(result.leftovers.drift.map(\.key.name) == ["a"])
    }

    // MARK: Ignore

    @Test func `ignored drift stays, and nothing is said of it`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")], Self.ignores)
        try await world.patch("a", .image("hand:1"))
        try await world.delete("b")

        for _ in 1...2 {
            let result = try await world.sync(Self.ignores)
            #expect(result.summary == [])
            #expect(result.findings == [])
            #expect(result.leftovers.isEmpty)
            #expect(result.isNothingNew)
        }
        #expect(world.image("a") == "hand:1")
        #expect(world.service("b") == nil)
        #expect(world.state.count(.edited) == 0)
    }

    // MARK: Back to healing

    @Test(arguments: [DriftPolicy.report, .ignore])
    func `all that was left is healed once the Sync heals again`(policy: DriftPolicy) async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b"), "c.yaml": service("c")]) {
            $0.drift = policy
        }
        try await world.patch("a", .image("hand:1"))
        try await world.delete("b")
        try await world.sync { $0.drift = policy }

        let result = try await world.sync()

        #expect(result.summary.sorted() == ["healed default/a", "healed default/b"])
        #expect(world.image("a") == "shop:1")
        #expect(world.service("b") != nil)
        #expect(world.state.count(.drifted) == 0)
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `each Sync of a state has its own policy`() async throws {
        let first = try World()
        try await first.push(["a.yaml": service("a")], Self.reports)
        let second = try World(beside: first)
        try await second.push(["b.yaml": service("b")]) { $0.name = "other" }
        try await first.patch("a", .image("hand:1"))
        try await first.patch("b", .image("hand:1"))

        let left = try await first.sync(Self.reports)
        let healed = try await second.sync { $0.name = "other" }

        #expect(left.leftovers.drift.map(\.key.name) == ["a"])
        #expect(healed.summary == ["healed default/b"])
        #expect(healed.findings == [])
        #expect(first.image("a") == "hand:1")
        #expect(try await first.sync(Self.reports).isNothingNew)
        #expect(try await second.sync { $0.name = "other" }.isNothingNew)
    }

    @Test func `another Sync does not take what was deleted by hand and left away`() async throws {
        let first = try World()
        try await first.push(["a.yaml": service("a")], Self.reports)
        try await first.delete("a")
        try await first.sync(Self.reports)
        let second = try World(beside: first)
        let result = try await second.push(["x.yaml": service("a")]) { $0.name = "other" }
        #expect(result.heldBack == 1)
        #expect(result.errors.first?.contains("belongs to Sync shop") == true)
        #expect(first.service("a") == nil)
    }

    // MARK: Where else it shows

    @Test func `a report counts what is left, and is written once`() async throws {
        let world = try World()
        func reported(_ options: inout SyncOptions) {
            options.drift = .report
            options.reportBranch = "status"
        }
        try await world.push(["a.yaml": service("a")], reported)
        try await world.patch("a", .image("hand:1"))
        try await world.sync(reported)

        let page = try world.repository.git("show", "status:README.md")
        #expect(page.contains("1 object was changed or deleted by hand; the Sync reports that and leaves it."))
        let file = try world.repository.git("show", "status:\(ReportPath.object(Key(.service, "default", "a")))")
        #expect(file.contains("changedByHand"))
        let head = try world.repository.git("rev-parse", "status")
        try await world.sync(reported)
        #expect(try world.repository.git("rev-parse", "status") == head)
    }
}

extension World {
    /// Makes a Service by hand that was there before.
    fileprivate func create(_ service: Object, image: String) async throws {
        let now = clock.now()
        try await store.commit(durably: true) { state in
            let value = try StrategicMerge.apply(patch: .image(image), to: service.value, kind: .service)
            let marks = state.isMarked(service.key, .drifted) ? [Change.mark(service.key, .edited)] : []
            try state.apply([.put(try service.edited(value)), .mark(service.key, .handmade)] + marks, at: now)
        }
    }
}
