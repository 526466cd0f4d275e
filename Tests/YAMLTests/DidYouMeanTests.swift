import Testing
import YAML

@Suite struct DidYouMeanTests {
    private let fields = ["image", "imagePullPolicy", "env", "name", "ports", "containerConcurrency", "tag", "on"]

    @Test(arguments: [
        ("imgae", "image"), ("Image", "image"), ("imge", "image"), ("immage", "image"), ("enf", "env"),
        ("port", "ports"), ("nmae", "name"),
        ("imagepullpolicy", "imagePullPolicy"), ("containerConcurency", "containerConcurrency"),
        ("containerConcurrentCy", "containerConcurrency"),
    ])
    func `a slip of the pen finds its word`(word: String, meant: String) {
        #expect(didYouMean(word, among: fields) == meant)
    }

    @Test(arguments: ["", "x", "volume", "securityContext"])
    func `what is far from every word finds none`(word: String) {
        #expect(didYouMean(word, among: fields) == nil)
    }

    @Test func `a word of any length ends at once`() {
        #expect(didYouMean(String(repeating: "image", count: 100_000), among: fields) == nil)
    }

    @Test func `the nearest word wins, then the first`() {
        #expect(didYouMean("cost", among: ["coast", "host", "cost"]) == "cost")
        #expect(didYouMean("bost", among: ["host", "cost"]) == "host")
    }
}
