import Logging
import Testing

@testable import elafros

@Suite struct TableTests {
    @Test func `columns stand under each other and no line ends in spaces`() {
        var table = Table(["NAME", "READY", "REASON"])
        table.append(["shop", "True", ""])
        table.append(["a-long-name", "False", "Deploying"])
        #expect(
            table.rendered() == """
                NAME          READY   REASON
                shop          True
                a-long-name   False   Deploying

                """
        )
    }

    @Test func `colours do not move the columns`() {
        var table = Table(["NAME", "READY", "AGE"])
        table.append(["shop", Table.Cell("True", .good), "1s"])
        #expect(
            table.rendered(Paint(isOn: true)) == "NAME   READY   AGE\nshop   \u{1B}[32mTrue\u{1B}[0m    1s\n"
        )
    }

    @Test func `what is too wide goes on below in its own column`() {
        var table = Table(["OBJECT", "MESSAGE"])
        table.append(["shop", "becomes ready upon its endpoint"])
        table.append(["cart", "a-word-that-is-longer-than-all"])
        #expect(
            table.rendered(width: 24) == """
                OBJECT   MESSAGE
                shop     becomes ready
                         upon its
                         endpoint
                cart     a-word-that-is-longer-than-all

                """
        )
    }

    @Test func `a message of several lines stays one row`() {
        var table = Table(["MESSAGE"])
        table.append([Table.Cell("a\nb")])
        #expect(table.rendered() == "MESSAGE\na b\n")
    }
}

@Suite struct AgeTests {
    @Test(arguments: [
        (-5, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (200, "3m20s"), (2_820, "47m"), (18_720, "5h12m"),
        (90_000, "25h"), (183_600, "2d3h"), (3_542_400, "41d"), (64_713_600, "2y19d"), (300_000_000, "9y"),
    ])
    func `an age has the units that kubectl shows`(seconds: Int, text: String) {
        #expect(Duration.seconds(seconds).age == text)
    }

    @Test(arguments: [(0, "0s"), (500, "500 ms"), (1_000, "1s"), (30_000, "30s"), (300_000, "5m")])
    func `a pause shorter than a second is not none`(milliseconds: Int, text: String) {
        #expect(Duration.milliseconds(milliseconds).pause == text)
    }

    @Test(arguments: [(420, "0.42 ms"), (9_999, "10.00 ms"), (38_140, "38.1 ms"), (1_236_000, "1.24 s")])
    func `a measured time has three figures or so`(microseconds: Int, text: String) {
        #expect(Duration.microseconds(microseconds).measured == text)
    }
}

@Suite struct TrafficBarTests {
    @Test(arguments: [
        (0, "░░░░░░░░░░░░░░░░░░░░ 0%"), (1, "█░░░░░░░░░░░░░░░░░░░ 1%"), (75, "███████████████░░░░░ 75%"),
        (99, "███████████████████░ 99%"), (100, "████████████████████ 100%"),
    ])
    func `what is more than nothing and less than everything is shown as neither`(percent: Int, text: String) {
        #expect(TrafficBar(percent: percent).text == text)
    }
}

@Suite struct UnifiedDiffTests {
    private func diff(_ old: String, _ new: String) -> String {
        UnifiedDiff(from: old, named: "a", to: new, named: "b").rendered(Paint(isOn: false))
    }

    @Test func `equal texts differ in nothing`() {
        #expect(diff("a\nb\n", "a\nb\n").isEmpty)
    }

    @Test func `a changed line stands between three equal ones`() {
        #expect(
            diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n") == """
                --- a
                +++ b
                @@ -2,7 +2,7 @@
                 2
                 3
                 4
                -5
                +five
                 6
                 7
                 8

                """
        )
    }

    @Test func `differences far from each other are hunks of their own`() {
        let lines = (1...30).map(String.init)
        var changed = lines
        changed[1] = "two"
        changed.remove(at: 27)
        let text = diff(lines.joined(separator: "\n") + "\n", changed.joined(separator: "\n") + "\n")
        #expect(text.contains("@@ -1,5 +1,5 @@"))
        #expect(text.contains("@@ -25,6 +25,5 @@"))
    }

    @Test func `a new text is all additions`() {
        #expect(diff("", "x\ny\n") == "--- a\n+++ b\n@@ -0,0 +1,2 @@\n+x\n+y\n")
    }

    @Test func `a text that is gone is all removals`() {
        #expect(diff("x\n", "") == "--- a\n+++ b\n@@ -1 +0,0 @@\n-x\n")
    }
}

@Suite struct LogTests {
    private func logged(_ form: LogForm, _ message: Logger.Message) -> String {
        let console = Console.buffer()
        var logger = Logger(label: "test") { _ in LineLogHandler(console: console, form: form) }
        logger[metadataKey: "sync"] = "shop"
        logger.warning(message, metadata: ["commit": "abc"])
        return console.written.errors
    }

    @Test func `a line for people is its words, one for programs has its parts`() {
        #expect(logged(.text, "shop: no \"way\"") == "warning: shop: no \"way\"\n")
        let json = logged(.json, "shop: no \"way\"")
        #expect(json == #"{"level":"warning","message":"shop: no \"way\"","commit":"abc","sync":"shop"}"# + "\n")
    }

    @Test(arguments: [
        ("https://me:secret@example.com/x failed", "https://…@example.com/x failed"),
        ("a https://u:p@q:r@h/x?y=a@b", "a https://…@h/x?y=a@b"), ("ssh://git@host/x", "ssh://git@host/x"),
        ("two http://a:b@c and http://d:e@f", "two http://…@c and http://…@f"),
        ("no address: a:b@c", "no address: a:b@c"), ("https://host/a:b@c", "https://host/a:b@c"),
    ])
    func `no password of an address gets into a log`(text: String, shown: String) {
        #expect(Redaction.withoutSecrets(text) == shown)
        #expect(logged(.text, "\(text)") == "warning: \(shown)\n")
    }
}
