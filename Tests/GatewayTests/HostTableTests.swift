import Gateway
import Resources
import Store
import Testing
import YAML

@Suite struct HostTableTests {
    @Test(arguments: [
        "shop.default.mydomain.com", "SHOP.default.MyDomain.com", "shop.default.mydomain.com:8080",
        "shop.default.mydomain.com.", "shop.default.mydomain.com.:80",
    ])
    func `a host is found however the client spells it`(authority: String) throws {
        let table = try table([split("shop", main: [("shop-00001", 100)])])
        #expect(table.rule(for: authority)?.route == Key(.route, "default", "shop"))
    }

    @Test func `a named target has the whole of its own host`() throws {
        let table = try table([split("shop", main: [("shop-00001", 100)], named: ["next": "shop-00002"])])
        let rule = try #require(table.rule(for: "next.shop.default.mydomain.com"))
        #expect((0..<100).allSatisfy { rule.revision(at: $0)?.name == "shop-00002" })
    }

    @Test(arguments: [(0, "shop-00001"), (74, "shop-00001"), (75, "shop-00002"), (99, "shop-00002")])
    func `the drawn number decides between the shares`(point: Int, revision: String) throws {
        let table = try table([split("shop", main: [("shop-00001", 75), ("shop-00002", 25)])])
        #expect(table.rule(for: "shop.default.mydomain.com")?.revision(at: point)?.name == revision)
    }

    @Test func `seeded draws come close to the percentages`() throws {
        let table = try table([split("shop", main: [("shop-00001", 75), ("shop-00002", 25)])])
        let rule = try #require(table.rule(for: "shop.default.mydomain.com"))
        var random = SeededGenerator(seed: 42)
        let hits = (0..<10_000).count { _ in
            rule.revision(at: Int.random(in: 0..<100, using: &random))?.name == "shop-00002"
        }
        #expect((2_400...2_600).contains(hits))
    }

    @Test func `a changed split takes its old hosts away`() throws {
        let before = split("shop", main: [("shop-00001", 100)], named: ["next": "shop-00002"])
        var table = try table([before])
        table.update(before.key, to: split("shop", main: [("shop-00002", 100)]))
        #expect(table.count == 1)
        #expect(table.rule(for: "next.shop.default.mydomain.com") == nil)

        table.update(before.key, to: nil)
        #expect(table.count == 0)
    }

    @Test func `of two that claim one host the first by name gets it, whoever came first`() throws {
        let (a, b) = (
            split("a", domain: "x.example.com", main: [("a-1", 100)]),
            split("b", domain: "x.example.com", main: [("b-1", 100)])
        )
        var table = try table([b, a])
        #expect(table.rule(for: "x.example.com")?.route.name == "a")
        table.update(a.key, to: nil)
        #expect(table.rule(for: "x.example.com")?.route.name == "b")
    }

    @Test func `the hosts told to a stray request are the first by name`() throws {
        let table = try table(["c", "a", "b"].map { split($0, domain: "\($0).example.com", main: [("\($0)-1", 100)]) })
        #expect(table.firstHosts(2) == ["a.example.com", "b.example.com"])
        #expect(table.firstHosts(9) == ["a.example.com", "b.example.com", "c.example.com"])
    }

    private func table(_ splits: [Object]) throws -> HostTable {
        var state = State(id: "test")
        try state.apply(splits.map { .put($0) }, at: Instant(milliseconds: 0))
        return HostTable(state)
    }
}

func split(
    _ name: String,
    domain: String? = nil,
    main: [(String, Int)],
    named: [String: String] = [:]
) -> Object {
    Object(
        kind: .split,
        metadata: Metadata(name: name, namespace: "default"),
        spec: [
            "domain": .string(domain ?? "\(name).default.mydomain.com"),
            "main": .list(main.map { ["revisionName": .string($0.0), "percent": .int($0.1)] }),
            "named": .map(Map(named.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
        ]
    )
}

/// SplitMix64: the same draws for the same seed, on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
