import Foundation
import TestSupport
import Testing
import YAML

@testable import elafros

/// What a person sees of a merge before it is merged.
@Suite struct PreviewCommandTests {
    /// An instant of which nothing in the outputs depends on when the test runs.
    private static let at = "2099-01-01T00:00:00Z"

    let shell: Shell
    let repository: GitRepository

    init() throws {
        shell = try Shell()
        repository = try GitRepository(in: shell.folder, named: "shop")
        try repository.commit(
            [
                "services/shop.yaml": service("shop", image: "shop:1"),
                "services/cart.yaml": service("cart", image: "cart:1"),
                "services/odd.yaml": service("odd", image: "odd:1"),
            ],
            message: "Three services"
        )
        try repository.git("checkout", "-q", "-b", "feature")
        try repository.commit(
            [
                "services/shop.yaml": service("shop", image: "shop:2"),
                "services/cart.yaml": nil,
                "services/help.yaml": service("help", image: "help:1"),
                "services/odd.yaml": "apiVersion: elafros.dev/v1alpha1\nkind: Servce\nmetadata: {name: odd}\n",
            ],
            message: "A feature"
        )
        try repository.git("checkout", "-q", "main")
    }

    private func preview(_ words: String...) async -> Shell.Ran {
        await shell.run(["preview", "--repo", "shop", "--head", "feature", "--at", Self.at] + words)
    }

    /// The output without what each state draws anew.
    private func settled(_ output: String) async -> String {
        let data = (await preview("-o", "json")).output
        let id = String(data.split(separator: "\"state\": \"").dropFirst().first?.prefix { $0 != "\"" } ?? "none")
        return output.replacing(id, with: "STATE").replacing(id.prefix(12), with: "STATE")
            .replacing(shell.folder.path, with: "/home")
    }

    @Test(arguments: ["text", "markdown", "json"])
    func `a preview reads well`(form: String) async throws {
        #expect((await shell.run("sync", "--repo", "shop")).code == 0)
        let ran = await preview("-o", form)
        #expect(ran.errors.isEmpty)
        #expect(ran.code == 0)
        let names = ["text": "txt", "markdown": "md", "json": "json"]
        try expectGolden(await settled(ran.output), "commands/preview.\(names[form] ?? form)")
    }

    @Test func `the findings of the merge can be a failure, those of the base are none`() async throws {
        #expect((await shell.run("sync", "--repo", "shop")).code == 0)
        #expect((await preview("--fail-on", "error")).code == 3)
        #expect((await preview("--fail-on", "warning")).code == 3)
        try repository.git("merge", "-q", "--no-edit", "feature")
        try repository.git("checkout", "-q", "-b", "next")
        try repository.commit(["services/help.yaml": service("help", image: "help:2")])
        try repository.git("checkout", "-q", "main")
        let ran = await shell.run("preview", "--repo", "shop", "--head", "next", "--fail-on", "warning")
        #expect(ran.code == 0)
        #expect(ran.output.contains("On the base already"))
    }

    @Test func `nothing is left behind, and the state is not touched`() async throws {
        #expect((await shell.run("sync", "--repo", "shop")).code == 0)
        let paths = try paths()
        let objects = await shell.run("get", "all", "-A", "-o", "json")
        #expect((await preview()).code == 0)
        #expect(try self.paths() == paths)
        #expect(await shell.run("get", "all", "-A", "-o", "json") == objects)
    }

    /// All paths, but for those that any reader of the database makes, and the note for `sync`.
    private func paths() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: shell.folder.path).filter {
            !$0.contains("sqlite-") && !$0.hasSuffix("/previews")
        }.sorted()
    }

    @Test func `sync says whether what it applies was previewed`() async throws {
        let first = await shell.run("sync", "--repo", "shop")
        #expect(!first.output.contains("preview"))
        _ = await preview("--at", "2098-01-01T00:00:00Z")
        try repository.git("merge", "-q", "--no-ff", "--no-edit", "feature")
        let foretold = await shell.run("sync", "--repo", "shop")
        #expect(foretold.output.contains("\nThis tree was previewed, at 20"))
        let again = try Value(json: (await shell.run("sync", "--repo", "shop", "-o", "json")).output)
        #expect(again["nothingNew"] == true)
        try repository.commit(["services/late.yaml": service("late", image: "late:1")])
        let data = try Value(json: (await shell.run("sync", "--repo", "shop", "--dry-run", "-o", "json")).output)
        #expect(data["previewed"] == false)
        #expect((await shell.run("sync", "--repo", "shop")).output.contains("\nNobody previewed this tree.\n"))
    }

    @Test func `what cannot be shown says why and what to do`() async throws {
        let missing = await shell.run("preview", "--repo", "shop", "--head", "nothing")
        #expect(missing.code == 2)
        #expect(missing.errors.contains("branch nothing does not exist; there are feature, main"))
        #expect((await shell.run("preview", "--repo", "shop")).code == 64)
        let report = await preview("--from-report", "nowhere")
        #expect(report.code == 2)
        #expect(report.errors.contains("the remote has no branch of that name; check the name"))
        let form = await preview("-o", "yaml")
        #expect(form.code == 64)
    }

    @Test func `words that do not go together are refused`() async {
        let merged = await shell.run("preview", "--repo", "shop", "--head", "WORKDIR", "--merged", "feature")
        #expect(merged.code == 64)
        #expect(merged.errors.contains("nobody has merged what is on the disk"))
        for words in [
            ["--at", "2026-02-30T00:00:00Z"], ["-n", "Shop"], ["--name", "../x"], ["--ready-after", "2d"],
        ] {
            #expect(await shell.run(["preview", "--repo", "shop", "--head", "feature"] + words).code == 64, "\(words)")
        }
        let short = await shell.run("preview", "--repo", "shop", "--head", "0123abc")
        #expect(short.errors.contains("a commit is named by its whole id"))
    }

    @Test func `a comment is no longer than a forge takes`() async throws {
        var files: [String: String?] = [:]
        for number in 0..<400 {
            files["services/a-service-with-a-long-name-\(number).yaml"] = service(
                "a-service-with-a-long-name-\(number)",
                image: "registry.example.com/\(String(repeating: "a/", count: 120))image:\(number)"
            )
        }
        try repository.git("checkout", "-q", "feature")
        try repository.commit(files)
        try repository.git("checkout", "-q", "main")
        let ran = await preview("-o", "markdown")
        #expect(ran.output.utf8.count < 65_536)
        #expect(ran.output.contains("401 created, 1 changed"))
        #expect(ran.output.contains("\nand 352 more; `-o json` lists all\n"))
        // What it holds for stands at the end.
        #expect(ran.output.contains("Holds for"))

        // The longest that admission takes.
        for number in 0..<6 {
            files["services/a-service-with-a-long-name-\(number).yaml"] = service(
                "a-service-with-a-long-name-\(number)",
                image: String(repeating: "a", count: 30_000)
            )
        }
        try repository.git("checkout", "-q", "feature")
        try repository.commit(files)
        try repository.git("checkout", "-q", "main")
        #expect((await preview("-o", "markdown")).output.utf8.count < 65_536)
    }
}
