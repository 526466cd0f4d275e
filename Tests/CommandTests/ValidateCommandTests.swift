import Foundation
import TestSupport
import Testing
import YAML

@testable import elafros

@Suite struct ValidateCommandTests {
    let shell: Shell

    init() throws { shell = try Shell() }

    private func write(_ name: String, _ text: String) throws {
        let url = URL(fileURLWithPath: shell.folder.path(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    @Test func `all errors of all files are found, with their places`() async throws {
        try write(
            "all/bad.yaml",
            "apiVersion: elafros.dev/v1alpha1\nkind: Service\nmetadata:\n  name: Bad_Name\nspec:\n  runLates: {}\n"
        )
        try write("all/one.yaml", service("twice", image: "a:1"))
        try write("all/two.yml", service("twice", image: "a:1"))
        try write("all/text.txt", "not a manifest")
        try write("all/.hidden/bad.yaml", ":::")
        try write("all/ignored/bad.yaml", ":::")
        try write("all/.elafrosignore", "ignored/\n")
        let ran = await shell.run("validate", "all")
        #expect(ran.code == 3)
        try expectGolden(ran.output, "commands/validate.txt")
    }

    @Test func `good manifests pass, from standard input too`() async throws {
        let ran = await shell.run("validate", "-", input: service("shop", image: "shop:1"))
        #expect(ran == Shell.Ran(code: 0, output: "1 file, 1 valid object: no errors\n", errors: ""))
    }

    @Test func `a folder without manifests says so`() async throws {
        try write("none/README.md", "hello")
        let ran = await shell.run("validate", "none")
        #expect(ran.code == 0)
        #expect(
            ran.output
                == "note: no manifests: no *.yaml, *.yml or *.json; check the path\n0 files, 0 valid objects: 1 note\n"
        )
        #expect((await shell.run("validate", "--quiet", "none")).output.isEmpty)
    }

    @Test func `several paths are checked together, as a pre-commit hook passes them`() async throws {
        try write("one.yaml", service("twice", image: "a:1"))
        try write("two.yaml", service("twice", image: "a:1"))
        let ran = await shell.run("validate", "--quiet", "one.yaml", "two.yaml")
        #expect(ran.code == 3)
        #expect(
            ran.output == """
                one.yaml:1:1: Service default/twice stands twice, also at two.yaml:1:1; keep one of them
                two.yaml:1:1: Service default/twice stands twice, also at one.yaml:1:1; keep one of them

                """
        )
    }

    @Test func `of many places of one object three others are named`() async throws {
        let input = Array(repeating: service("shop", image: "a:1"), count: 6).joined(separator: "---\n")
        let ran = await shell.run("validate", "-q", "-", input: input)
        let lines = ran.output.split(separator: "\n")
        #expect(lines.count == 6)
        #expect(
            lines.last == """
                <stdin>:61:1: Service default/shop stands twice, also at <stdin>:1:1, <stdin>:13:1, <stdin>:25:1 and \
                elsewhere; keep one of them
                """
        )
    }

    @Test func `each item of a List is checked`() async throws {
        let items = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: elafros.dev/v1alpha1, kind: Service}\n"
        let ran = await shell.run("validate", "-q", "-", input: items)
        #expect(ran.code == 3)
        #expect(ran.output.contains("<stdin>:4:3: metadata.name is missing"))
    }

    @Test func `what a sync would hold back is an error here too`() async throws {
        try write("all/shop.yaml", service("shop", image: "shop:1"))
        try write("all/lfs.yaml", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
        #expect(symlink("/etc/passwd", shell.folder.path("all/link.yaml")) == 0)
        let odd = shell.folder.path("all/").utf8CString.dropLast() + [CChar(bitPattern: 0xFF)] + ".yaml".utf8CString
        let descriptor = open(Array(odd), O_CREAT | O_WRONLY, 0o600)
        try #require(descriptor >= 0)
        close(descriptor)
        let ran = await shell.run("validate", "-q", "all")
        #expect(ran.code == 3)
        #expect(
            ran.output == """
                all/\\xff.yaml: the file's name is not UTF-8; rename it
                all/lfs.yaml: the file is kept in Git LFS, whose content is not fetched; commit the manifest itself
                all/link.yaml: a symbolic link, which is never followed; commit the manifest itself, or name the link \
                in .elafrosignore

                """
        )
    }

    @Test func `JSON lists the findings`() async throws {
        let ran = await shell.run("validate", "-", "-o", "json", input: "a: [")
        let value = try Value(json: ran.output)
        #expect(ran.code == 3)
        #expect(value["errors"] == 1)
        #expect(value["findings"]?.list?.first?["path"] == "<stdin>")
    }

    @Test(arguments: [
        ["--max-file-size", "20"], ["--max-depth", "3"], ["--max-nodes", "5"], ["--max-expanded-nodes", "5"],
    ])
    func `each limit is an option`(words: [String]) async throws {
        try write("all/shop.yaml", service("shop", image: "shop:1"))
        #expect(await shell.run("validate", "all").code == 0)
        #expect(await shell.run(["validate", "all"] + words).code == 3)
        #expect(await shell.run(["validate", "all", words[0], "0"]).code == 64)
    }

    @Test func `a path that is not there is no manifest's fault`() async throws {
        let ran = await shell.run("validate", "nowhere")
        #expect(ran == Shell.Ran(code: 2, output: "", errors: "elafros: nowhere: there is no such file or folder\n"))
    }
}
