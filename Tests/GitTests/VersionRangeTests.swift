import Git
import Testing

@Suite struct VersionRangeTests {
    private static let versions = [
        "0.0.3", "0.0.4", "0.1.0", "0.2.3", "0.2.9", "0.3.0", "1.0.0", "1.1.9", "1.2.0-rc.1", "1.2.0", "1.2.3-beta",
        "1.2.3", "1.2.9", "1.3.0-rc.1", "1.3.0", "1.9.0", "2.0.0-rc.1", "2.0.0", "2.3.0", "2.3.9", "2.4.0", "3.0.0",
    ]

    /// Without pre-releases, as most ranges want them.
    private static let releases = versions.filter { !$0.contains("-") }

    private static let ranges: [(text: String, expected: String)] = [
        (">=1.2.0 <2.0.0", "1.2.0 1.2.3 1.2.9 1.3.0 1.9.0"), (">=1.2.0, <2.0.0", "1.2.0 1.2.3 1.2.9 1.3.0 1.9.0"),
        (">= 1.2.0,< 2.0.0", "1.2.0 1.2.3 1.2.9 1.3.0 1.9.0"), (">=1.2.0<2.0.0", "1.2.0 1.2.3 1.2.9 1.3.0 1.9.0"),
        ("1.2.3", "1.2.3"), ("=1.2.3", "1.2.3"), ("v1.2.3", "1.2.3"), ("1.2.3+7", "1.2.3"), ("1.2.4", ""),
        ("1.2.x", "1.2.0 1.2.3 1.2.9"), ("1.2.*", "1.2.0 1.2.3 1.2.9"), ("1.2", "1.2.0 1.2.3 1.2.9"),
        ("=1.2.X", "1.2.0 1.2.3 1.2.9"), ("0.x", "0.0.3 0.0.4 0.1.0 0.2.3 0.2.9 0.3.0"), ("3", "3.0.0"),
        ("3.x.x", "3.0.0"), ("*", "every release"), ("x", "every release"),
        (">=*", "every release"), (">*", ""), ("<*", ""),
        ("!=1.2.x <2 >=1", "1.0.0 1.1.9 1.3.0 1.9.0"), ("!=1.2.3 1.2", "1.2.0 1.2.9"), ("!=*", ""),
        (">1.2 <2", "1.3.0 1.9.0"), (">1 <2.4", "2.0.0 2.3.0 2.3.9"), (">2.3.9", "2.4.0 3.0.0"),
        ("<0.1", "0.0.3 0.0.4"), ("<=0.2", "0.0.3 0.0.4 0.1.0 0.2.3 0.2.9"), ("<=0.1.0", "0.0.3 0.0.4 0.1.0"),
        ("=>2.4 =<3", "2.4.0 3.0.0"),
        ("~1.2.3", "1.2.3 1.2.9"), ("~>1.2.3", "1.2.3 1.2.9"), ("~1.2", "1.2.0 1.2.3 1.2.9"),
        ("~2", "2.0.0 2.3.0 2.3.9 2.4.0"), ("~*", "every release"), ("~0.0.0", "0.0.3 0.0.4"),
        ("^1.2", "1.2.0 1.2.3 1.2.9 1.3.0 1.9.0"), ("^1.2.3", "1.2.3 1.2.9 1.3.0 1.9.0"),
        ("^2", "2.0.0 2.3.0 2.3.9 2.4.0"), ("^0.2.3", "0.2.3 0.2.9"), ("^0.2", "0.2.3 0.2.9"), ("^0.0.3", "0.0.3"),
        ("^0.0", "0.0.3 0.0.4"), ("^0", "0.0.3 0.0.4 0.1.0 0.2.3 0.2.9 0.3.0"),
        ("^*", "every release"),
        ("1.2 - 2.3", "1.2.0 1.2.3 1.2.9 1.3.0 1.9.0 2.0.0 2.3.0 2.3.9"),
        ("1.2.3 - 2.3.0", "1.2.3 1.2.9 1.3.0 1.9.0 2.0.0 2.3.0"), ("0.3 - 1.0.0 || 3", "0.3.0 1.0.0 3.0.0"),
        ("^0.3||~2.4.0", "0.3.0 2.4.0"), ("1.0.0 || 1.0.0", "1.0.0"),
        // Pre-releases, where one is named.
        ("1.3.0-rc.1", "1.3.0-rc.1"), ("~1.2.3-alpha", "1.2.3-beta 1.2.3 1.2.9"),
        (">=1.3.0-0 <2.0.0", "1.3.0-rc.1 1.3.0 1.9.0 2.0.0-rc.1"),
        ("^1.3.0-0", "1.3.0-rc.1 1.3.0 1.9.0"), ("^1.9-0", "1.9.0"), ("*-0", "every version"),
        (">=0.0.0-0", "every version"), (">=2.4.0 || 2.0.0-rc.1", "2.0.0-rc.1 2.4.0 3.0.0"),
        ("<=1.2.0-rc.1 >=1.1.0", "1.1.9 1.2.0-rc.1"),
    ]

    @Test(arguments: ranges)
    func `ranges hold what Flux takes them to hold`(text: String, expected: String) throws {
        let range = try VersionRange(text)
        let expected =
            switch expected {
            case "every release": Self.releases.joined(separator: " ")
            case "every version": Self.versions.joined(separator: " ")
            default: expected
            }
        let held = try Self.versions.filter { range.contains(try #require(SemanticVersion($0))) }
        #expect(held.joined(separator: " ") == expected)
        #expect(range.text == text)
        #expect("\(range)" == text)
    }

    @Test(
        arguments: [
            ("", "it names no version there; use * for every version"),
            ("1.2.3 ||", "it names no version there; use * for every version"),
            (" , ", "it names no version there; use * for every version"),
            (">=", "no version follows \">=\"; add one, as in >=1.2.0"),
            ("1.2 -", "no version follows \"-\"; add one, as in 1.2 - 2.3"),
            ("><1.2", "\"><\" is no comparison; use one of = != > < >= <= ~ ^"),
            ("latest", "\"latest\" is no version; write it as 1.2.3, 1.2.x, 1 or 1.2.3-rc.1"),
            ("1.x.3", "\"1.x.3\" is no version; write it as 1.2.3, 1.2.x, 1 or 1.2.3-rc.1"),
            (">=01.2", "\"01.2\" is no version; write it as 1.2.3, 1.2.x, 1 or 1.2.3-rc.1"),
            (">= - 2", "\"-\" is no version; write it as 1.2.3, 1.2.x, 1 or 1.2.3-rc.1"),
            ("- 2", "\"-\" is no version; write it as 1.2.3, 1.2.x, 1 or 1.2.3-rc.1"),
            ("1.2.3.4", "\"1.2.3.4\" is no version; write it as 1.2.3, 1.2.x, 1 or 1.2.3-rc.1"),
        ]
    )
    func `what is no range is refused with what to do`(text: String, reason: String) {
        #expect(throws: GitError(.other, doing: "read the versions \"\(text)\"", reason: reason)) {
            try VersionRange(text)
        }
    }
}
