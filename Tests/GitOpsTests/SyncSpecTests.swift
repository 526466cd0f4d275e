import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

@Suite struct SyncSpecTests {
    @Test func `a range of versions is followed, and kept in its own words`() async throws {
        let world = try World()
        try world.repository.commit(["a.yaml": service("a", image: "shop:1")])
        try world.repository.git("tag", "v1.2.0")
        try world.repository.commit(["a.yaml": service("a", image: "shop:2")])
        try world.repository.git("tag", "-a", "v1.10.0", "-m", "ten")
        try world.repository.commit(["a.yaml": service("a", image: "shop:3")])
        try world.repository.git("tag", "v2.0.0")
        let range = try VersionRange(">= 1.2,  <2.0.0")

        try await world.sync { $0.follow = .versions(range) }
        #expect(world.image("a") == "shop:2")

        let sync = try #require(world.state[Key(.sync, "", "shop")])
        #expect(sync.spec["versions"]?.string == ">= 1.2,  <2.0.0")
        #expect(try world.options().taking(from: sync).follow == .versions(range))
    }

    @Test func `another range is something else to follow: what names nothing of ours prunes nothing`() async throws {
        let world = try World()
        try world.repository.commit(["a.yaml": service("a")])
        try world.repository.git("tag", "v1.0.0")
        try world.repository.commit(["a.yaml": nil, "b.yaml": service("b")])
        try world.repository.git("tag", "v2.0.0")

        let (first, second) = (try VersionRange("1"), try VersionRange("2"))
        try await world.sync { $0.follow = .versions(first) }
        #expect(world.service("a") != nil)
        try await world.sync { $0.follow = .versions(second) }
        #expect(world.service("a") != nil)
        #expect(world.service("b") != nil)
    }

    @Test func `a range that cannot be read is no reason to follow something else`() throws {
        let world = try World()
        var spec: Map = ["url": .string(world.repository.path)]
        spec["versions"] = "newest"
        let sync = Object(kind: .sync, metadata: Metadata(name: "shop", namespace: ""), spec: .map(spec))
        #expect(throws: GitError.self) { try world.options().taking(from: sync) }
    }
}
