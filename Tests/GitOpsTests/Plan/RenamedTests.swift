import Engine
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

/// Files that move while they are broken: what they gave stays until they are mended.
@Suite struct RenamedTests {
    @Test func `a held-back file that is renamed goes on holding back what it gave`() async throws {
        let world = try World()
        try await world.push(["apps/shop.yaml": service("shop"), "apps/b.yaml": service("b"), "c.yaml": service("c")])
        let shop = world.service("shop")
        try await world.push(["apps/shop.yaml": "kind: [", "apps/b.yaml": "kind: {"])

        // Both under other names, so that only the content tells which is which.
        let moved: [String: String?] = [
            "apps/shop.yaml": nil, "apps/b.yaml": nil, "x.yaml": "kind: {", "y.yaml": "kind: [",
        ]
        let result = try await world.push(moved)

        #expect(result.outcome == .invalid)
        #expect(result.changes.isEmpty)
        #expect(world.service("shop") === shop)
        #expect(try await world.sync().changes.isEmpty)
        #expect(try await world.push(["y.yaml": service("shop", image: "shop:2")]).summary == ["changed default/shop"])
        #expect(
            try await world.push(["x.yaml": service("new")]).summary == ["created default/new", "pruned default/b"]
        )
        #expect(try await world.sync().isNothingNew)
    }

    @Test(arguments: [
        ("services/shop.yaml", "kind: ["), ("services/shop.yaml", service("Shop_bad")),
        ("services/shop.yaml", service("shop") + String(repeating: "#", count: 5_000_000)), ("other.yaml", "kind: ["),
    ])
    func `a file that is renamed and broken in one commit holds back what it gave`(path: String, text: String)
        async throws
    {
        let world = try World()
        try await world.push(["apps/shop.yaml": service("shop"), "c.yaml": service("c")])
        let shop = world.service("shop")

        let result = try await world.push(["apps/shop.yaml": nil, path: text])

        #expect(result.outcome == .invalid)
        #expect(result.changes.isEmpty)
        #expect(world.service("shop") === shop)
        #expect(try await world.sync().changes.isEmpty)
        #expect(try await world.push(["README.md": "hello"]).changes.isEmpty)
        let mended = try await world.push([path: service("new")])
        #expect(mended.summary == ["created default/new", "pruned default/shop"])
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `a document that is moved into a new file and broken there keeps its object`() async throws {
        let world = try World()
        try await world.push(["all.yaml": "\(service("a"))\n---\n\(service("b"))", "c.yaml": service("c")])
        let b = world.service("b")

        let result = try await world.push(["all.yaml": service("a"), "b.yaml": "kind: ["])

        #expect(result.outcome == .invalid)
        #expect(result.changes.isEmpty)
        #expect(world.service("b") === b)
        #expect(try await world.push(["b.yaml": service("b", image: "shop:2")]).summary == ["changed default/b"])
        // A file that was there before is no new home.
        #expect(try await world.push(["all.yaml": "", "c.yaml": "kind: ["]).summary == ["pruned default/a"])
    }

    @Test func `what a broken file kept is applied from where it stands now, however many commits later`() async throws
    {
        let world = try World()
        try await world.push(["all.yaml": "\(service("a"))\n---\n\(service("b"))", "c.yaml": service("c")])
        try await world.push(["all.yaml": "\(service("a"))\n---\n\(service("B_bad"))"])
        #expect(try await world.push(["all.yaml": service("B_bad")]).changes.isEmpty)

        let result = try await world.push(["a.yaml": service("a", image: "shop:2")])

        #expect(result.summary == ["changed default/a"])
        #expect(result.heldBack == 1)
        let mended = try await world.push(["all.yaml": service("b", image: "shop:2")])
        #expect(mended.summary == ["changed default/b"])
        #expect(mended.outcome == .inSync)
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `a broken file that is deleted takes along what it kept`() async throws {
        let world = try World()
        try await world.push(["apps/shop.yaml": service("shop"), "c.yaml": service("c")])
        try await world.push(["apps/shop.yaml": nil, "services/shop.yaml": "kind: ["])
        #expect(try await world.push(["services/shop.yaml": nil]).summary == ["pruned default/shop"])
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `where any of several broken files may have it, the last of them to be mended decides`() async throws {
        let world = try World()
        try await world.push(["shop.yaml": service("shop"), "c.yaml": service("c")])
        try await world.push(["shop.yaml": nil, "x.yaml": "kind: [", "y.yaml": "kind: {"])
        #expect(try await world.push(["x.yaml": service("x")]).summary == ["created default/x"])
        #expect(world.service("shop") != nil)
        #expect(try await world.push(["y.yaml": service("y")]).summary == ["created default/y", "pruned default/shop"])
    }

    @Test func `a link in a manifest's place elsewhere holds back what went in the same commit`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "c.yaml": service("c")])
        let target = try world.blob("../base/a.yaml")
        try world.repository.git("rm", "-q", "a.yaml")
        try world.repository.git("update-index", "--add", "--cacheinfo", "120000,\(target),live.yaml")
        try world.repository.git("commit", "-q", "-m", "link")

        let result = try await world.sync()

        #expect(result.outcome == .invalid)
        #expect(result.changes.isEmpty)
        #expect(world.image("a") == "shop:1")
    }

    @Test func `a submodule is no reason to keep what goes`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "c.yaml": service("c")])
        let commit = try world.repository.id(of: "HEAD")
        try world.repository.git("rm", "-q", "a.yaml")
        try world.repository.git("update-index", "--add", "--cacheinfo", "160000,\(commit),vendor/other")
        try world.repository.git("commit", "-q", "-m", "submodule")
        #expect(try await world.sync().summary == ["pruned default/a"])
    }
}
