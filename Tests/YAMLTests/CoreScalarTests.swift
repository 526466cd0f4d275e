import Testing
import YAML

@Suite struct CoreScalarTests {
    private static let readings: [(String, Value)] = [
        ("~", Value.null), ("null", .null), ("Null", .null), ("NULL", .null), ("nULL", "nULL"), ("true", true),
        ("True", true),
        ("TRUE", true), ("tRUE", "tRUE"), ("false", false), ("False", false), ("FALSE", false), ("yes", "yes"),
        ("on", "on"),
        ("0", 0), ("-0", 0), ("+12", 12), ("-12", -12), ("0777", 777), ("0o17", 15), ("0o18", "0o18"),
        ("-0o17", "-0o17"),
        ("0x1F", 31), ("0xg", "0xg"), ("0b11", "0b11"), ("1_000", "1_000"), ("1:30", "1:30"),
        ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)),
        ("9223372036854775808", 9_223_372_036_854_775_808.0), ("0xFFFFFFFFFFFFFFFF", 18_446_744_073_709_551_615.0),
        ("1.5", 1.5), ("-.5", -0.5), ("+.5", 0.5), ("1.", 1.0), (".", "."), ("+", "+"), ("1e3", 1000.0),
        ("1E-2", 0.01), ("1.5e+3", 1500.0), ("1e", "1e"), ("e3", "e3"), (".e3", ".e3"), ("1.2.3", "1.2.3"),
        (".inf", .double(.infinity)),
        ("-.INF", .double(-.infinity)), ("+.Inf", .double(.infinity)), (".nan", .double(.nan)), ("-.nan", "-.nan"),
        ("2001-12-14", "2001-12-14"), ("12ab", "12ab"), ("\"1\"", "1"), ("'true'", "true"), ("|\n  1", "1"),
        ("!!str 1", "1"), ("! 1", "1"), ("!!int 7", 7), ("!!float 7", 7.0), ("!!null ~", .null), ("!!int \"7\"", 7),
        ("!!bool true", true),
    ]

    @Test(arguments: readings)
    func `scalars mean what the core schema says`(text: String, value: Value) {
        #expect(parsed(text) == value)
    }

    @Test(arguments: [
        ("yes", "true", "text"), ("No", "false", "text"), ("ON", "true", "text"), ("off", "false", "text"),
        ("y", "true", "text"),
        ("N", "false", "text"), ("0777", "an octal number", "the number 777"),
        ("-010", "an octal number", "the number -10"),
        ("08", "text", "the number 8"), ("0o17", "text", "the number 15"), ("1_000", "a number", "text"),
        ("0b11", "a binary number", "text"),
        ("-0x1F", "a hexadecimal number", "text"), ("0x_1F", "a hexadecimal number", "text"),
        ("1:30", "a number to the base of 60", "text"), ("-1:30:59.5", "a number to the base of 60", "text"),
        ("22:22", "a number to the base of 60", "text"), ("1e3", "text", "the number 1000.0"),
        ("1.5e3", "text", "the number 1500.0"),
        ("1_000.5", "a number", "text"), ("2001-12-14", "a date", "text"), ("2001-12-14T21:59:43Z", "a date", "text"),
        ("2001-1-4 1:02:03", "a date", "text"),
    ])
    func `what YAML 1.1 reads otherwise gets a warning`(text: String, in11: String, in12: String) {
        #expect(
            findings("a:\n  b: \(text)\n") == [
                "f:2:6: warning: YAML 1.1 takes \"\(text)\" for \(in11), YAML 1.2 and this program for \(in12); "
                    + "put it in quotes if it is text, else spell it otherwise"
            ]
        )
    }

    @Test(arguments: [
        "true", "null", "0", "7", "07", "00", "-1", "0x1F", "1.5", "1.5e+3", ".5", "1.", ".inf", "nope", "yesterday",
        "once", "10m", "80:80",
        "1.2.3", "10.0.0.1", "a:1", "0x", "0b", "0b2", "1e", "1__x", "+", ".", "2001-12", "12:x", "5s", "\"yes\"",
        "'0777'",
        "!!str yes", "|\n   yes", "1:60", "on-call", "abc:1:30", "_1",
    ])
    func `what both versions read alike gets none`(text: String) {
        #expect(findings("a:\n  b: \(text)\n") == [])
    }

    @Test func `keys get no warning`() {
        #expect(findings("on: 1\nyes: 2\n1:30: 3\n") == [])
    }
}
