import Resources
import Testing

@Suite struct RevisionNameTests {
    @Test(arguments: [
        ("my-service", 1, "my-service-00001"), ("my-service", 1_234, "my-service-01234"),
        ("my-service", 123_456, "my-service-123456"),
    ])
    func `a Revision is named after its Configuration and generation`(name: String, generation: Int, expected: String) {
        #expect(RevisionName.make(configuration: name, generation: generation) == expected)
    }

    @Test func `names that would be too long keep a beginning and get a hash of the whole`() {
        let long = String(repeating: "shop", count: 15)
        let name = RevisionName.make(configuration: long, generation: 1)
        let other = RevisionName.make(configuration: long + "x", generation: 1)
        #expect(name.utf8.count == RevisionName.maxLength)
        #expect(name.hasPrefix("shopshop") && name.hasSuffix("-00001"))
        #expect(name != other)
        #expect(RevisionName.child(of: name, suffix: "-deployment").utf8.count <= RevisionName.maxLength)
    }
}
