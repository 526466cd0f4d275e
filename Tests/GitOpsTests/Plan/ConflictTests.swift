import Engine
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

/// Two Syncs on one state.
@Suite struct ConflictTests {
    @Test func `the second Sync of an object is held back, and names the first`() async throws {
        let first = try World()
        try await first.push(["a.yaml": service("a"), "b.yaml": service("b")])
        let second = try World(beside: first)

        let result = try await second.push(["x.yaml": service("a", image: "other:1"), "c.yaml": service("c")]) {
            $0.name = "other"
        }

        #expect(result.summary == ["created default/c"])
        #expect(
            result.errors == [
                "x.yaml:1:1: Service default/a belongs to Sync shop, from a.yaml:1 of its repository; remove it there or here"
            ]
        )
        #expect(first.image("a") == "shop:1")
        #expect(try await second.sync { $0.name = "other" }.errors == result.errors)
    }

    @Test func `pruning hands over to the Sync that was held back`() async throws {
        let first = try World()
        try await first.push(["a.yaml": service("a"), "b.yaml": service("b")])
        let second = try World(beside: first)
        try await second.push(["x.yaml": service("a", image: "other:1")]) { $0.name = "other" }
        let uid = first.service("a")?.metadata.uid

        #expect(try await first.push(["a.yaml": nil]).summary == ["released default/a"])
        let result = try await second.sync { $0.name = "other" }

        #expect(result.summary == ["changed default/a"])
        #expect(result.outcome == .inSync)
        #expect(first.service("a")?.metadata.uid == uid)
        #expect(first.service("a")?.origin?.sync == "other")
        #expect(first.image("a") == "other:1")
    }

    @Test func `what is handed over loses what git took away on the way`() async throws {
        let first = try World()
        let env = "            env: [{name: MODE, value: x}]"
        try await first.push(["a.yaml": service("a", extra: env), "b.yaml": service("b")])
        #expect(first.service("a")?.spec.container?["env"] != nil)
        let second = try World(beside: first)
        try await second.push(["x.yaml": service("a")]) { $0.name = "other" }

        try await first.push(["a.yaml": nil])
        let result = try await second.sync { $0.name = "other" }

        #expect(result.summary == ["changed default/a"])
        #expect(first.service("a")?.spec.container?["env"] == nil)
        #expect(try await second.sync { $0.name = "other" }.isNothingNew)
    }

    @Test func `pruning deletes what another Sync names and could not apply itself`() async throws {
        let first = try World()
        try await first.push(["a.yaml": service("a"), "b.yaml": service("b")])
        let second = try World(beside: first)
        try await second.push(["x.yaml": service("a", image: "")]) { $0.name = "other" }

        #expect(try await first.push(["a.yaml": nil]).summary == ["pruned default/a"])

        let mended = try await second.push(["x.yaml": service("a", image: "other:1")]) { $0.name = "other" }
        #expect(mended.summary == ["created default/a"])
    }

    @Test func `a Sync prunes only what is its own`() async throws {
        let first = try World()
        try await first.push(["a.yaml": service("a")])
        let second = try World(beside: first)
        try await second.push(["b.yaml": service("b"), "c.yaml": service("c")]) { $0.name = "other" }
        let result = try await second.push(["b.yaml": nil, "c.yaml": nil, "README": "x"]) {
            $0.name = "other"
            $0.allowsEmpty = true
        }
        #expect(result.summary == ["pruned default/b", "pruned default/c"])
        #expect(first.service("a") != nil)
    }

    @Test func `what was deleted by hand stays the Sync's that had it`() async throws {
        let first = try World()
        try await first.push(["a.yaml": service("a"), "b.yaml": service("b")])
        let second = try World(beside: first)
        let refused = try await second.push(["x.yaml": service("a", image: "other:1")]) { $0.name = "other" }
        let (key, now) = (Key(.service, "default", "a"), first.clock.now())
        try await first.store.commit(durably: true) { state in
            _ = try state.apply([.delete(key, .background), .mark(key, .edited)], at: now)
        }

        let waiting = try await second.sync { $0.name = "other" }

        #expect(waiting.summary == [])
        #expect(waiting.errors == refused.errors)
        #expect(first.service("a") == nil)
        #expect(try await first.sync().summary == ["healed default/a"])
        #expect(first.image("a") == "shop:1")
    }
}
