import Git
import Testing

@Suite struct SemanticVersionTests {
    @Test func `versions are in the order of the standard`() throws {
        let order = [
            "0.0.0-0", "0.0.0", "0.0.1", "0.9.10", "0.10.0", "1.0.0-0", "1.0.0-9", "1.0.0-10",
            "1.0.0-99999999999999999998", "1.0.0-99999999999999999999", "1.0.0--", "1.0.0-alpha", "1.0.0-alpha.1",
            "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1",
            "v2.0.0-a", "2.0.0", "v10.0.0",
        ]
        let versions = try order.map { try #require(SemanticVersion($0), "\($0)") }
        for (index, version) in versions.enumerated() {
            for (other, later) in versions.enumerated() {
                #expect((version < later) == (index < other), "\(version) and \(later)")
                #expect((version == later) == (index == other))
            }
        }
    }

    @Test(arguments: ["1.4.0", "v1.4.0", "1.4.0+7", "v1.4.0+a.b-c.007"])
    func `build metadata and a leading v say nothing`(text: String) throws {
        #expect(SemanticVersion(text) == SemanticVersion("1.4.0"))
        #expect(SemanticVersion(text)?.description == "1.4.0")
    }

    @Test func `a pre-release keeps its identifiers`() throws {
        let version = try #require(SemanticVersion("v1.2.3-rc.1-x.0a+7"))
        #expect(version.prerelease == ["rc", "1-x", "0a"])
        #expect(version.description == "1.2.3-rc.1-x.0a")
    }

    @Test(
        arguments: [
            "", "v", "1", "1.2", "1.2.3.4", "01.2.3", "1.02.3", "1.2.03", "1.2.3-", "1.2.3-01", "1.2.3-a..b", "1.2.3+",
            "1.2.3+a..b", "1.2.3-ä", "1.2.3 ", " 1.2.3", "vv1.2.3", "V1.2.3", "-1.2.3", "1.2.x", "1.2.3+a+b",
            "99999999999999999999.0.0", "9223372036854775807.0.0", "release-1.2.3", "1.2.3-[",
        ]
    )
    func `what is no version is none`(text: String) {
        #expect(SemanticVersion(text) == nil)
    }
}
