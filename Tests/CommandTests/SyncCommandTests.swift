import TestSupport
import Testing
import YAML

@testable import elafros

/// The way of a commit as a person sees it: a real repository, and the whole output.
@Suite struct SyncCommandTests {
    let shell: Shell
    let repository: GitRepository

    init() throws {
        shell = try Shell()
        repository = try GitRepository(in: shell.folder, named: "shop")
        try repository.commit(
            [
                "services/shop.yaml": service("shop", image: "shop:1"),
                "services/cart.yaml": service("cart", image: "cart:1"),
            ],
            message: "Two services"
        )
    }

    private func sync(_ words: String...) async -> Shell.Ran {
        await run(["sync", "--repo", "shop"] + words)
    }

    private func run(_ words: [String]) async -> Shell.Ran {
        await shell.run(words)
    }

    @Test func `a first sync says what it created and how it fares`() async throws {
        let ran = await sync()
        #expect(ran.code == 0)
        #expect(ran.errors.isEmpty)
        try expectGolden(ran.output, "commands/sync-first.txt")
    }

    @Test func `a sync that takes its time says on a terminal what it is at`() async throws {
        _ = await sync()
        let slow = service("shop", image: "shop:2")
            .replacing("name: shop", with: "name: shop\n  annotations: {elafros.dev/rolloutDuration: 10m}")
        try repository.commit(["services/shop.yaml": slow], message: "Slowly")
        let terminal = try PseudoTerminal(width: 80, height: 10)
        let run = shell.start(on: terminal, "sync", "--repo", "shop", "--timeout", "3s")
        #expect(await run.wait(for: "shop: waiting until nothing moves"))
        #expect(await run.code == 0)
        #expect(await run.stop() == 0)
    }

    @Test func `what holds for the whole state is an option, and kept in the Sync`() async throws {
        #expect((await sync("--in-progress", "unknown")).code == 0)
        let ran = await run(["get", "sync", "-o", "yaml", "--in-progress"])
        #expect(ran.code == 64)
        #expect((await run(["get", "sync", "-A", "-o", "yaml"])).output.contains("inProgress: Unknown"))
        _ = await sync("--keep-revisions", "3")
        #expect((await run(["get", "sync", "-A", "-o", "yaml"])).output.contains("keepRevisions: 3"))
        _ = await sync("--keep-revisions", "all")
        #expect((await run(["get", "sync", "-A", "-o", "yaml"])).output.contains("keepRevisions: all"))
        #expect((await sync("--keep-revisions", "-1")).code == 64)
        let wrong = await sync("--in-progress", "Maybe")
        #expect(wrong.code == 64)
        #expect(wrong.errors.contains("--in-progress"))
    }

    @Test(arguments: [
        ("--domain", "example.com", "other.example"), ("--keep-revisions", "3", "all"),
        ("--in-progress", "Unknown", "False"),
    ])
    func `a setting that changes alone is told`(option: String, first: String, second: String) async throws {
        _ = await sync()
        let set = await sync(option, first)
        #expect(set.output.contains("\n  setting changed: \(option): the default → \(first)\n"))
        #expect(set.output.contains("\n1 setting changed"))
        #expect(!(await sync(option, second, "--dry-run")).output.contains("nothing new"))
        let data = try Value(json: await sync(option, second, "-o", "json").output)
        #expect(data["nothingNew"] == false)
        #expect(data["settings"]?.list?.map { $0["option"]?.string } == [option])
        #expect(await sync(option, second).output.contains("nothing new"))
        #expect(await sync().output.contains("nothing new"))
    }

    @Test func `a second one with nothing new is one line`() async throws {
        _ = await sync()
        let ran = await sync()
        #expect(ran.code == 0)
        #expect(ran.output.split(separator: "\n").count == 1)
        #expect(ran.output.hasPrefix("shop: nothing new at "))
    }

    @Test func `a report is told of even where nothing is new`() async throws {
        let bare = try repository.bareCopy(in: shell.folder, named: "remote.git")
        let words = ["sync", "--repo", bare.path, "--branch", "main", "--report-branch", "status"]
        _ = await run(words)
        _ = await run(["delete", "revision", "shop-00001"])
        let ran = await run(words)
        #expect(ran.output.contains("nothing new at "))
        #expect(ran.output.contains("Report: pushed as "))
        #expect(try bare.git("rev-list", "--count", "status") == "2")
        #expect(!(await run(words)).output.contains("Report: "))
    }

    @Test func `a change, drift and a bad manifest are told apart`() async throws {
        _ = await sync()
        _ = await run(["patch", "svc", "cart", "-p", #"{"metadata": {"labels": {"by": "hand"}}}"#])
        _ = await run([
            "patch", "svc", "cart", "--type", "json", "-p",
            #"[{"op": "replace", "path": "/spec/runLatest/configuration/revisionTemplate/spec/container/image", "value": "cart:hand"}]"#,
        ])
        try repository.commit(
            [
                "services/shop.yaml": service("shop", image: "shop:2"),
                "services/bad.yaml": service("bad", image: "bad:1").replacing("image:", with: "imgae:"),
            ],
            message: "A change"
        )

        let diff = await run(["diff", "--repo", "shop"])
        #expect(diff.code == 2)
        try expectGolden(diff.output, "commands/diff.txt")

        let plan = await sync("--dry-run")
        #expect(plan.code == 3)

        let ran = await sync()
        #expect(ran.code == 3)
        try expectGolden(ran.output, "commands/sync-change.txt")
    }

    @Test func `waves that wait are an exit code, a part of the summary and of the status`() async throws {
        func commit(_ image: String) throws {
            let files = ["cart": "-1", "shop": "1"].map { name, wave in
                let annotations = "metadata:\n  annotations: {elafros.dev/sync-wave: \"\(wave)\"}"
                let text = service(name, image: "\(name):\(image)").replacing("metadata:", with: annotations)
                return ("services/\(name).yaml", String?.some(text))
            }
            try repository.commit(Dictionary(uniqueKeysWithValues: files), message: "In waves")
        }
        try commit("1")
        #expect(await sync().code == 0)
        try commit("2")
        let diff = await run(["diff", "--repo", "shop"])
        #expect(diff.output.contains("Service default/cart (services/cart.yaml:1): git changes it, in wave -1\n"))
        let ran = await sync("--wait", "applied")
        #expect(ran.code == 4)
        try expectGolden(ran.output, "commands/sync-waves.txt")
        let status = await run(["status"])
        let waits =
            "wave 1 (Service default/shop) waits for Service default/cart, which is rolling out (RolloutInProgress)"
        #expect(status.output.contains("\n  \(waits)\n"))
        #expect(await run(["history"]).output.contains("  2 changed, 1 waiting  "))
        #expect(await run(["get", "sync", "-A", "-o", "wide"]).output.contains("  WAITING  "))
        #expect(await sync().code == 0)
        #expect(await run(["status"]).output.contains("wave 1") == false)
    }

    @Test func `diff shows what changes for the whole state`() async throws {
        _ = await sync()
        let ran = await run(["diff", "--repo", "shop", "--domain", "example.com"])
        #expect(ran.code == 1)
        #expect(ran.output == "setting changed: --domain: the default → example.com\n")
    }

    @Test func `diff ends with 1 where something differs, and with 0 where nothing does`() async throws {
        #expect(await run(["diff", "--repo", "shop"]).code == 1)
        _ = await sync()
        let ran = await run(["diff", "--repo", "shop"])
        #expect(ran == Shell.Ran(code: 0, output: "", errors: ""))
    }

    @Test func `what an orphaning delete left is in the way, and the sync says how to go on`() async throws {
        _ = await sync()
        _ = await run(["delete", "svc", "shop", "--cascade", "orphan"])
        let ran = await sync("--report-dir", "report")
        #expect(ran.code == 4)
        let command = "`elafros delete configuration/shop route/shop`"
        let advice = "\(command) removes what is not from git; or rename the Service\n"
        #expect(ran.output.contains("that we do not own.\n      " + advice))
        #expect(await run(["status", "shop"]).output.contains("    " + advice))
        let report = try #require(shell.folder.text(of: "report/README.md"))
        #expect(report.contains(" Delete the Configuration, which is not from git, delete the Route, which is not"))

        #expect(await run(["delete", "configuration/shop", "route/shop"]).code == 0)
        #expect(await sync("--report-dir", "report").code == 0)
        #expect(await run(["status", "shop"]).output.hasPrefix("✓ default/shop  ready"))
    }

    @Test func `status and sync agree on a Service that waits for a builder`() async throws {
        let built = service("shop", image: "shop:1").replacing(
            "      revisionTemplate:",
            with: "      build: {steps: [{image: make}]}\n      revisionTemplate:"
        )
        try repository.commit(["services/shop.yaml": built])
        #expect(await sync().output.contains("… default/shop  waiting for a builder"))
        #expect(await run(["status", "shop"]).output.hasPrefix("… default/shop  waiting for a builder"))
        let value = try Value(json: await run(["status", "shop", "-o", "json"]).output)
        #expect(value["services"]?.list?.first?["state"] == "waiting for a builder")
    }

    @Test func `status names what else of git is not ready, and counts the rest`() async throws {
        let route = """
            apiVersion: elafros.dev/v1alpha1
            kind: Route
            metadata:
              name: front
            spec:
              traffic:
              - {revisionName: nothing-00001, percent: 100}

            """
        let configuration = """
            apiVersion: elafros.dev/v1alpha1
            kind: Configuration
            metadata:
              name: alone
            spec:
              revisionTemplate:
                spec:
                  container:
                    image: alone:1

            """
        try repository.commit([
            "services/shop.yaml": nil, "services/cart.yaml": nil, "route.yaml": route, "alone.yaml": configuration,
        ])
        _ = await sync()
        let page = await run(["status"]).output
        #expect(page.contains("Route default/front  "))
        #expect(page.hasSuffix("1 other object from git: ready\n"))
        #expect(!page.contains("No services are live."))
        let value = try Value(json: await run(["status", "-o", "json"]).output)
        #expect(value["others"]?.list?.map { $0["name"] } == ["alone", "front"])
    }

    @Test func `status tells what the next sync undoes from what it leaves`() async throws {
        _ = await sync()
        _ = await run(["patch", "svc", "cart", "-p", #"{"metadata": {"labels": {"by": "hand"}}}"#])
        #expect(await run(["diff", "--repo", "shop"]).code == 0)
        let kept = await run(["status"]).output
        #expect(
            kept.contains("1 object changed by hand where git says nothing; that stays:\n    Service default/cart\n")
        )
        #expect(!kept.contains("heals"))

        _ = await run(["delete", "svc", "shop"])
        #expect(await run(["diff", "--repo", "shop"]).code == 1)
        let healed = await run(["status"]).output
        #expect(
            healed.contains("1 object changed by hand; the next sync heals:\n    Service default/shop, deleted\n")
        )
        let value = try Value(json: await run(["status", "-o", "json"]).output)
        #expect(value["syncs"]?.list?.first?["edited"] == ["Service default/shop"])
    }

    @Test func `a terminal is sent no control character of a repository`() async throws {
        let bad = service("bad", image: "bad:1").replacing("image:", with: #""\e[2J": 1, image:"#)
        let image = service("wide", image: #""wide:\e[2J\u009b1m""#)
        try repository.commit(["a\u{1B}[2J\nb.yaml": service("odd", image: "odd:1"), "bad.yaml": bad, "i.yaml": image])
        let commands = [
            ["diff", "--repo", "shop"], ["sync", "--repo", "shop"], ["status"], ["get", "svc,rev", "-o", "wide"],
            ["sync", "--repo", "shop"],
        ]
        for words in commands {
            let ran = await run(words)
            let shown = ran.output + ran.errors
            #expect(!shown.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" })
            #expect(!shown.contains("\nb.yaml"))
        }
        #expect(await run(["status", "odd"]).output.contains(#"from a\u{1B}[2J\nb.yaml:1 at "#))
    }

    @Test(arguments: ["--max-nodes", "--max-aliased-bytes"])
    func `another limit has the files read again`(word: String) async throws {
        let shared = service("shop", image: "&x shop:1\n            env: [{name: A, value: *x}]")
        try repository.commit(["services/shop.yaml": shared, "services/cart.yaml": nil])
        #expect(await sync().code == 0)
        #expect(await sync(word, "4").code == 3)
        #expect(await sync().code == 0)
    }

    @Test func `a dry run changes nothing`() async throws {
        let ran = await sync("--dry-run")
        #expect(ran.code == 0)
        #expect(ran.output.contains("Dry run: nothing was written"))
        #expect(await run(["get", "svc"]).errors == "No resources found in default namespace.\n")
    }

    @Test func `JSON holds the same facts under stable names`() async throws {
        let ran = await sync("-o", "json", "--stats")
        let value = try Value(json: ran.output)
        #expect(value["sync"] == "shop")
        #expect(value["changes"]?.list?.map { $0["name"] } == ["cart", "shop"])
        #expect(value["changes"]?.list?.first?["action"] == "created")
        #expect(value["exitCode"] == 0)
        #expect(value["stats"]?["counters"]?["blobsRead"] == 2)
    }

    @Test func `a prune of nearly everything is refused, and says how to allow it`() async throws {
        for number in 0..<8 {
            try repository.commit(["many/\(number).yaml": service("many-\(number)", image: "many:1")])
        }
        _ = await sync()
        let files = (0..<8).map { ("many/\($0).yaml", String?.none) }
        try repository.commit(Dictionary(uniqueKeysWithValues: files), message: "Gone")
        let diff = await run(["diff", "--repo", "shop"])
        #expect(diff.code == 1)
        #expect(
            diff.output.contains("Service default/many-0 (many/0.yaml:1): git names it no more, a guard keeps it\n")
        )
        #expect(diff.output.contains("--- live/service/default/many-7\n+++ /dev/null\n"))
        #expect(diff.errors.contains("refused to prune 8 of 10 objects"))
        let ran = await sync()
        #expect(ran.code == 5)
        #expect(ran.output.contains("--max-prune"))
        #expect(await sync("--max-prune", "90%").code == 0)
    }

    @Test func `a repository that is not there is named, and nothing is made`() async throws {
        let ran = await run(["sync", "--repo", "nowhere"])
        #expect(ran.code == 2)
        #expect(ran.output.isEmpty)
        #expect(ran.errors.hasPrefix("elafros: ") && ran.errors.contains("nowhere"))
        let json = await run(["sync", "--repo", "nowhere", "-o", "json"])
        #expect(try Value(json: json.errors)["error"]?["exitCode"] == 2)
    }

    @Test func `an empty disk goes on where the report branch stands`() async throws {
        let bare = try repository.bareCopy(in: shell.folder, named: "remote.git")
        _ = await run(["sync", "--repo", bare.path, "--branch", "main", "--report-branch", "status", "--state", "one"])
        let ran = await run([
            "sync", "--repo", bare.path, "--branch", "main", "--report-branch", "status", "--state", "two",
        ])
        #expect(ran.code == 0)
        #expect(ran.output.contains("no objects changed"))
        let (one, two) = (
            await run(["get", "svc", "-o", "json", "--state", "one"]),
            await run(["get", "svc", "-o", "json", "--state", "two"])
        )
        let uids = try [one, two].map { try Value(json: $0.output)["items"]?.list?.map { $0["metadata"]?["uid"] } }
        #expect(uids[0] == uids[1])
    }

    @Test(arguments: [false, true])
    func `a state that another runner overtook is thrown away only if the report gives it all back`(
        isHandmade: Bool
    ) async throws {
        func sync(_ state: String, image: String) async throws -> Shell.Ran {
            try repository.commit(["services/shop.yaml": service("shop", image: image)])
            return await self.sync("--report-branch", "status", "--state", state)
        }
        _ = try await sync("one", image: "shop:2")
        if isHandmade {
            try shell.folder.write(service("mine", image: "mine:1"), to: "mine.yaml")
            _ = await run(["apply", "-f", "mine.yaml", "--state", "one"])
        }
        _ = try await sync("two", image: "shop:3")

        let late = try await sync("one", image: "shop:4")

        #expect(late.code == (isHandmade ? 2 : 0))
        #expect(late.errors.contains("holds: Service default/mine; let only one runner") == isHandmade)
        let live = await run(["get", "services", "--state", "one"])
        #expect(live.output.contains("mine") == isHandmade)
    }

    @Test(arguments: [[], ["--adopt"]])
    func `hand edits that a report cannot give back are not thrown away`(words: [String]) async throws {
        let words = ["sync", "--repo", "shop", "--report-branch", "status"] + words + ["--state"]
        _ = await run(words + ["one"])
        let patch = #"{"metadata": {"labels": {"by": "hand"}}}"#
        _ = await run(["patch", "svc", "cart", "-p", patch, "--state", "one"])
        // What it leaves, a sync does not look at again.
        _ = await run(words + ["one"])
        try repository.commit(["services/shop.yaml": service("shop", image: "shop:3")])
        _ = await run(words + ["two"])
        try repository.commit(["services/shop.yaml": service("shop", image: "shop:4")])

        let late = await run(words + ["one"])

        #expect(late.code == 2)
        #expect(late.errors.contains("holds: Service default/cart, changed by hand; let only one runner"))
        #expect(await run(["get", "svc", "cart", "-o", "yaml", "--state", "one"]).output.contains("by: hand"))
    }

    @Test func `after an empty disk the next report goes on top of the last`() async throws {
        let bare = try repository.bareCopy(in: shell.folder, named: "remote.git")
        let words = ["sync", "--repo", bare.path, "--branch", "main", "--report-branch", "status", "--state"]
        _ = await run(words + ["one"])
        try repository.commit(["services/shop.yaml": service("shop", image: "shop:2")])
        try repository.git("push", "-q", bare.path, "main")
        let ran = await run(words + ["two"])
        #expect(ran.code == 0)
        #expect(ran.output.contains("Report: pushed as "))
        #expect(try bare.git("rev-list", "--count", "status") == "2")
        let names = await run(["get", "rev", "-o", "name", "--state", "two"])
        #expect(names.output.contains("shop-00002"))
    }
}

extension String {
    /// The text with the first occurrence of a word replaced.
    fileprivate func replacing(_ word: String, with other: String) -> String {
        guard let range = firstRange(of: word) else { return self }
        return replacingCharacters(in: range, by: other)
    }

    private func replacingCharacters(in range: Range<Index>, by other: String) -> String {
        self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}
