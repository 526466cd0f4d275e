import GitOps
import Resources
import Store
import Testing
import YAML

@testable import elafros

/// What a Sync leaves different from git, as commands show it.
@Suite struct LeftoversTests {
    private static let now = Instant(milliseconds: 1_700_000_000_000)

    /// A Sync that heals and prunes nothing, with an object that was changed by hand, one that was deleted and an orphan.
    private func state(drift: String = "report") throws -> State {
        var state = State(id: "test")
        let metadata = Metadata(name: "shop", namespace: "")
        let spec: Value = ["url": "/repo", "drift": .string(drift), "prune": false]
        let sync = Object(kind: .sync, metadata: metadata, spec: spec)
        var changes: [Change] = [.put(sync)]
        for name in ["changed", "orphan"] {
            let wanted = Desired(key: Key(.service, "default", name), spec: Self.spec("git:1"))
            let origin = Origin(sync: "shop", path: "a.yaml", line: 7, commit: "", lastApplied: wanted.lastApplied)
            let live = Desired(key: wanted.key, spec: Self.spec(name == "orphan" ? "git:1" : "hand:1"))
            changes.append(.put(live.draft.with(origin: origin)))
        }
        let deleted = Key(.service, "default", "deleted")
        let record = ManifestRecord(
            sync: "shop",
            path: "b.yaml",
            blob: "",
            documents: [.init(position: Position(line: 3, column: 1), key: deleted, outcome: .applied)]
        )
        changes.append(.put(record.object))
        changes += [
            .mark(Key(.service, "default", "changed"), .drifted), .mark(deleted, .drifted),
            .mark(Key(.service, "default", "orphan"), .orphaned),
        ]
        try state.apply(changes, at: Self.now)
        return state
    }

    private static func spec(_ image: String) -> Value {
        ["runLatest": ["configuration": ["revisionTemplate": ["spec": ["container": ["image": .string(image)]]]]]]
    }

    private func page(of state: State, only name: String? = nil) -> StatusPage {
        let services = state.keys(.service).filter { name == nil || $0.name == name }.compactMap { state[$0] }
        return StatusPage(
            state: state,
            now: Self.now,
            lastWrite: nil,
            services: services,
            others: [],
            isOne: name != nil
        )
    }

    @Test func `status lists what is left, and who leaves it`() throws {
        let state = try state()
        let text = page(of: state).text(Paint(isOn: false))
        #expect(
            text.contains(
                """
                  2 objects changed by hand; the Sync reports that and leaves it:
                    Service default/changed
                    Service default/deleted, deleted
                  1 object no longer in git; the Sync may not prune, and leaves that live:
                    Service default/orphan

                """
            )
        )
        #expect(!text.contains("the next sync heals"))
        let one = page(of: state, only: "changed").text(Paint(isOn: false))
        #expect(one.contains("changed by hand; the Sync leaves it so (`elafros diff` shows what)"))
        let value = page(of: state).value["syncs"]?.list?.first
        #expect(value?["drift"] == ["Service default/changed", "Service default/deleted"])
        #expect(value?["orphans"] == ["Service default/orphan"])
    }

    @Test func `status says nothing of what is ignored`() throws {
        let text = page(of: try state(drift: "ignore")).text(Paint(isOn: false))
        #expect(!text.contains("by hand"))
        #expect(text.contains("Service default/orphan"))
    }

    @Test func `status says that all of it is healed where the Sync heals again`() throws {
        let text = page(of: try state(drift: "heal")).text(Paint(isOn: false))
        #expect(
            text.contains(
                """
                  2 objects changed by hand; the next sync heals:
                    Service default/changed
                    Service default/deleted, deleted

                """
            )
        )
    }

    @Test func `diff shows what differs, and that it stays`() throws {
        let state = try state()
        let sync = try #require(state[Key(.sync, "", "shop")])
        let text = PlanDiff(changes: [], refused: [], leftovers: Leftovers(of: sync, in: state))
            .text(Paint(isOn: false))
        #expect(
            text.contains("Service default/orphan (a.yaml:7): git names it no more, the Sync may not prune it\n---")
        )
        #expect(text.contains("Service default/changed (a.yaml:7): drift: changed by hand, the Sync leaves it so\n---"))
        #expect(text.contains("-            image: hand:1\n+            image: git:1\n"))
        #expect(text.hasSuffix("Service default/deleted (b.yaml:3): drift: deleted by hand, the Sync leaves it so\n"))
    }

    @Test func `what was deleted and is made anew by hand is for the next sync to look at`() throws {
        let state = try state()
        let key = Key(.service, "default", "deleted")
        let edit = try HandEdit.apply(Desired(key: key, spec: Self.spec("hand:1")), to: state)
        var after = state
        try after.apply(edit.changes, at: Self.now)
        #expect(after.isMarked(key, .edited))
        let other = Key(.service, "default", "new")
        try after.apply(HandEdit.apply(Desired(key: other, spec: Self.spec("x")), to: state).changes, at: Self.now)
        #expect(!after.isMarked(other, .edited))
    }
}
