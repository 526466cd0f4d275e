import TestSupport
import Testing

@testable import GitOps

/// The rules are git's, so git is asked.
@Suite struct IgnoreRulesTests {
    static let paths = [
        "a.yaml", "b.yaml", "a b.yaml", "a ", "#a.yaml", "!a.yaml", "foo", "foo.yaml", "Foo.yaml", "x/foo",
        "x/foo/y.yaml",
        "foo/y.yaml", "foo/bar/y.yaml", "x/y/z.yaml", "x/y/foo/z.yaml", "x/z.yaml", "doc/a.yaml", "doc/x/a.yaml",
        "x/doc/a.yaml",
        "[a].yaml", "\\a.yaml", "-.yaml", "1.yaml", "12.yaml", "ü.yaml", "x/ü.yaml", "aXb", "a/b", "a/x/b", "a/x/y/b",
        "drafts/keep.yaml", "drafts/x.yaml", "keep.yaml", "*.yaml", "q?.yaml", "]",
    ]

    static let rules = [
        "", "\n\n", "# comment", "*.yaml", "/*.yaml", "foo", "foo/", "/foo", "/foo/", "x/foo", "foo/*", "foo/**",
        "**/foo",
        "**/foo/", "**/foo/*.yaml", "x/**/z.yaml", "x/**", "**", "*", "/", "//", "!", "a/**/b", "a/*/b", "a**b",
        "x**z.yaml",
        "?.yaml", "??.yaml", "[a-b].yaml", "[!a].yaml", "[^a].yaml", "[[:digit:]].yaml", "[[:alpha:][:digit:]].yaml",
        "[[:nonsense:]].yaml", "[a", "[]-a].yaml", "[a-]*.yaml", "[]]", "\\[a\\].yaml", "\\#a.yaml", "\\!a.yaml",
        "#a.yaml",
        "a\\ b.yaml", "a b.yaml", "a ", "a\\ ", "a.yaml   ", "a.yaml\\", "\\\\a.yaml", "ü.yaml", "*.yaml\n!a.yaml",
        "*.yaml\n!foo", "drafts\n!drafts/keep.yaml", "drafts/*\n!drafts/keep.yaml", "*\n!x\n!x/**", "!a.yaml\na.yaml",
        "a.yaml\r\nb.yaml\r\n", "\u{FEFF}a.yaml", "doc/*.yaml", "/doc/**/a.yaml", "doc/**/", "foo.*", "FOO.yaml",
        "x/*/z.yaml",
        "x/?/z.yaml", "x/[y]/z.yaml", "x[/]y", "*/", "*/*", "*/*/", "**/y/", "\\*.yaml", "q\\?.yaml", "[\\]].yaml",
        "[--0].yaml",
        "*a*a*a*a*b", "***", "a/***/b", "**/**/z.yaml", "x/**/**/z.yaml", "\ta.yaml", "a.yaml\t",
    ]

    @Test func `every rule says of every path what git says`() throws {
        let repository = try GitRepository()
        for rules in Self.rules {
            try repository.folder.write(rules, to: "repository/.git/info/exclude")
            let mine = IgnoreRules(Array(rules.utf8))
            let ignored = Set(Self.paths.filter(mine.ignoresFile))
            let theirs = try Self.ignored(by: repository)
            #expect(ignored == theirs, "\(rules.debugDescription)")
        }
    }

    /// What `git check-ignore` says. It exits with 1 where nothing is ignored.
    private static func ignored(by repository: GitRepository) throws -> Set<String> {
        let words = "git check-ignore --no-index -z --stdin; test $? -le 1"
        let input = paths.joined(separator: "\0") + "\0"
        let output = try Program.run(
            "sh",
            ["-c", words],
            in: repository.path,
            input: .init(input.utf8),
            environment: ["GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"]
        )
        return Set(output.split(separator: "\0").map(String.init))
    }

    @Test func `a pattern of many stars ends at once`() {
        let rules = IgnoreRules(Array(String(repeating: "*a", count: 500).utf8 + Array("b".utf8)))
        #expect(!rules.ignoresFile(String(repeating: "a", count: 2_000)))
        let folders = IgnoreRules(Array((String(repeating: "**/a/", count: 200) + "b").utf8))
        #expect(!folders.ignoresFile(String(repeating: "a/", count: 400) + "c"))
    }
}
