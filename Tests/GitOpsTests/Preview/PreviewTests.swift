import Engine
import Foundation
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

/// Foretelling a merge: what is told apart, what is found, and that nothing is touched.
@Suite struct PreviewTests {
    let world: World

    init() throws { world = try World() }

    /// Commits files on a branch of their own, from where `main` stands.
    private func branch(_ files: [String: String?], named name: String = "feature") throws {
        try world.repository.git("checkout", "-q", "-b", name)
        try world.repository.commit(files)
        try world.repository.git("checkout", "-q", "main")
    }

    private func preview(
        of live: LiveState? = nil,
        runtime: String? = nil,
        _ change: (inout PreviewRequest) -> Void = { _ in }
    ) async throws -> Preview {
        let options = SyncOptions(remote: try RemoteURL(world.repository.path))
        var request = PreviewRequest(options, isNamed: false, head: .remote(.branch("feature")))
        change(&request)
        let folder = try TemporaryFolder()
        let mirror = Mirror(
            passing: folder.path("mirror.git"),
            remote: options.remote,
            credentials: Credentials(),
            timeout: .seconds(60),
            borrowingFrom: nil
        )
        let live = live ?? .state(world.state, isDriven: false)
        return try await PreviewRun(request, of: live, mirror: mirror, runtime: runtime, now: world.clock.now()).run()
    }

    /// Merges for real, and syncs as a runtime that is ready at once does.
    private func mergeAndSync() async throws -> SyncResult {
        try world.repository.git("merge", "-q", "--no-edit", "feature")
        return try await world.sync()
    }

    // MARK: Waves

    @Test func `the timeline shows when each wave goes, and the changes name their waves`() async throws {
        try await world.push([
            "a.yaml": service("a", image: "a:1", wave: -1), "b.yaml": service("b", image: "b:1", wave: 2),
        ])
        try branch(["a.yaml": service("a", image: "a:2", wave: -1), "b.yaml": service("b", image: "b:2", wave: 2)])
        world.clock.advance(to: world.clock.now() + .seconds(1))

        let preview = try await preview()

        #expect(preview.changes.map(\.wave) == [-1, 2])
        #expect(preview.changes.map { $0.after?.spec.image } == ["a:2", "b:2"])
        let waves = preview.timeline.entries.filter { $0.key.kind == .sync }
        #expect(waves.map(\.what) == [.wave(-1), .wave(2)])
        #expect(waves.map(\.offset) == [.zero, .seconds(3)])
        #expect(preview.isAtRest && preview.newFindings.isEmpty)
    }

    @Test func `a wave that never goes is found, and is the merge's where it is`() async throws {
        try await world.push(["a.yaml": service("a", image: "a:1", wave: 0)])
        try branch(["a.yaml": service("a", extra: Self.build), "b.yaml": service("b", image: "b:1", wave: 1)])

        let preview = try await preview()

        #expect(preview.end?[Key(.service, "default", "b")] == nil)
        let found = preview.newFindings.map(\.finding.diagnostic.message).filter { $0.hasPrefix("wave 1") }
        let blocker = "Service default/a, which waits for a builder"
        #expect(found == ["wave 1 (Service default/b) waits for \(blocker) when the preview ends"])
    }

    /// A build that nobody carries out.
    private static let build = "      build: {steps: [{image: \"builder:1\"}]}"

    // MARK: What a Sync is told

    @Test func `drift that the Sync leaves is left, and is nothing that the merge brings`() async throws {
        try await world.push(["a.yaml": service("a")]) { $0.drift = .report }
        try await world.patch("a", .image("hand:1"))
        try branch(["b.yaml": service("b")])

        let preview = try await preview()

        #expect(preview.changes.map(\.key.name) == ["b"])
        #expect(preview.drift.isEmpty)
        #expect(preview.end?[Key(.service, "default", "a")]?.spec.image == "hand:1")
        #expect(preview.findings.filter { $0.finding.key?.name == "a" }.map(\.isOld) == [true])
    }

    @Test func `a preview keeps to what its Sync may touch, prune and read`() async throws {
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")]) {
            $0.exclude = ["*.test.yaml"]
            $0.namespaces = ["default"]
            $0.prunes = false
        }
        try branch([
            "a.yaml": nil, "c.test.yaml": service("c"), "d.yaml": service("d", namespace: "prod"),
        ])

        let preview = try await preview()

        #expect(preview.changes.isEmpty)
        #expect(preview.newFindings.map(\.finding.key?.name) == ["d", "a"])
        #expect(preview.newFindings.map(\.finding.severity) == [.error, .note])
    }

    // MARK: What will be

    @Test func `what is foretold is what the merge does, to the last field`() async throws {
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b"), "c.yaml": service("c")])
        try branch(["a.yaml": service("a", image: "shop:2"), "b.yaml": nil, "d.yaml": service("d")])
        world.clock.advance(by: .seconds(60))
        let start = world.clock.now()
        let before = world.digest

        let preview = try await preview()
        #expect(world.digest == before)
        #expect(
            preview.changes.map { "\($0.action.rawValue) \($0.key.name)" } == ["changed a", "created d", "pruned b"]
        )
        #expect(preview.changes.first?.fields.map(\.description).first?.hasSuffix(#""shop:1" → "shop:2""#) == true)
        #expect(preview.revisions.map(\.key.name) == ["a-00002", "d-00001"])
        #expect(preview.findings.isEmpty)
        #expect(preview.isAtRest)

        _ = try await mergeAndSync()
        let foretold = Outlook(try #require(preview.end), since: preview.subject.at)
        #expect(foretold.differences(to: Outlook(world.state, since: start)) == [])
        #expect(preview.subject.tree?.hex == (try world.repository.id(of: "main^{tree}")))
    }

    @Test func `it does not matter how much later the merge comes`() async throws {
        try await world.push(["a.yaml": service("a")])
        try branch(["a.yaml": service("a", image: "shop:2")])
        world.clock.advance(by: .seconds(60))
        let preview = try await preview()
        world.clock.advance(by: .seconds(5_000))
        let start = world.clock.now()
        _ = try await mergeAndSync()
        let foretold = Outlook(try #require(preview.end), since: preview.subject.at)
        #expect(foretold.differences(to: Outlook(world.state, since: start)) == [])
    }

    @Test func `the timeline has each step, causes before what they cause`() async throws {
        try await world.push(["a.yaml": service("a")])
        try branch(["a.yaml": service("a", image: "shop:2")])
        let preview = try await preview { $0.readyAfter = .seconds(2) }
        #expect(
            preview.timeline.description.split(separator: "\n") == [
                "+0.0s Revision default/a-00002 created",
                "+2.0s Revision default/a-00002 ready",
                "+2.0s Route default/a a-00001 75%, a-00002 25%",
                "+3.0s Route default/a a-00001 50%, a-00002 50%",
                "+4.0s Route default/a a-00001 25%, a-00002 75%",
                "+5.0s Route default/a a-00002 100%",
                "+5.0s Route default/a done",
                "+5.0s Service default/a ready",
            ]
        )
        #expect(preview.duration == .seconds(5))
    }

    @Test func `the same input gives the same preview`() async throws {
        try await world.push(["a.yaml": service("a")])
        try branch(["a.yaml": service("a", image: "shop:2")])
        let (first, second) = (try await preview(), try await preview())
        #expect(first.subject == second.subject)
        #expect(first.timeline == second.timeline)
        let ends = try [first, second].map { Outlook(try #require($0.end), since: $0.subject.at) }
        #expect(ends[0] == ends[1])
    }

    @Test func `a merge in the middle of a rollout takes it up where it stands`() async throws {
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")])
        try world.repository.commit(["a.yaml": service("a", image: "shop:2")])
        try await world.sync { $0.timeout = .milliseconds(1_500) }
        try #require(world.state[Key(.route, "default", "a")]?.routeStatus.traffic.count == 2)
        try branch(["b.yaml": service("b", image: "shop:2")])
        let preview = try await preview()
        let start = preview.subject.at
        #expect(preview.timeline.entries.contains { $0.key.name == "a" && $0.what == .done })
        _ = try await mergeAndSync()
        let foretold = Outlook(try #require(preview.end), since: start)
        #expect(foretold.differences(to: Outlook(world.state, since: start)) == [])
    }

    @Test func `where somebody carries the state on, its rollouts are further by the instant of the merge`()
        async throws
    {
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")])
        try world.repository.commit(["a.yaml": service("a", image: "shop:2")])
        try await world.sync { $0.timeout = .milliseconds(1_500) }
        try branch(["b.yaml": service("b", image: "shop:2")])
        let at = world.clock.now() + .seconds(60)
        let idle = try await preview { $0.at = at }
        #expect(idle.timeline.entries.contains { $0.key.name == "a" })
        let driven = try await preview(of: .state(world.state, isDriven: true)) { $0.at = at }
        #expect(!driven.timeline.entries.contains { $0.key.name == "a" })
    }

    // MARK: Where it comes from

    @Test func `drift, what is pending and what the merge does are told apart`() async throws {
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b"), "c.yaml": service("c")])
        try await editByHand("a")
        try world.repository.commit(["b.yaml": service("b", image: "shop:2")])
        try branch(["b.yaml": service("b", image: "shop:3"), "c.yaml": service("c", image: "shop:2")])
        let preview = try await preview()
        #expect(preview.drift.map(\.key.name) == ["a"])
        #expect(preview.pending.map(\.key.name) == ["b"])
        #expect(preview.changes.map(\.key.name) == ["b", "c"])
        let fields = preview.changes.first?.fields.map(\.description)
        #expect(fields?.first?.hasSuffix(#""shop:2" → "shop:3""#) == true)
        // One sync brings both: only one Revision is made.
        #expect(preview.revisions.map(\.key.name) == ["a-00003", "b-00002", "c-00002"])
    }

    @Test func `what the merge takes back of what is pending does not happen`() async throws {
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")])
        try world.repository.commit(["a.yaml": service("a", image: "shop:2")])
        try branch(["a.yaml": service("a"), "b.yaml": service("b", image: "shop:2")])
        let preview = try await preview()
        #expect(preview.pending.isEmpty)
        #expect(preview.changes.map(\.key.name) == ["b"])
    }

    @Test func `an object that was changed by hand and that the merge changes too is told once in each part`()
        async throws
    {
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")])
        try await editByHand("a")
        try await editByHand("b")
        try branch(["a.yaml": service("a", image: "shop:2"), "b.yaml": nil])
        let preview = try await preview()
        // What goes is not healed.
        #expect(preview.drift.map { "\($0.action.rawValue) \($0.key.name)" } == ["healed a"])
        #expect(preview.changes.map { "\($0.action.rawValue) \($0.key.name)" } == ["changed a", "pruned b"])
        #expect(preview.changes[0].fields.map(\.description).first?.hasSuffix(#""shop:1" → "shop:2""#) == true)
    }

    @Test func `an object that was made by hand and that the merge brings otherwise is changed, as the sync says`()
        async throws
    {
        try await world.push(["a.yaml": service("a")])
        let made = Object(
            kind: .service,
            metadata: Metadata(name: "b", namespace: "default"),
            spec: try #require(world.service("a")).spec
        )
        let now = world.clock.now()
        try await world.store.commit(durably: true) { state in try state.apply([.put(made)], at: now) }
        try branch(["b.yaml": service("b", image: "shop:2")])
        let preview = try await preview()
        let actions = { (changes: [PlannedChange]) in changes.map { "\($0.action.rawValue) \($0.key.name)" } }
        #expect(actions(preview.changes) == actions(try await mergeAndSync().changes))
    }

    @Test func `an object that goes over to another Sync is let go of`() async throws {
        func sync(_ name: String) async throws { try await world.sync { ($0.name, $0.path) = (name, name) } }
        try world.repository.commit(["x/a.yaml": service("a"), "y/b.yaml": service("b"), "x/c.yaml": service("c")])
        try await sync("x")
        try world.repository.commit(["y/a.yaml": service("a", image: "shop:2")])
        try await sync("y")
        try branch(["x/a.yaml": nil])
        let preview = try await preview { ($0.isNamed, $0.options.name) = (true, "x") }
        try world.repository.git("merge", "-q", "--no-edit", "feature")
        let result = try await world.sync { ($0.name, $0.path) = ("x", "x") }
        #expect(preview.changes.map(\.action) == [.released])
        #expect(result.changes.map(\.action) == [.released])
    }

    @Test func `the work tree of another branch is merged into what the Sync follows`() async throws {
        try await world.push(["a.yaml": service("a")])
        try world.repository.git("checkout", "-q", "-b", "feature")
        try world.repository.commit(["a.yaml": service("a", image: "\"\"")])
        let preview = try await preview { $0.head = .workTree }
        #expect(preview.subject.baseBranch == "main")
        #expect(preview.newFindings.map(\.topic) == [.manifest])
    }

    @Test func `a failure of what the merge changes is the merge's, were it in the same words`() async throws {
        try await world.push(["a.yaml": service("a")])
        try world.repository.commit(["a.yaml": service("a", image: "shop:2")])
        try branch(["a.yaml": service("a", image: "shop:3")])
        let preview = try await preview { $0.readyAfter = .seconds(130) }
        #expect(preview.newFindings.map(\.topic) == [.notReady])
    }

    @Test func `a Service in manual mode is as it should be`() async throws {
        try await world.push(["a.yaml": service("a")])
        let manual = "apiVersion: elafros.dev/v1alpha1\nkind: Service\nmetadata: {name: a}\nspec: {manual: {}}\n"
        try branch(["a.yaml": manual])
        #expect(try await preview().findings.isEmpty)
        #expect(try await mergeAndSync().exitCode == 0)
    }

    @Test func `a Route that cannot be assigned is told to leave requests where they go`() async throws {
        func route(_ configuration: String) -> String {
            "apiVersion: elafros.dev/v1alpha1\nkind: Route\nmetadata: {name: r}\n"
                + "spec: {traffic: [{configurationName: \(configuration), percent: 100}]}\n"
        }
        try await world.push(["a.yaml": service("a"), "r.yaml": route("a")])
        try branch(["r.yaml": route("missing")])
        let steps = try await preview().timeline.entries.map(\.what.description)
        #expect(steps == ["blocked, shows no traffic; requests go where they went"])
    }

    @Test func `an object whose pending change the merge makes needless goes, and that is all`() async throws {
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")])
        try world.repository.commit(["b.yaml": service("b", image: "shop:2")])
        try branch(["b.yaml": nil])
        let preview = try await preview()
        #expect(preview.pending.isEmpty)
        #expect(preview.changes.map { "\($0.action.rawValue) \($0.key.name)" } == ["pruned b"])
    }

    /// Changes a live Service by hand, and has the engine act upon it.
    private func editByHand(_ name: String) async throws {
        let (key, now) = (Key(.service, "default", name), world.clock.now())
        let live = try #require(world.state[key])
        let template: Value = ["spec": ["container": ["image": "hand:1"]]]
        let patch: Value = ["spec": ["runLatest": ["configuration": ["revisionTemplate": template]]]]
        let edited = try live.edited(try StrategicMerge.apply(patch: patch, to: live.value, kind: .service))
        try await world.store.commit(durably: true) { state in
            try state.apply([.put(edited), .mark(key, .edited)], at: now)
        }
        let driver = Driver(store: world.store, engine: Engine(), runtime: ReadyRuntime(), clock: world.clock) { _ in }
        _ = try await driver.step()
    }

    @Test func `a report is as good as the state`() async throws {
        try await world.push(["a.yaml": service("a")]) { $0.reportBranch = "status" }
        try branch(["a.yaml": service("a", image: "shop:2")])
        let preview = try await preview(of: .report(branch: "status"))
        #expect(preview.subject.ground == .report(branch: "status"))
        #expect(preview.subject.liveCommit == (try world.repository.id(of: "main")))
        #expect(preview.revisions.map(\.key.name) == ["a-00002"])
        #expect(preview.changes.map(\.key.name) == ["a"])
        #expect(preview.pending.isEmpty)
        #expect(preview.assumptions.runtime == "test")
        await #expect(throws: PreviewError.self) {
            try await self.preview(of: .report(branch: "status")) { $0.at = Instant(milliseconds: 1) }
        }
    }

    @Test func `without a Sync the base stands for what is live`() async throws {
        try world.repository.commit(["a.yaml": service("a"), "b.yaml": "nonsense: [\n"])
        try branch(["a.yaml": service("a", image: "shop:2")])
        let preview = try await preview()
        #expect(preview.subject.ground == .base)
        #expect(preview.changes.map { "\($0.action.rawValue) \($0.key.name)" } == ["changed a"])
        #expect(preview.revisions.map(\.key.name) == ["a-00002"])
        #expect(preview.pending.isEmpty)
        #expect(preview.findings.map(\.isOld) == [true])
        #expect(preview.newFindings.isEmpty)
    }

    @Test func `the files on the disk can be looked at before they are committed`() async throws {
        try await world.push(["a.yaml": service("a")])
        try world.repository.commit([:])
        let file = URL(fileURLWithPath: "\(world.repository.path)/a.yaml")
        try Data(service("a", image: "shop:2").utf8).write(to: file)
        let preview = try await preview { $0.head = .workTree }
        #expect(preview.revisions.map(\.key.name) == ["a-00002"])
        #expect(preview.subject.head == nil)
    }

    @Test func `the forge's own merge is taken where it is given`() async throws {
        try await world.push(["a.yaml": service("a")])
        try branch(["a.yaml": service("a", image: "shop:2")])
        try merge(as: "refs/pull/7/merge", ["a.yaml": service("a", image: "shop:9")])
        let preview = try await preview { $0.merged = .reference("refs/pull/7/merge") }
        #expect(preview.revisions.map(\.image) == ["shop:9"])
        #expect(preview.findings.isEmpty)
    }

    @Test(arguments: ["base", "head"])
    func `a merge of another moment is not taken, and that is said`(moved: String) async throws {
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")])
        try branch(["a.yaml": service("a", image: "shop:2")])
        try merge(as: "refs/pull/7/merge", ["a.yaml": service("a", image: "shop:9")])
        if moved == "base" {
            try world.repository.commit(["b.yaml": service("b", image: "shop:3")])
        } else {
            try world.repository.git("checkout", "-q", "feature")
            try world.repository.commit(["b.yaml": service("b", image: "shop:3")])
            try world.repository.git("checkout", "-q", "main")
        }
        let preview = try await preview { $0.merged = .reference("refs/pull/7/merge") }
        #expect(preview.revisions.map(\.image) == ["shop:2", "shop:3"])
        #expect(preview.newFindings.map(\.topic) == [.staleMerge])
        #expect(preview.newFindings.first?.finding.severity == .warning)
        let missing = moved == "base" ? "main" : "the head"
        #expect(preview.newFindings.first?.finding.rendered.contains("does not hold \(missing)") == true)
    }

    /// Merges the feature as a forge does, under a reference, with more that only the forge knows.
    private func merge(as reference: String, _ files: [String: String?]) throws {
        try world.repository.git("checkout", "-q", "-b", "merged")
        try world.repository.git("merge", "-q", "--no-ff", "--no-edit", "feature")
        try world.repository.commit(files)
        try world.repository.git("update-ref", reference, "merged")
        try world.repository.git("checkout", "-q", "main")
    }

    // MARK: What is found

    @Test func `a manifest that is wrong is a finding of the merge, or of the base`() async throws {
        try await world.push(["a.yaml": service("a"), "old.yaml": service("old", image: "\"\"")])
        try branch([
            "new.yaml": service("new", image: "\"\""), "old.yaml": nil,
            "moved.yaml": "# a line\n" + service("old", image: "\"\""),
        ])
        let preview = try await preview()
        #expect(preview.findings.map(\.topic) == [.manifest, .manifest])
        #expect(preview.newFindings.map(\.finding.path) == ["new.yaml"])
    }

    @Test func `what the base says of a file already is nothing new, and one more of the same is`() async throws {
        let bad = "apiVersion: elafros.dev/v1alpha1\nkind: Servce\nmetadata: {name: odd}\n"
        // A word of YAML 1.1 is a warning.
        let warned = service("a").replacing("image: shop:1", with: "image: shop:1\n            args: [yes]")
        try await world.push(["bad.yaml": bad, "a.yaml": warned])
        try branch([
            "bad.yaml": "# a line\n\(bad)---\n\(bad)", "a.yaml": warned.replacing("shop:1", with: "shop:2"),
        ])
        let preview = try await preview()
        #expect(preview.findings.map(\.finding.severity) == [.error, .error, .warning])
        #expect(preview.newFindings.map(\.finding.diagnostic.position?.line) == [7])
    }

    @Test func `what is pending on the base and will fail is nothing that the merge brings`() async throws {
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")])
        try world.repository.commit([
            "a.yaml": service("a").replacing(
                "runLatest:\n    configuration:",
                with: "pinned:\n    revisionName: a-00009\n    configuration:"
            )
        ])
        try branch(["b.yaml": service("b", image: "shop:2")])
        let preview = try await preview()
        #expect(preview.findings.map(\.topic) == [.notReady])
        #expect(preview.newFindings.isEmpty)
    }

    @Test func `a Route whose Configuration waits for a builder waits as well`() async throws {
        let configuration = """
            apiVersion: elafros.dev/v1alpha1
            kind: Configuration
            metadata: {name: built}
            spec:
              build: {steps: [{image: builder}]}
              revisionTemplate: {spec: {container: {image: "built:1"}}}
            ---
            apiVersion: elafros.dev/v1alpha1
            kind: Route
            metadata: {name: built}
            spec: {traffic: [{configurationName: built, percent: 100}]}

            """
        try await world.push(["a.yaml": service("a")])
        try branch(["built.yaml": configuration])
        let preview = try await preview()
        #expect(preview.newFindings.map(\.finding.severity) == [.warning, .warning])
        #expect(preview.newFindings.allSatisfy { $0.finding.rendered.contains("waits for a builder") })
    }

    @Test(arguments: [
        (SimulatedBuilder.Outcome.succeeds(after: .seconds(40)), nil as String?),
        (.stepFails(index: 0, code: 2, log: "no compiler", after: .seconds(40)), "ends up failed"),
        (.sourceMissing(error: "gone"), "ends up failed"), (.hangs, "ends up failed"),
    ])
    func `what becomes of Builds is assumed`(_ outcome: SimulatedBuilder.Outcome, _ says: String?) async throws {
        func built(_ image: String) -> String {
            service("a", image: image).replacing(
                "    configuration:\n",
                with: "    configuration:\n      build: {steps: [{image: \(image)}]}\n"
            )
        }
        try world.repository.commit(["a.yaml": built("shop:1")])
        try branch(["a.yaml": built("shop:2")])
        let preview = try await preview { $0.builds = outcome }
        #expect(preview.newFindings.count == (says == nil ? 0 : 1))
        #expect(says == nil || preview.newFindings.first?.finding.rendered.contains(says ?? "") == true)
        let whats = preview.timeline.entries.filter { $0.key.kind == .build || $0.key.kind == .revision }.map(\.what)
        if says == nil {
            #expect(preview.timeline.entries.first { $0.what == .ready }?.offset == .seconds(40))
        } else {
            #expect(!whats.contains(.ready), "\(preview.timeline)")
            // What ran goes on.
            #expect(preview.end?[Key(.route, "default", "a")]?.routeStatus.traffic.map(\.revisionName) == ["a-00001"])
        }
    }

    @Test func `a guard that would refuse says so`() async throws {
        let names = (0..<8).map { "s\($0)" }
        try await world.push(Dictionary(uniqueKeysWithValues: names.map { ("\($0).yaml", service($0)) }))
        try branch(Dictionary(uniqueKeysWithValues: names.dropFirst().map { ("\($0).yaml", nil) }))
        let refused = try await preview()
        #expect(refused.newFindings.map(\.topic) == [.guarded])
        #expect(refused.changes.isEmpty)
        let allowed = try await preview { $0.options.maxPrunePercent = 100 }
        #expect(allowed.findings.isEmpty)
        #expect(allowed.changes.count == 7)
    }

    @Test func `what ends up failed is told with its place`() async throws {
        try await world.push(["a.yaml": service("a")])
        let pinned = service("a").replacing(
            "runLatest:\n    configuration:",
            with: "pinned:\n    revisionName: a-00009\n    configuration:"
        )
        try branch(["a.yaml": "\n" + pinned])
        let preview = try await preview()
        let finding = try #require(preview.newFindings.first)
        #expect(preview.newFindings.count == 1)
        #expect(finding.topic == .notReady)
        #expect(finding.finding.rendered.hasPrefix("a.yaml:2:1: Service default/a ends up failed (RevisionMissing"))
    }

    @Test func `what failed before and fails alike is nothing new`() async throws {
        let pinned = service("a").replacing(
            "runLatest:\n    configuration:",
            with: "pinned:\n    revisionName: a-00009\n    configuration:"
        )
        try await world.push(["a.yaml": pinned, "b.yaml": service("b")])
        try branch(["b.yaml": service("b", image: "shop:2")])
        let preview = try await preview()
        #expect(preview.findings.map(\.topic) == [.notReady])
        #expect(preview.newFindings.isEmpty)
    }

    @Test func `a rollout that takes longer than anyone looks ahead is cut off`() async throws {
        func slow(_ image: String) -> String {
            let annotations = "name: a\n  annotations:\n    \(Labels.rolloutDuration): 200h"
            return service("a", image: image).replacing("name: a", with: annotations)
        }
        try await world.push(["a.yaml": slow("shop:1")])
        try branch(["a.yaml": slow("shop:2")])
        let preview = try await preview()
        #expect(preview.ending == .timeIsUp)
        // Nothing is wrong with a rollout that somebody wants to be slow.
        #expect(preview.newFindings.map(\.topic) == [.notReady, .neverRests])
        #expect(preview.newFindings.allSatisfy { $0.finding.severity == .warning })
        #expect(preview.newFindings.last?.finding.rendered.contains("after 24 hours") == true)
    }

    @Test func `what runs on the base alone was ready long before the merge`() async throws {
        try world.repository.commit(["a.yaml": service("a"), "b.yaml": service("b")])
        try branch(["a.yaml": service("a", image: "shop:2")])
        let late = try await preview { $0.readyAfter = .seconds(90) }
        #expect(late.newFindings.isEmpty)
        #expect(late.timeline.entries.first { $0.what == .ready }?.offset == .seconds(90))
        let never = try await preview { $0.readyAfter = .seconds(130) }
        #expect(never.newFindings.map(\.finding.key?.name) == ["a"])
        #expect(never.newFindings.first?.finding.rendered.contains("ProgressDeadlineExceeded") == true)
    }

    @Test func `two sides that conflict have no plan, and each file is named`() async throws {
        try await world.push(["a.yaml": service("a")])
        try branch(["a.yaml": service("a", image: "shop:2")])
        try world.repository.commit(["a.yaml": service("a", image: "shop:3")])
        let preview = try await preview()
        #expect(preview.subject.tree == nil)
        #expect(preview.changes.isEmpty)
        #expect(preview.timeline.entries.isEmpty)
        #expect(preview.newFindings.map { "\($0.topic) \($0.finding.path)" } == ["conflict a.yaml"])
    }

    // MARK: What cannot be shown

    @Test func `several Syncs of one branch are told apart by name`() async throws {
        try await world.push(["x/a.yaml": service("a"), "y/b.yaml": service("b")]) {
            $0.name = "x"; $0.path = "x"
        }
        try await world.sync {
            $0.name = "y"; $0.path = "y"
        }
        try branch(["x/a.yaml": service("a", image: "shop:2"), "y/b.yaml": service("b", image: "shop:2")])
        let error = await #expect(throws: PreviewError.self) { try await preview() }
        #expect(error?.description.contains("x, y") == true)
        let named = try await preview {
            $0.isNamed = true
            $0.options.name = "y"
        }
        #expect(named.changes.map(\.key.name) == ["b"])
    }

    @Test func `a Sync that is not there, or is another, is no reason to show something else`() async throws {
        try await world.push(["a.yaml": service("a")]) { $0.follow = .branch("main") }
        try branch(["a.yaml": service("a", image: "shop:2")])
        try world.repository.git("branch", "-q", "develop", "main")
        let requests: [(says: String, change: (inout PreviewRequest) -> Void)] = [
            (
                "no Sync live",
                {
                    $0.isNamed = true
                    $0.options.name = "live"
                }
            ),
            ("no Sync that follows branch develop", { $0.base = .branch("develop") }),
            ("has --path \"\"", { $0.asked.path = "apps" }),
            (
                "has --namespace \"default\", --domain \"mydomain.com\"",
                {
                    $0.asked.namespace = "shop"
                    $0.asked.domain = "example.com"
                }
            ),
        ]
        for (says, change) in requests {
            let error = await #expect(throws: PreviewError.self) { try await preview(change) }
            #expect(error?.description.contains(says) == true, "\(says): \(String(describing: error))")
            #expect(error?.description.contains("shop") == true)
        }
        _ = try await preview { ($0.asked.path, $0.asked.namespace) = ("./", "default") }
    }

    @Test func `a damaged state is not shown as an empty one`() async throws {
        try await world.restart()
        try await world.push(["a.yaml": service("a")])
        try branch(["a.yaml": service("a", image: "shop:2")])
        try await world.store.close()
        let folder = StateFolder(path: world.folder.path("state"))
        let file = URL(fileURLWithPath: folder.database)
        var bytes = try Data(contentsOf: file)
        let (whole, damaged) = (Data(#"{"runLatest""#.utf8), Data(#"["runLatest""#.utf8))
        var count = 0
        while let range = bytes.range(of: whole) {
            bytes.replaceSubrange(range, with: damaged)
            count += 1
        }
        #expect(count > 0)
        try bytes.write(to: file)
        let error = await #expect(throws: StoreError.self) {
            try await preview(of: .state(try Store.read(folder), isDriven: false))
        }
        #expect(error?.kind == .damaged)
    }

    @Test func `an instant before the state's last change is refused`() async throws {
        try await world.push(["a.yaml": service("a")])
        try branch(["a.yaml": service("a", image: "shop:2")])
        await #expect(throws: PreviewError.self) { try await preview { $0.at = Instant(milliseconds: 1) } }
    }

    @Test func `histories that have nothing in common are refused`() async throws {
        try await world.push(["a.yaml": service("a")])
        try world.repository.git("checkout", "-q", "--orphan", "feature")
        try world.repository.commit(["b.yaml": service("b")])
        try world.repository.git("checkout", "-q", "main")
        await #expect(throws: PreviewError.self) { try await preview() }
    }
}
