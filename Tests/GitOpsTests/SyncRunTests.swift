import Engine
import Foundation
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

@Suite struct SyncRunTests {
    @Test func `a Service is carried from a commit to readiness`() async throws {
        let world = try World()
        let result = try await world.push(["shop.yaml": service("shop")])

        #expect(result.summary == ["created default/shop"])
        #expect(result.errors == [])
        #expect(result.outcome == .inSync)
        #expect(result.readiness.map(\.standing) == [.ready])
        #expect(result.isAtRest)
        #expect(result.branchName == "main")
        let shop = try #require(world.service("shop"))
        #expect(shop.status.conditions.isTrue("Ready"))
        #expect(shop.serviceStatus.latestReadyRevisionName == "shop-00001")
        #expect(shop.origin?.path == "shop.yaml")
        #expect(shop.origin?.line == 1)
        #expect(shop.origin?.commit == result.commit.hex)
    }

    @Test func `a second sync of the same commit reads and writes nothing`() async throws {
        let world = try World()
        try await world.push(["shop.yaml": service("shop")])
        let before = world.digest

        let result = try await world.sync()

        #expect(result.isNothingNew)
        #expect(result.outcome == .inSync)
        #expect(result.statistics.git.blobsRead == 0)
        #expect(result.statistics.git.treesRead == 0)
        #expect(result.statistics.store == Counters())
        #expect(result.statistics.stations.map(\.name) == ["fetch"])
        #expect(world.digest == before)
    }

    @Test func `of a new commit only what changed is read`() async throws {
        let world = try World()
        var files: [String: String?] = [:]
        for index in 0..<40 { files["\(index % 4)/s\(index).yaml"] = service("s\(index)") }
        try await world.push(files)

        let result = try await world.push(["2/s2.yaml": service("s2", image: "shop:2")])

        #expect(result.summary == ["changed default/s2"])
        #expect(
            result.changes.first?.fields.map(\.path.description) == [
                "spec.runLatest.configuration.revisionTemplate.spec.container.image"
            ]
        )
        #expect(result.statistics.git.blobsRead == 1)
        #expect(result.statistics.filesParsed == 1)
        #expect(world.service("s2")?.metadata.generation == 2)
        #expect(world.service("s2")?.serviceStatus.latestReadyRevisionName == "s2-00002")
        #expect(world.service("s2")?.origin?.commit == result.commit.hex)
        #expect(world.service("s3")?.origin?.commit != result.commit.hex)
    }

    @Test func `a commit that changes no manifest changes no object`() async throws {
        let world = try World()
        try await world.push(["shop.yaml": service("shop")])
        let (shop, version) = (world.service("shop"), world.state.version)

        let result = try await world.push(["README.md": "hello"])

        #expect(result.changes.isEmpty)
        #expect(world.service("shop") === shop)
        // How far the Sync has come, the commit, and what it came to.
        #expect(world.state.version == version + 3)
        #expect(result.statistics.git.blobsRead == 0)
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `what a run would do is worked out and not done`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")])
        let before = world.digest

        let result = try await world.push([
            "a.yaml": service("a", image: "shop:2"), "b.yaml": nil, "c.yaml": service("c"),
        ]) {
            $0.isDryRun = true
        }

        #expect(result.isDryRun)
        #expect(result.summary == ["changed default/a", "created default/c", "pruned default/b"])
        #expect(world.digest == before)
        #expect(try await world.sync().summary == result.summary)
    }

    @Test func `a push with force is followed, and said`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        try await world.push(["a.yaml": service("a", image: "shop:2"), "b.yaml": service("b")])
        try world.repository.git("reset", "-q", "--hard", "HEAD~1")

        let result = try await world.push(["a.yaml": service("a", image: "shop:3")])

        #expect(result.rewroteHistory)
        #expect(result.summary == ["changed default/a", "pruned default/b"])
        #expect(world.image("a") == "shop:3")
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `a mirror that was lost is fetched again, and what is recorded is not read again`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")])
        try world.repository.git("checkout", "-q", "--orphan", "other")
        try world.repository.commit(["a.yaml": service("a", image: "shop:2")])
        try world.repository.git("branch", "-q", "-D", "main")
        try world.repository.git("branch", "-q", "-m", "main")
        try world.repository.git("reflog", "expire", "--expire=now", "--all")
        try world.repository.git("gc", "-q", "--prune=now")
        world.loseMirror()

        let result = try await world.sync()

        #expect(result.summary == ["changed default/a"])
        #expect(result.statistics.git.blobsRead == 1)
    }

    @Test func `damage of the mirror that only reading brings to light is mended in the same run`() async throws {
        let world = try World()
        try await world.push(["services/a.yaml": service("a")])
        // The folder's tree alone: the old root, which is looked for first, is whole.
        let tree = try world.repository.id(of: "HEAD:services")
        try FileManager.default.removeItem(
            atPath: world.folder.path("shop.git/objects/\(tree.prefix(2))/\(tree.dropFirst(2))")
        )

        let result = try await world.push(["services/a.yaml": service("a", image: "shop:2")])

        #expect(result.summary == ["changed default/a"])
        #expect(result.rebuiltMirror)
    }

    @Test func `a changed default namespace has everything read again`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b", namespace: "other")])

        let result = try await world.sync { $0.defaultNamespace = "live" }

        #expect(result.summary == ["created live/a", "pruned default/a"])
        #expect(result.statistics.git.blobsRead == 2)
    }

    @Test func `only the followed folder counts`() async throws {
        let world = try World()
        let result = try await world.push([
            "deploy/live/a.yaml": service("a"), "deploy/test/b.yaml": service("b"), "c.yaml": service("c"),
        ]) { $0.path = "deploy/live" }

        #expect(result.summary == ["created default/a"])
        #expect(world.service("a")?.origin?.path == "deploy/live/a.yaml")
    }

    @Test func `a branch, a tag and a commit can be followed`() async throws {
        let world = try World()
        let first = try world.repository.commit(["a.yaml": service("a", image: "shop:1")])
        try world.repository.git("tag", "-a", "v1", "-m", "one")
        try world.repository.git("checkout", "-q", "-b", "next")
        try world.repository.commit(["a.yaml": service("a", image: "shop:2")])

        try await world.sync { $0.follow = .branch("main") }
        #expect(world.image("a") == "shop:1")
        try await world.sync { $0.follow = .branch("next") }
        #expect(world.image("a") == "shop:2")
        try await world.sync { $0.follow = .tag("v1") }
        #expect(world.image("a") == "shop:1")
        try await world.sync { $0.follow = .branch("next") }
        let id = try #require(ObjectID(hex: first))
        try await world.sync { $0.follow = .commit(id) }
        #expect(world.image("a") == "shop:1")
    }

    @Test func `a branch that is missing changes nothing`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        let before = world.digest

        await #expect(throws: GitError.self) { try await world.sync { $0.follow = .branch("nowhere") } }
        await #expect(throws: GitError.self) { try await world.sync { $0.path = "nowhere" } }
        #expect(world.digest == before)
    }

    @Test func `a Sync's name with another repository is refused without adopt`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        let other = try World(beside: world)
        try other.repository.commit(["a.yaml": service("a", image: "shop:2"), "b.yaml": service("b")])
        let before = world.digest

        let error = await #expect(throws: SyncError.self) { try await other.sync() }
        #expect(error?.kind == .otherRemote)
        #expect(world.digest == before)

        let result = try await other.sync { $0.adopts = true }
        #expect(result.summary == ["changed default/a", "created default/b"])
    }

    @Test func `a state has one suffix of hosts`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")]) { $0.domain = "one.example" }
        #expect(world.service("a")?.serviceStatus.domain == "a.default.one.example")

        let other = try World(beside: world)
        try other.repository.commit(["b.yaml": service("b")])
        let error = await #expect(throws: SyncError.self) {
            try await other.sync {
                $0.name = "other"
                $0.domain = "two.example"
            }
        }
        #expect(error?.kind == .otherDomain)

        try await world.sync { $0.domain = "two.example" }
        #expect(world.service("a")?.serviceStatus.domain == "a.default.two.example")
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `what Ready says of work in progress is the state's, and can be changed`() async throws {
        let world = try World()
        try world.repository.commit(["a.yaml": service("a")])
        func sync(_ status: Condition.Status?) async throws -> [Condition.Status?] {
            try await world.sync(runtime: SilentRuntime()) {
                $0.inProgress = status
                $0.timeout = .seconds(1)
            }
            return [(Kind.service, "a"), (.configuration, "a"), (.revision, "a-00001"), (.route, "a")].map {
                world.state[Key($0.0, "default", $0.1)]?.status.conditions["Ready"]?.status
            }
        }
        #expect(try await sync(nil) == [.false, .false, .false, .false])
        #expect(try await sync(.unknown) == [.unknown, .unknown, .unknown, .unknown])
        // It is kept where nothing is said.
        #expect(try await sync(nil) == [.unknown, .unknown, .unknown, .unknown])
        let other = try World(beside: world)
        try other.repository.commit(["b.yaml": service("b")])
        let error = await #expect(throws: SyncError.self) {
            try await other.sync {
                $0.name = "other"
                $0.inProgress = .false
            }
        }
        #expect(error?.kind == .otherSetting)
        #expect(try await sync(.false) == [.false, .false, .false, .false])
    }

    @Test func `an empty repository is an error, one without manifests is not`() async throws {
        let world = try World()
        await #expect(throws: GitError.self) { try await world.sync() }

        let result = try await world.push(["README.md": "hello"])
        #expect(result.changes.isEmpty)
        #expect(result.outcome == .inSync)
        #expect(result.findings.map(\.severity) == [.note])
    }
}
