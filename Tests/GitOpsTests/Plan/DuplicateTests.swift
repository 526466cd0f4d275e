import Engine
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

@Suite struct DuplicateTests {
    @Test func `an object that stands twice is applied from neither file`() async throws {
        let world = try World()
        let result = try await world.push(["a.yaml": service("x"), "b.yaml": service("x", image: "shop:2")])
        #expect(result.changes.isEmpty)
        #expect(result.heldBack == 2)
        #expect(
            result.errors == [
                "a.yaml:1:1: Service default/x stands twice, also at b.yaml:1; keep one of them, until then none is applied",
                "b.yaml:1:1: Service default/x stands twice, also at a.yaml:1; keep one of them, until then none is applied",
            ]
        )
        #expect(world.service("x") == nil)
    }

    @Test(arguments: ["a.yaml", "z.yaml"])
    func `a second manifest of a live object holds back both, and mending it frees the other`(
        second: String
    ) async throws {
        let world = try World()
        try await world.push(["m.yaml": service("x"), "other.yaml": service("y")])

        let result = try await world.push([second: service("x", image: "shop:2")])
        #expect(result.heldBack == 2)
        #expect(result.errors.count == 2)
        #expect(world.image("x") == "shop:1")
        #expect(try await world.sync().errors == result.errors)

        // The file that did not change is the one that counts now.
        let freed = try await world.push([second: service("z")])
        #expect(freed.outcome == .inSync)
        #expect(freed.summary == ["created default/z"])
        #expect(freed.statistics.git.blobsRead == 2)
        #expect(world.image("x") == "shop:1")
        #expect(world.service("x")?.origin?.path == "m.yaml")
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `the newer manifest counts once the older one is gone`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("x")])
        try await world.push(["b.yaml": service("x", image: "shop:2")])
        let result = try await world.push(["a.yaml": nil])
        #expect(result.summary == ["changed default/x"])
        #expect(world.image("x") == "shop:2")
        #expect(result.outcome == .inSync)
    }

    @Test func `of two manifests the readable one counts once the other goes and leaves its file broken`() async throws
    {
        let world = try World()
        try await world.push(["m.yaml": service("x"), "a.yaml": "\(service("x"))\n---\n\(service("Y_bad"))"])
        #expect(world.service("x") == nil)

        let result = try await world.push(["a.yaml": service("Y_bad")])

        #expect(result.summary == ["created default/x"])
        #expect(result.heldBack == 1)
        #expect(result.errors.allSatisfy { $0.hasPrefix("a.yaml:") })
        #expect(try await world.push(["a.yaml": service("y")]).summary == ["created default/y"])
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `three manifests of one object name each other until one is left`() async throws {
        let world = try World()
        let result = try await world.push(["a.yaml": service("x"), "b.yaml": service("x"), "c.yaml": service("x")])
        #expect(result.errors.first?.contains("also at b.yaml:1, c.yaml:1;") == true)
        let two = try await world.push(["b.yaml": nil])
        #expect(two.errors.map { $0.contains("b.yaml") } == [false, false])
        #expect(two.heldBack == 2)
        #expect(try await world.push(["a.yaml": nil]).summary == ["created default/x"])
    }

    @Test func `an object that stands twice in one file is held back as well`() async throws {
        let world = try World()
        let result = try await world.push(["a.yaml": "\(service("x"))\n---\n\(service("x"))"])
        #expect(result.heldBack == 2)
        #expect(result.errors.last?.contains("also at a.yaml:1;") == true)
        #expect(try await world.push(["a.yaml": service("x")]).summary == ["created default/x"])
    }

    @Test func `a bad manifest counts as one, so that the good one is held back too`() async throws {
        let world = try World()
        let bad = service("x").replacing("container:", with: "contaner:")
        let result = try await world.push(["a.yaml": service("x"), "b.yaml": bad])
        #expect(result.heldBack == 2)
        #expect(try await world.push(["b.yaml": nil]).summary == ["created default/x"])
    }
}
