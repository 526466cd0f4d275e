import Engine
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

/// How files become objects: fields, moves, renames.
@Suite struct ApplyTests {
    private let environment = """
                    env:
                    - name: GREETING
                      value: hello
        """

    @Test func `a field that is removed from a file is removed live, and defaults stay`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a", extra: environment)])
        #expect(world.service("a")?.spec.container?["env"]?.list?.count == 1)
        let full = world.service("a")?.spec

        let result = try await world.push(["a.yaml": service("a")])

        #expect(result.summary == ["changed default/a"])
        #expect(world.service("a")?.spec.container?["env"] == nil)
        #expect(world.service("a")?.metadata.generation == 2)
        try await world.push(["a.yaml": service("a", extra: environment)])
        #expect(world.service("a")?.spec == full)
        #expect(world.service("a")?.metadata.generation == 3)
    }

    @Test func `labels follow the file and count as no generation`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        let labelled = service("a").replacing("  name: a", with: "  name: a\n  labels: {team: blue}")

        let result = try await world.push(["a.yaml": labelled])

        #expect(result.changes.first?.fields.map(\.path.description) == ["metadata.labels"])
        #expect(world.service("a")?.metadata.labels["team"] == "blue")
        #expect(world.service("a")?.metadata.generation == 1)
        try await world.push(["a.yaml": service("a")])
        #expect(world.service("a")?.metadata.labels["team"] == nil)
    }

    @Test func `renaming a file is no change of its objects`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        let (uid, commit) = (world.service("a")?.metadata.uid, world.service("a")?.origin?.commit)

        let result = try await world.push(["a.yaml": nil, "live/shop.yaml": service("a")])

        #expect(result.changes.isEmpty)
        let a = try #require(world.service("a"))
        #expect(a.metadata.uid == uid)
        #expect(a.metadata.generation == 1)
        #expect(a.origin?.path == "live/shop.yaml")
        #expect(a.origin?.commit == commit)
    }

    @Test func `an object may move to another file, and change on the way`() async throws {
        let world = try World()
        try await world.push(["a.yaml": "\(service("a"))\n---\n\(service("b"))", "z.yaml": service("z")])
        let uid = world.service("b")?.metadata.uid

        let result = try await world.push([
            "a.yaml": service("a"), "z.yaml": "\(service("z"))\n---\n\(service("b", image: "shop:2"))",
        ])

        #expect(result.summary == ["changed default/b"])
        let b = try #require(world.service("b"))
        #expect(b.metadata.uid == uid)
        #expect(b.origin?.path == "z.yaml")
        #expect(b.origin?.line == 14)
    }

    @Test func `an object that is renamed is another object`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        let result = try await world.push(["a.yaml": service("b")])
        #expect(result.summary == ["created default/b", "pruned default/a"])
    }

    @Test func `what was applied by hand is taken over`() async throws {
        let world = try World()
        let other = try World(beside: world)
        try await other.push(["a.yaml": service("a")]) { $0.name = "other" }
        try await world.store.commit(durably: true) { state in
            try state.apply([.setOrigin(Key(.service, "default", "a"), nil)], at: Instant(milliseconds: 0))
        }

        let result = try await world.push(["a.yaml": service("a")])

        #expect(result.summary == ["adopted default/a"])
        #expect(world.service("a")?.origin?.sync == "shop")
        #expect(world.service("a")?.metadata.generation == 1)
    }

    @Test func `what a Service makes is not taken from it`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        let configuration = """
            apiVersion: elafros.dev/v1alpha1
            kind: Configuration
            metadata: {name: a}
            spec: {revisionTemplate: {spec: {container: {image: "other:1"}}}}
            """

        let result = try await world.push(["b.yaml": configuration])

        #expect(
            result.errors == [
                "b.yaml:1:1: Configuration default/a is made by Service a; change it there, or rename this one"
            ]
        )
        #expect(result.outcome == .invalid)
    }

    @Test func `a List stands for its items`() async throws {
        let world = try World()
        let list = """
            apiVersion: v1
            kind: List
            items:
            - {apiVersion: elafros.dev/v1alpha1, kind: BuildTemplate, metadata: {name: x}, spec: {steps: [{image: a}]}}
            - {apiVersion: elafros.dev/v1alpha1, kind: BuildTemplate, metadata: {name: y}, spec: {steps: [{image: b}]}}
            """
        let result = try await world.push(["list.yaml": list])
        #expect(result.summary == ["created default/x", "created default/y"])
        #expect(try await world.push(["list.yaml": nil]) { $0.allowsEmpty = true }.summary.count == 2)
    }
}
