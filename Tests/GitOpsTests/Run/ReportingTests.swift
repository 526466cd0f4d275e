import Engine
import Foundation
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

/// What a sync reports, where, and what it does where it cannot.
@Suite struct ReportingTests {
    @Test func `a Sync without a report owes none, whoever reports beside it`() async throws {
        let reporting = try World()
        try await reporting.push(["a.yaml": service("a")]) { $0.reportBranch = "status" }
        let silent = try World(beside: reporting)

        let failed = try await silent.push(["b.yaml": service("b")], runtime: FailingRuntime()) { $0.name = "silent" }
        #expect(failed.outcome == .notReady)

        let again = try await silent.sync(runtime: FailingRuntime()) { $0.name = "silent" }
        #expect(again.isNothingNew)
        #expect(again.outcome == .notReady)
        #expect(again.statistics.stations.map(\.name) == ["fetch"])
    }

    @Test func `a dry run on an empty disk begins with the report, as the real run does`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")]) { $0.reportBranch = "status" }
        try world.repository.commit(["a.yaml": service("a", image: "shop:2")])
        world.loseState()
        let before = world.digest

        let rehearsal = try await world.sync {
            $0.reportBranch = "status"
            $0.isDryRun = true
        }

        #expect(rehearsal.summary == ["changed default/a"])
        #expect(rehearsal.isDryRun)
        #expect(world.digest == before)
        let result = try await world.sync { $0.reportBranch = "status" }
        #expect(result.summary == ["changed default/a"])
        #expect(world.service("a")?.serviceStatus.latestReadyRevisionName == "a-00002")
    }

    @Test(arguments: [nil, "main"])
    func `a report into the followed branch is refused before anything is applied`(branch: String?) async throws {
        let world = try World()
        try world.repository.commit(["a.yaml": service("a")])

        let error = await #expect(throws: SyncError.self) {
            try await world.sync {
                $0.follow = branch.map(Follow.branch) ?? .head
                $0.reportBranch = "main"
            }
        }

        #expect(error?.kind == .reportsIntoSource)
        #expect(world.state.version == 0)
    }

    @Test func `no Sync reports into a branch that another follows, nor follows one that another reports into`()
        async throws
    {
        let world = try World()
        try await world.push(["a.yaml": service("a")]) { $0.reportBranch = "status" }
        var error = await #expect(throws: SyncError.self) {
            try await world.sync {
                $0.name = "loop"
                $0.follow = .branch("status")
            }
        }
        #expect(error?.message == "the branch status holds the report of Sync shop; follow another --branch")
        try world.repository.git("branch", "next")
        try await world.sync {
            $0.name = "next"
            $0.follow = .branch("next")
        }
        error = await #expect(throws: SyncError.self) { try await world.sync { $0.reportBranch = "next" } }
        #expect(error?.message == "the report branch next is followed by Sync next; choose another --report-branch")
    }

    @Test(arguments: ["", "/.git", "/link"], [false, true])
    func `no Sync reports into the default branch that another follows, however the repository is spelt`(
        spelling: String,
        adopts: Bool
    ) async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        let version = world.state.version
        try world.repository.git("tag", "v1")
        let link = world.folder.path("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: world.repository.path)
        let remote = try RemoteURL(spelling == "/link" ? link : world.repository.path + spelling)

        let error = await #expect(throws: SyncError.self) {
            try await world.sync {
                $0 = SyncOptions(remote: remote, follow: .tag("v1"), name: "other")
                $0.reportBranch = "main"
                $0.adopts = adopts
            }
        }

        #expect(error?.message == "the report branch main is followed by Sync shop; choose another --report-branch")
        #expect(world.state.version == version)
    }

    @Test func `a branch that a report was never pushed to may be followed`() async throws {
        let world = try World()
        try world.repository.commit(["a.yaml": service("a")])
        try world.repository.git("branch", "next")
        let failed = try await world.sync { $0.reportBranch = "next" }
        #expect((failed.reportFailure as? ReportError)?.kind == .refused)
        let result = try await world.sync {
            $0.name = "next"
            $0.follow = .branch("next")
        }
        #expect(result.branchName == "next")
    }

    @Test func `a folder that cannot be written keeps neither services nor the branch behind`() async throws {
        let world = try World()
        try world.folder.write("in the way", to: "taken")
        let report: @Sendable (inout SyncOptions, String) -> Void = {
            $0.reportBranch = "status"
            $0.reportDirectory = $1
        }
        try world.repository.commit(["a.yaml": service("a")])
        let taken = world.folder.path("taken")

        let failed = try await world.sync { report(&$0, taken) }

        let error = failed.reportFailure as? ReportError
        #expect(error?.kind == .folder)
        #expect(error?.description.contains(taken) == true)
        #expect(failed.outcome == .couldNotRun)
        #expect(failed.summary == ["created default/a"])
        #expect(world.service("a") != nil)
        let pushed = try world.repository.id(of: "status")
        // Once the way is free, the folder is made up for, and the branch has it already.
        try FileManager.default.removeItem(atPath: taken)
        let result = try await world.sync { report(&$0, taken) }
        #expect(result.reportFailure == nil)
        #expect(result.report?.filesWritten == 3)
        #expect(try world.repository.id(of: "status") == pushed)
        #expect(world.folder.text(of: "taken/default/service/a.yaml") != nil)
    }

    @Test(arguments: ["pages", nil])
    func `a report that failed where it had never been is owed until it goes through`(branch: String?) async throws {
        let world = try World()
        try world.repository.commit(["a.yaml": service("a")])
        try world.repository.git("branch", "pages")
        try world.folder.write("# My site\n", to: "site/README.md")
        try await world.sync()
        let folder = world.folder.path("site")
        let report: @Sendable (inout SyncOptions) -> Void = {
            $0.reportBranch = branch
            $0.reportDirectory = branch == nil ? folder : nil
        }
        for _ in 0..<2 {
            let failed = try await world.sync(report)
            #expect((failed.reportFailure as? ReportError)?.kind == .refused)
            #expect(failed.outcome == .couldNotRun)
        }

        let adopted = try await world.sync {
            report(&$0)
            $0.adopts = true
        }

        #expect(adopted.outcome == .inSync)
        #expect(adopted.report?.totals.services == 1)
        // From now on nothing new is nothing to do.
        let version = world.state.version
        let again = try await world.sync(report)
        #expect(again.isNothingNew)
        #expect(again.report == nil)
        #expect(world.state.version == version)
    }

    @Test func `another report branch is no less somebody else's for the one before it`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")]) { $0.reportBranch = "status" }
        try world.repository.git("branch", "pages")
        let failed = try await world.sync { $0.reportBranch = "pages" }
        #expect((failed.reportFailure as? ReportError)?.kind == .refused)
        let back = try await world.sync { $0.reportBranch = "status" }
        #expect(back.outcome == .inSync)
    }

    @Test func `Syncs of different remotes share a folder`() async throws {
        let world = try World()
        let folder = world.folder.path("report")
        try await world.push(["a.yaml": service("a")]) { $0.reportDirectory = folder }
        let other = try World(beside: world)
        try await other.push(["b.yaml": service("b")]) {
            $0.name = "other"
            $0.reportDirectory = folder
        }
        #expect(world.folder.text(of: "report/default/service/a.yaml") != nil)
        #expect(world.folder.text(of: "report/default/service/b.yaml") != nil)
        let readme = try #require(world.folder.text(of: "report/README.md"))
        #expect(readme.hasPrefix("# other, shop\n"))
        #expect(readme.contains("**All 2 services are ready.**"))
        #expect(try await world.sync { $0.reportDirectory = folder }.report?.filesWritten ?? 0 == 0)
    }

    @Test func `a Sync without reports leaves what is gone to those that report it`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")]) { $0.reportBranch = "status" }
        let late = world.folder.path("late")
        try world.folder.write("in the way", to: "late")
        try world.repository.commit(["b.yaml": nil])
        // The report fails, so that the file of what was pruned is still there.
        _ = try? await world.sync {
            $0.reportBranch = "status"
            $0.reportDirectory = late
        }
        try FileManager.default.removeItem(atPath: late)
        let other = try World(beside: world)
        try await other.push(["c.yaml": service("c")]) { $0.name = "other" }
        #expect(world.state.isMarked(Key(.service, "default", "b"), .unreported))
    }

    @Test func `a history that was rewritten is told in the report's commit`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")]) { $0.reportBranch = "status" }
        try await world.push(["a.yaml": service("a", image: "shop:2")]) { $0.reportBranch = "status" }
        #expect(try !world.repository.git("log", "-1", "--format=%B", "status").contains("rewritten"))
        try world.repository.git("reset", "-q", "--hard", "HEAD~1")
        let result = try await world.push(["a.yaml": service("a", image: "shop:3")]) { $0.reportBranch = "status" }
        #expect(result.rewroteHistory)
        let message = try world.repository.git("log", "-1", "--format=%B", "status")
        #expect(message.contains("\nThe followed history was rewritten by a push with force.\n"))
        #expect(message.contains("\nElafros-Source-Commit: \(result.commit.hex)\n"))
    }

    @Test func `a commit that is refused as a whole leaves no rollout where it stands`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")]) { $0.reportBranch = "status" }
        let second = try await world.push(["a.yaml": service("a", image: "shop:2")]) {
            $0.reportBranch = "status"
            $0.timeout = .seconds(1)
        }
        #expect(second.readiness.map(\.standing) == [.rollingOut])

        let refused = try await world.push(["bad.yaml": "kind: [", "b.yaml": service("b")]) {
            $0.reportBranch = "status"
            $0.isAtomic = true
        }

        #expect(refused.isRefusedWhole)
        #expect(refused.outcome == .invalid)
        #expect(world.service("b") == nil)
        #expect(world.service("a")?.serviceStatus.traffic.map(\.percent) == [100])
        let message = try world.repository.git("log", "-1", "--format=%B", "status")
        #expect(message.contains("\nElafros-Source-Commit: \(second.commit.hex)\n"))
    }

    @Test(arguments: [false, true])
    func `a commit that is refused as a whole stands in the report until it is mended`(isFirst: Bool) async throws {
        let world = try World()
        let options: @Sendable (inout SyncOptions) -> Void = {
            $0.reportBranch = "status"
            $0.isAtomic = true
        }
        if !isFirst { try await world.push(["a.yaml": service("a")], options) }
        let refused = try await world.push(["a.yaml": service("a", image: "shop:2"), "bad.yaml": "kind: ["], options)
        let readme = try world.repository.git("show", "status:README.md")
        #expect(readme.contains("commit `\(refused.commit.hex.prefix(7))` was refused as a whole"))
        #expect(readme.contains("\n- bad.yaml:1:"))
        let head = try world.repository.id(of: "status")
        let again = try await world.sync(options)
        #expect(again.outcome == .invalid)
        #expect(try world.repository.id(of: "status") == head)

        let mended = try await world.push(["bad.yaml": service("bad")], options)

        #expect(mended.outcome == .inSync)
        #expect(world.image("a") == "shop:2")
        #expect(try !world.repository.git("show", "status:README.md").contains("## Problems"))
    }

    @Test func `a refused commit that is taken back is no problem any more`() async throws {
        let world = try World()
        let options: @Sendable (inout SyncOptions) -> Void = {
            $0.reportBranch = "status"
            $0.isAtomic = true
        }
        try await world.push(["a.yaml": service("a")], options)
        try await world.push(["bad.yaml": "kind: ["], options)
        try world.repository.git("reset", "-q", "--hard", "HEAD~1")
        #expect(try await world.sync(options).outcome == .inSync)
        #expect(try !world.repository.git("show", "status:README.md").contains("## Problems"))
    }

    @Test func `time in which nobody carried a rollout out does not count`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        try await world.push(["a.yaml": service("a", image: "shop:2")]) { $0.timeout = .seconds(1) }
        let before = try #require(world.service("a")?.serviceStatus.traffic.map(\.percent))
        #expect(before.count == 2)
        world.clock.advance(to: world.clock.now() + .seconds(3_600))

        let resumed = try await world.sync { $0.timeout = .milliseconds(1) }

        // An hour later the next step is due, and not all of them.
        let after = try #require(world.service("a")?.serviceStatus.traffic.map(\.percent))
        #expect(after.count == 2)
        #expect(resumed.readiness.map(\.standing) == [.rollingOut])
    }
}
