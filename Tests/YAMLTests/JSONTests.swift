import Testing
import YAML

@Suite struct JSONTests {
    @Test func `compact JSON has no spaces and keeps the order`() {
        let value: Value = ["b": [1, -2, 2.5, 1e20], "a": ["x": .null, "y": true, "z": false], "e": [:], "f": []]
        #expect(value.json == #"{"b":[1,-2,2.5,1e+20],"a":{"x":null,"y":true,"z":false},"e":{},"f":[]}"#)
    }

    @Test func `pretty JSON is laid out as kubectl does`() {
        let value: Value = ["a": [1, ["b": "c"]], "d": [:], "e": []]
        #expect(
            value.prettyJSON == """
                {
                    "a": [
                        1,
                        {
                            "b": "c"
                        }
                    ],
                    "d": {},
                    "e": []
                }
                """
        )
    }

    @Test func `control characters, quotes and backslashes are escaped, and nothing else`() {
        #expect(Value.string("\"\\\n\r\t\u{1}\u{1F}/é😀\u{7F}").json == #""\"\\\n\r\t\u0001\u001f/é😀"# + "\u{7F}\"")
    }

    @Test(arguments: [Int.min, Int.max, 0, -1, 10, -1_000_000])
    func `whole numbers round-trip`(number: Int) throws {
        #expect(Value.int(number).json == String(number))
        #expect(try Value(json: String(number)) == .int(number))
    }

    @Test(arguments: [0.1, -0.0, 1e300, .leastNonzeroMagnitude, 1.7976931348623157e308, 1, 1e21, 123456789.125])
    func `doubles round-trip to the bit`(number: Double) throws {
        #expect(try Value(json: Value.double(number).json) == .double(number))
    }

    @Test func `infinities and NaN become null, which JSON can say`() {
        #expect(Value.list([.double(.infinity), .double(.nan)]).json == "[null,null]")
    }

    @Test func `whole numbers outside 64 bits become doubles`() throws {
        #expect(try Value(json: "9223372036854775808") == .double(9_223_372_036_854_775_808))
        #expect(try Value(json: "-9223372036854775809") == .double(-9_223_372_036_854_775_808))
    }

    @Test(arguments: [
        (#""\u00e9\ud83d\ude00\/\b\f\n\r\t\"\\""#, "é😀/\u{8}\u{C}\n\r\t\"\\"), ("\"日本\"", "日本"), ("\"\"", ""),
        (#""\u0000""#, "\u{0}"),
    ])
    func `strings are read with their escapes`(json: String, text: String) throws {
        #expect(try Value(json: json) == .string(text))
    }

    @Test func `white space and a byte-order mark are skipped`() throws {
        #expect(try Value(json: "\u{FEFF} {\r\n\t\"a\" : [ 1 , 2 ] } \n") == ["a": [1, 2]])
    }

    @Test(arguments: [
        ("", "1:1"), ("{", "1:2"), ("{\"a\":1,}", "1:8"), ("[1,]", "1:4"), ("[1 2]", "1:4"), ("{\"a\" 1}", "1:6"),
        ("{a:1}", "1:2"),
        ("01", "1:3"), ("-", "1:2"), ("1.", "1:3"), ("1e", "1:3"), (".5", "1:1"), ("1e999", "1:6"), ("\"a", "1:3"),
        ("\"\n\"", "1:2"), ("\"\\x\"", "1:4"), (#""\ud800""#, "1:8"), (#""\ud800\u0041""#, "1:14"),
        (#""\u00g0""#, "1:6"),
        ("tru", "1:1"), ("nul", "1:1"), ("1 2", "1:3"), ("{\"a\":\n 1,\n\"a\":2}", "3:7"), ("NaN", "1:1"),
        ("[\"é\" x", "1:6"),
    ])
    func `what is not JSON is refused at its place`(json: String, place: String) {
        let error = #expect(throws: YAMLError.self) { try Value(json: json) }
        #expect(error?.position.description == place)
    }

    @Test func `invalid UTF-8 in a string is refused`() {
        #expect(throws: YAMLError.self) { try Value(json: [0x22, 0xFF, 0x22]) }
        #expect(throws: YAMLError.self) { try Value(json: [0x22, 0x5C, 0x6E, 0xC3, 0x22]) }
    }

    @Test func `repeated keys are found among many`() {
        let keys = (0..<100).map { "\"k\($0 % 99)\":1" }
        let error = #expect(throws: YAMLError.self) { try Value(json: "{\(keys.joined(separator: ","))}") }
        #expect(error?.message.contains("\"k0\"") == true)
    }

    @Test func `deep nesting is refused without running through it`() {
        #expect(throws: YAMLError.self) { try Value(json: String(repeating: "[", count: 100_000)) }
        #expect(throws: Never.self) {
            try Value(json: String(repeating: "[", count: 512) + String(repeating: "]", count: 512))
        }
    }

    @Test func `random values round-trip`() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<2_000 {
            let value = Value.random(using: &generator)
            #expect(try Value(json: value.json) == value)
            #expect(try Value(json: value.prettyJSON) == value)
        }
    }

    @Test func `damaged JSON never crashes the reader`() {
        var generator = SeededGenerator(seed: 2)
        var refused = 0
        for _ in 0..<3_000 {
            var bytes = Array(Value.random(using: &generator).json.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8(truncatingIfNeeded: generator.next())
            }
            do {
                let value = try Value(json: bytes)
                // What was accepted is a value like any other.
                #expect(try Value(json: value.json) == value)
            } catch {
                refused += 1
            }
        }
        #expect(refused > 1_000)
    }
}
