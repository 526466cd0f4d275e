import Resources
import Testing

@testable import elafros

@Suite struct KindWordsTests {
    @Test(arguments: [
        ("service", [Kind.service]), ("Services", [.service]), ("svc", [.service]), ("ksvc", [.service]),
        ("services.elafros.dev", [.service]), ("cfg,rev", [.configuration, .revision]), ("rt,route,routes", [.route]),
        ("bt", [.buildTemplate]), ("wl,splits,syncs,manifestfiles", [.workload, .split, .sync, .manifestFile]),
        ("all", [.service, .configuration, .revision, .route]),
    ])
    func `kinds are read as kubectl reads them`(words: String, kinds: [Kind]) throws {
        #expect(try KindWords(words).kinds == kinds)
    }

    @Test func `a misspelt kind names the one that was meant`() {
        let error = #expect(throws: Failure.self) { try KindWords("servics") }
        #expect(error?.code == .usage)
        #expect(error?.message.contains("did you mean") == true)
    }
}
