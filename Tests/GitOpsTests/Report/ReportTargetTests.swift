import Foundation
import Git
import Resources
import Store
import TestSupport
import Testing

@testable import GitOps

/// Reports in folders and on branches.
@Suite struct ReportTargetTests {
    private let folder: TemporaryFolder
    private let remote: GitRepository
    private let mirror: Mirror

    init() throws {
        folder = try TemporaryFolder()
        remote = try GitRepository(bare: true, in: folder, named: "remote.git")
        mirror = try Mirror(
            folder: folder.path("mirror.git"),
            remote: RemoteURL(remote.path),
            credentials: Credentials(),
            timeout: .seconds(30)
        )
    }

    private func context(_ world: ReportWorld) -> ReportContext {
        ReportContext(sourceCommit: world.commit, followedBranch: "main", now: world.now)
    }

    private func world() throws -> ReportWorld {
        var world = try ReportWorld()
        try world.push([
            ("shop.yaml", Manifests.service("shop", image: "shop:1")),
            ("cart.yaml", Manifests.service("cart", image: "cart:1")),
        ])
        try world.rest()
        return world
    }

    @discardableResult
    private func write(_ store: Store, _ target: ReportTarget, _ context: ReportContext) async throws -> ReportOutcome {
        try await Report.write(store, sync: ReportWorld.sync, to: target, mirror: mirror, context)
    }

    // MARK: Folders

    @Test func `a folder gets the files, and nothing the second time`() async throws {
        let world = try world()
        let store = Store.inMemory(world.state)
        let target = ReportTarget(directory: folder.path("deep/er/report"))
        let first = try await write(store, target, context(world))
        #expect(first.filesWritten == 4)
        #expect(store.state.marked(.unreported) == [])
        let version = store.state.version
        #expect(try await write(store, target, context(world)).filesWritten == 0)
        #expect(store.state.version == version)
        let restored = try ReportReader.read(directory: folder.path("deep/er/report"))
        #expect(restored.stateID == world.state.id)
        #expect(restored.objects.contains { $0.key == Key(.service, "default", "cart") })
    }

    @Test func `only files of a report are touched in a folder`() async throws {
        var world = try world()
        try folder.write("mine", to: "report/LICENSE")
        try folder.write("mine", to: "report/default/notes.txt")
        try folder.write("mine", to: "report/.git/default/service/x.yaml")
        try folder.write("theirs", to: "report/default/service/gone.yaml")
        let target = ReportTarget(directory: folder.path("report"))
        try await write(Store.inMemory(world.state), target, context(world))
        #expect(folder.text(of: "report/LICENSE") == "mine")
        #expect(folder.text(of: "report/default/notes.txt") == "mine")
        #expect(folder.text(of: "report/.git/default/service/x.yaml") == "mine")
        #expect(folder.text(of: "report/default/service/gone.yaml") == nil)
        #expect(folder.text(of: "report/default/service/cart.yaml") != nil)
        try world.push([("cart.yaml", nil)])
        try world.rest()
        let outcome = try await write(Store.inMemory(world.state), target, context(world))
        #expect(folder.text(of: "report/default/service/cart.yaml") == nil)
        #expect(outcome.filesWritten == 3)
    }

    @Test func `a README of somebody else's is not replaced`() async throws {
        let world = try world()
        try folder.write("# My site\n", to: "report/README.md")
        let error = await #expect(throws: ReportError.self) {
            try await write(Store.inMemory(world.state), ReportTarget(directory: folder.path("report")), context(world))
        }
        #expect(error?.kind == .refused)
        #expect(folder.text(of: "report/README.md") == "# My site\n")
    }

    @Test func `a folder of another state is refused, unless it is adopted`() async throws {
        let target = ReportTarget(directory: folder.path("report"))
        let first = try world()
        try await write(Store.inMemory(first.state), target, context(first))
        var other = try ReportWorld(id: "0ther")
        try other.push([("blog.yaml", Manifests.service("blog", image: "blog:1"))])
        try other.rest()
        let error = await #expect(throws: ReportError.self) {
            try await write(Store.inMemory(other.state), target, context(other))
        }
        #expect(error?.kind == .foreign)
        var adopting = context(other)
        adopting.adopts = true
        try await write(Store.inMemory(other.state), target, adopting)
        #expect(folder.text(of: "report/default/service/shop.yaml") == nil)
        #expect(folder.text(of: "report/default/service/blog.yaml") != nil)
    }

    // MARK: Branches

    @Test func `a branch gets one commit that says where it comes from, and none the second time`() async throws {
        let world = try world()
        let store = Store.inMemory(world.state)
        let first = try await write(store, ReportTarget(branch: "status"), context(world))
        guard case .pushed(let id, _) = first.branch else {
            Issue.record("not pushed: \(first)")
            return
        }
        #expect(
            try remote.git("log", "-1", "--format=%an <%ae> %at%n%B", "status").trimmed == """
                Elafros <elafros@localhost> \(world.now.milliseconds / 1000)
                shop: 2 services ready at 1111111 [skip ci]

                Elafros-Source-Commit: \(world.commit)
                Elafros-State: c0ffee
                Elafros-Sync: shop
                Elafros-Runner: \(store.state[ReportWorld.sync]?.syncStatus.runner ?? "none")
                """
        )
        #expect(store.state[ReportWorld.sync]?.syncStatus.reportCommit == id.hex)
        #expect(store.state.marked(.unreported) == [])
        let again = try await write(store, ReportTarget(branch: "status"), context(world))
        #expect(again.branch == .unchanged(id))
        #expect(try remote.id(of: "status") == id.hex)
    }

    @Test func `a change adds one commit with the files that changed`() async throws {
        var world = try world()
        var store = Store.inMemory(world.state)
        try await write(store, ReportTarget(branch: "status"), context(world))
        world.state = store.state
        try world.push([("shop.yaml", Manifests.service("shop", image: "shop:2"))])
        try world.rest()
        store = Store.inMemory(world.state)
        try await write(store, ReportTarget(branch: "status"), context(world))
        #expect(
            try remote.git("diff", "--name-only", "status~", "status").trimmed == "README.md\ndefault/service/shop.yaml"
        )
        let restored = try await ReportReader.read(branch: "status", of: mirror)
        #expect(restored.sourceCommit == world.commit)
        #expect(restored.objects.count == Kind.allCases.reduce(0) { $0 + world.state.count($1) })
    }

    @Test func `a push that was not noted is found done`() async throws {
        var world = try world()
        var store = Store.inMemory(world.state)
        try await write(store, ReportTarget(branch: "status"), context(world))
        world.state = store.state
        try world.push([("shop.yaml", Manifests.service("shop", image: "shop:2"))])
        try world.rest()
        store = Store.inMemory(world.state)
        try await write(store, ReportTarget(branch: "status"), context(world))
        let pushed = try remote.id(of: "status")
        // The state of before the note: as after a crash between push and note.
        store = Store.inMemory(world.state)
        let outcome = try await write(store, ReportTarget(branch: "status"), context(world))
        #expect(outcome.branch == .unchanged(ObjectID(hex: pushed)))
        #expect(store.state[ReportWorld.sync]?.syncStatus.reportCommit == pushed)
        #expect(store.state.marked(.unreported) == [])
    }

    @Test func `a push that was not noted is built upon, and not taken for another runner's`() async throws {
        var world = try world()
        let store = Store.inMemory(world.state)
        try await write(store, ReportTarget(branch: "status"), context(world))
        world.state = store.state
        try world.push([("shop.yaml", Manifests.service("shop", image: "shop:2"))])
        try world.rest()
        // This is pushed, and the note of it is lost.
        try await write(Store.inMemory(world.state), ReportTarget(branch: "status"), context(world))
        try world.push([("shop.yaml", Manifests.service("shop", image: "shop:3"))])
        try world.rest()
        let late = try await write(Store.inMemory(world.state), ReportTarget(branch: "status"), context(world))
        guard case .pushed = late.branch else {
            Issue.record("not pushed: \(late)")
            return
        }
        #expect(try remote.git("show", "status:default/service/shop.yaml").contains("shop:3"))
        #expect(try remote.git("rev-list", "--count", "status").trimmed == "3")
    }

    @Test func `the first push that was not noted is found done`() async throws {
        let world = try world()
        try await write(Store.inMemory(world.state), ReportTarget(branch: "status"), context(world))
        let pushed = try remote.id(of: "status")
        let outcome = try await write(Store.inMemory(world.state), ReportTarget(branch: "status"), context(world))
        #expect(outcome.branch == .unchanged(ObjectID(hex: pushed)))
    }

    @Test func `another runner of the same state that moved the branch is told of`() async throws {
        var world = try world()
        let store = Store.inMemory(world.state)
        try await write(store, ReportTarget(branch: "status"), context(world))
        world.state = store.state
        // Another state folder that was rebuilt from the report.
        var other = world
        var status = try #require(other.state[ReportWorld.sync]).syncStatus
        status.runner = "another"
        try other.state.apply([.setStatus(ReportWorld.sync, .sync(status))], at: other.now)
        try other.push([("cart.yaml", Manifests.service("cart", image: "cart:9"))])
        try other.rest()
        try await write(Store.inMemory(other.state), ReportTarget(branch: "status"), context(other))
        let theirs = try remote.id(of: "status")
        try world.push([("shop.yaml", Manifests.service("shop", image: "shop:2"))])
        try world.rest()
        let late = Store.inMemory(world.state)
        let outcome = try await write(late, ReportTarget(branch: "status"), context(world))
        #expect(outcome.branch == ObjectID(hex: theirs).map { .movedByAnotherRunner($0) })
        #expect(try remote.id(of: "status") == theirs)
        #expect(late.state.marked(.unreported).isEmpty == false)
    }

    @Test func `a commit that a person made on the branch is built upon, and their file stays`() async throws {
        var world = try world()
        let store = Store.inMemory(world.state)
        try await write(store, ReportTarget(branch: "status"), context(world))
        world.state = store.state
        let clone = folder.path("clone")
        try Program.run("git", ["clone", "-q", "-b", "status", remote.path, clone])
        try folder.write("notes\n", to: "clone/NOTES.md")
        try folder.write("edited\n", to: "clone/README.md")
        try Program.run("git", ["-C", clone, "add", "--all"])
        let ada = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
        try Program.run("git", ["-C", clone] + ada + ["commit", "-q", "-m", "Notes"])
        try Program.run("git", ["-C", clone, "push", "-q"])
        try world.push([("shop.yaml", Manifests.service("shop", image: "shop:2"))])
        try world.rest()
        let outcome = try await write(Store.inMemory(world.state), ReportTarget(branch: "status"), context(world))
        guard case .pushed = outcome.branch else {
            Issue.record("not pushed: \(outcome)")
            return
        }
        #expect(try remote.git("show", "status:NOTES.md").trimmed == "notes")
        #expect(try remote.git("show", "status:README.md").contains("All 2 services are ready"))
        #expect(try remote.git("log", "-1", "--format=%s", "status~").trimmed == "Notes")
    }

    @Test func `the followed branch, a branch of other files and a branch of another state are refused`() async throws {
        let world = try world()
        let work = try GitRepository(in: folder, named: "work")
        try work.commit(["index.html": "site"])
        try work.git("push", "-q", remote.path, "main:main", "main:pages")
        var error = await #expect(throws: ReportError.self) {
            try await write(Store.inMemory(world.state), ReportTarget(branch: "main"), context(world))
        }
        #expect(error?.kind == .refused)
        #expect(error?.message.contains("--report-branch") == true)
        error = await #expect(throws: ReportError.self) {
            try await write(Store.inMemory(world.state), ReportTarget(branch: "pages"), context(world))
        }
        #expect(error?.kind == .refused)
        let other = try ReportWorld(id: "0ther")
        try await write(Store.inMemory(other.state), ReportTarget(branch: "status"), context(other))
        error = await #expect(throws: ReportError.self) {
            try await write(Store.inMemory(world.state), ReportTarget(branch: "status"), context(world))
        }
        #expect(error?.kind == .foreign)
        #expect(try remote.git("rev-list", "--count", "status").trimmed == "1")
    }

    @Test func `a branch that is missing says so`() async throws {
        let error = await #expect(throws: ReportError.self) {
            try await ReportReader.read(branch: "status", of: mirror)
        }
        #expect(error?.kind == .notFound)
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
