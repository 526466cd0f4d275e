import Git
import Resources
import Store
import Testing
import YAML

@testable import GitOps

@Suite struct ScopeTests {
    private func only(_ namespaces: String...) -> (inout SyncOptions) -> Void { { $0.namespaces = namespaces } }

    private func live(_ world: World) -> [String] {
        world.state.keys(.service).map { "\($0.namespace)/\($0.name)" }
    }

    // MARK: Namespaces and kinds

    @Test func `what lies outside the namespaces is held back with where, what and what to do`() async throws {
        let world = try World()
        let result = try await world.push(
            ["a.yaml": service("a", namespace: "dev"), "b.yaml": service("b", namespace: "prod")],
            only("dev", "test")
        )
        #expect(result.summary == ["created dev/a"])
        #expect(
            result.errors == [
                "b.yaml:1:1: namespace prod is not among those that Sync shop may touch (dev, test); move the "
                    + "manifest, or widen spec.namespaces"
            ]
        )
        #expect(result.outcome == .invalid)
        let record = try #require(world.state[ManifestRecord.key(sync: "shop", path: "b.yaml")])
        #expect(ManifestRecord(record).documents.map(\.outcome) == [.heldBack(.outOfScope)])
        #expect(record.spec["documents"]?.list?.first?["reason"] == "OutOfScope")
        let again = try await world.sync(only("dev", "test"))
        #expect(again.isNothingNew)
        #expect(again.errors == result.errors)
    }

    @Test func `what is of another kind is held back too`() async throws {
        let world = try World()
        let result = try await world.push(["a.yaml": service("a")]) { $0.kinds = [.route, .build] }
        #expect(result.summary == [])
        #expect(
            result.errors == [
                "a.yaml:1:1: kind Service is not among those that Sync shop may touch (Route, Build); move the "
                    + "manifest, or widen spec.kinds"
            ]
        )
        // What is made of a Service may be of any kind.
        #expect(try await world.sync { $0.kinds = [.service] }.summary == ["created default/a"])
        #expect(world.service("a")?.status.conditions.isTrue("Ready") == true)
    }

    @Test func `a scope of nothing says so`() async throws {
        let world = try World()
        let result = try await world.push(["a.yaml": service("a")]) { ($0.namespaces, $0.kinds) = ([], []) }
        #expect(result.errors.count == 2)
        #expect(result.errors.allSatisfy { $0.contains("may touch (none)") })
    }

    @Test func `what is live when the scope narrows stays as it is, also where people changed it`() async throws {
        let world = try World()
        let files = ["a.yaml": service("a", namespace: "dev"), "b.yaml": service("b", namespace: "prod")]
        try await world.push(files)

        let narrowed = try await world.sync(only("dev"))
        #expect(narrowed.summary == [])
        #expect(narrowed.heldBack == 1)
        try await world.push(["b.yaml": service("b", image: "shop:2", namespace: "prod")], only("dev"))
        let key = Key(.service, "prod", "b")
        #expect(world.state[key]?.spec.image == "shop:1")
        try await world.patch("b", .image("hand:1"), in: "prod")

        let edited = try await world.sync(only("dev"))
        #expect(edited.summary == [])
        #expect(world.state[key]?.spec.image == "hand:1")
        let before = world.digest
        #expect(try await world.sync(only("dev")).isNothingNew)
        #expect(world.digest == before)

        let widened = try await world.sync(only("dev", "prod"))
        #expect(widened.summary == ["healed prod/b", "changed prod/b"])
        #expect(world.state[key]?.spec.image == "shop:2")
    }

    @Test func `what is outside stays when git drops it, and goes once the scope is wide again`() async throws {
        let world = try World()
        try await world.push([
            "a.yaml": service("a", namespace: "dev"), "b.yaml": service("b", namespace: "prod"),
        ])
        let dropped = try await world.push(["b.yaml": nil], only("dev"))
        #expect(dropped.summary == [])
        #expect(dropped.leftovers.orphans.map(\.key.name) == ["b"])
        #expect(dropped.outcome == .inSync)
        #expect(live(world) == ["dev/a", "prod/b"])

        #expect(try await world.sync().summary == ["pruned prod/b"])
        #expect(live(world) == ["dev/a"])
    }

    @Test func `an outsider that was deleted by hand comes back only once the scope is wide again`() async throws {
        let world = try World()
        try await world.push(["b.yaml": service("b", namespace: "prod"), "a.yaml": service("a")])
        try await world.sync(only("default"))
        try await world.delete("b", in: "prod")
        #expect(try await world.sync(only("default")).summary == [])
        #expect(try await world.sync(only("default")).isNothingNew)
        #expect(try await world.sync().summary == ["healed prod/b"])
    }

    @Test func `an outsider that stands twice is told to be outside, once per place`() async throws {
        let world = try World()
        let result = try await world.push(
            ["a.yaml": service("a", namespace: "prod"), "b.yaml": service("a", namespace: "prod")],
            only("dev")
        )
        #expect(result.errors.count == 2)
        #expect(result.errors.allSatisfy { $0.contains("namespace prod is not among those") })
    }

    // MARK: Include and exclude

    @Test(
        arguments: [
            ([], [], ["a", "b", "c", "d"]),
            (["apps/"], [], ["b", "c"]),
            (["/a.yaml", "apps/live/*"], [], ["a", "c"]),
            ([], ["live/"], ["a", "b"]),
            (["apps/"], ["live"], ["b"]),
            (["*.yml"], [], ["d"]),
            (["apps/**", "!apps/live/c.yaml"], [], ["b", "c"]),
            (["nothing"], [], []),
            (["*"], ["*", "!a.yaml"], ["a"]),
            (["# a.yaml"], [], []),
        ]
    )
    func `patterns choose files as those of an ignore file do`(
        include: [String],
        exclude: [String],
        expected: [String]
    ) async throws {
        let world = try World()
        try await world.push(
            [
                "root/a.yaml": service("a"), "root/apps/b.yaml": service("b"), "root/apps/live/c.yaml": service("c"),
                "root/live/d.yml": service("d"), "apps/e.yaml": service("e"),
            ]
        ) {
            $0.path = "root"
            ($0.include, $0.exclude) = (include, exclude)
        }
        #expect(world.state.keys(.service).map(\.name) == expected)
    }

    @Test func `what is excluded goes like a deleted file, and comes back with what is included`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b"), "c.yaml": "kind: ["])

        let excluded = try await world.sync { $0.exclude = ["b.yaml", "c.*"] }
        #expect(excluded.summary == ["pruned default/b"])
        #expect(excluded.heldBack == 0)
        #expect(try await world.sync { $0.exclude = ["b.yaml", "c.*"] }.isNothingNew)

        let included = try await world.sync { $0.include = ["[ab].yaml"] }
        #expect(included.summary == ["created default/b"])
        #expect(included.outcome == .inSync)
    }

    @Test func `a change of an excluded file is nothing to read`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")]) { $0.exclude = ["b.yaml"] }
        let result = try await world.push(["b.yaml": "kind: ["]) { $0.exclude = ["b.yaml"] }
        #expect(result.statistics.filesParsed == 0)
        #expect(result.outcome == .inSync)
    }

    @Test func `files of which none is one that the Sync has prune nothing`() async throws {
        let world = try World()
        try await world.push(["a/x.yaml": service("x"), "b/y.yaml": service("y")]) { $0.include = ["a/"] }
        let other = try await world.sync { $0.include = ["b/"] }
        #expect(other.summary == ["created default/y"])
        #expect(other.pruneRefusal?.reason == .nothingLeft)
        #expect(live(world) == ["default/x", "default/y"])
    }

    @Test func `where no file is left, the patterns are among what to check`() async throws {
        let world = try World()
        let result = try await world.push(["a.yaml": service("a")]) { $0.include = ["b/"] }
        #expect(result.findings.map(\.rendered).first?.hasSuffix("check branch, path, include and exclude") == true)
    }
}
