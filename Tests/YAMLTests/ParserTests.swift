import Testing
import YAML

@Suite struct ParserTests {
    // MARK: Documents

    @Test func `a file may hold several documents, and those without content are dropped`() {
        let file = YAMLParser().parse("# only a comment\n---\na: 1\n---\n---\n# nothing\n---\nb: 2\n...\n")
        #expect(file.documents.map(\.root.value) == [["a": 1], ["b": 2]])
        #expect(file.documents.map(\.root.position?.line) == [3, 8])
        #expect(file.diagnostics == [])
    }

    @Test(arguments: ["", "\n", "# comment\n", "---\n", "\u{FEFF}", "---\n...\n"])
    func `a file without content has no documents and no findings`(text: String) {
        let file = YAMLParser().parse(text)
        #expect(file.documents.isEmpty)
        #expect(file.diagnostics == [])
    }

    @Test func `a syntax error keeps the documents before it`() {
        let file = YAMLParser().parse("a: 1\n---\nb: [1\n---\nc: 3\n")
        #expect(file.documents.map(\.root.value) == [["a": 1]])
        #expect(file.hasErrors)
    }

    @Test func `a document with an error says so, and the others do not`() {
        let file = YAMLParser().parse("a: 1\na: 2\n---\nb: 1\n---\nc: *none\n")
        #expect(file.documents.map(\.hasErrors) == [true, false, true])
    }

    @Test func `JSON is read, tabs and all`() {
        #expect(parsed("{\n\t\"a\": [1, \"\\u00e9\\/\"],\n\t\"b\": null\n}\n") == ["a": [1, "é/"], "b": .null])
    }

    // MARK: Errors and their places

    @Test(arguments: [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", "f:4:3: duplicate key \"c\", first at line 3, column 3; remove one of the two"),
        ("1: a\n\"1\": b\n", "f:2:1: duplicate key \"1\", first at line 1, column 1; remove one of the two"),
        ("{a: 1, [b]: 2}\n", "f:1:8: a key must be text, not a list or map; write text before the colon"),
        ("? {a: 1}\n: 2\n", "f:1:3: a key must be text, not a list or map; write text before the colon"),
        (
            "a: &x [1]\n*x : 2\n",
            "f:2:1: a key must be text, not an alias of a list or map; write text before the colon"
        ),
        (
            "a: 1\n?\n: 2\n",
            "f:2:2: a key is missing or null; write text before the colon, in quotes if it is ~ or null"
        ),
        ("~: 2\n", "f:1:1: a key is missing or null; write text before the colon, in quotes if it is ~ or null"),
        ("a: *x\n", "f:1:4: no anchor &x stands before this alias; add it, or write the value out"),
        ("a: &x 1\n---\na: *x\n", "f:3:4: no anchor &x stands before this alias; add it, or write the value out"),
        (
            "a: &x\n- 1\n- *x\n",
            "f:3:3: *x stands inside the node that it names, which would never end; name another anchor"
        ),
        (
            "a: {<<: 1}\n",
            "f:1:9: the merge key << takes a map or a list of maps; give it one, or put << in quotes if it is text"
        ),
        (
            "a: {<<: [{b: 1}, 2]}\n",
            "f:1:18: the merge key << takes a map or a list of maps; give it one, or put << in quotes if it is text"
        ),
        ("a: !!int x\n", "f:1:4: \"x\" does not fit its tag !!int; correct it, or remove the tag"),
        ("a: !!map x\n", "f:1:4: the tag !!map does not fit what it stands before; remove it"),
        ("a: !Ref x\n", "f:1:4: warning: the tag !Ref means nothing here; remove it"),
    ])
    func `what is wrong in content is found at its place`(text: String, finding: String) {
        #expect(findings(text) == [finding])
    }

    @Test(arguments: [
        ("a:\n\tb: 1\n", "f:2:1: a tab stands where only spaces may indent; replace it with spaces"),
        ("a:\n- b\n\t- c\n", "f:3:1: a tab"),
        ("a: @b\n", "f:1:4: a text cannot begin with @; put it in quotes"),
        ("a: `b`\n", "f:1:4: a text cannot begin with `; put it in quotes"),
        ("a: %b\n", "f:1:4: a text cannot begin with %; put it in quotes"),
        (
            "a: b: c\n",
            "f:1:5: a colon with a space is not allowed here; put the text in quotes, or correct the indentation"
        ),
        (
            "a: 1\n b: 2\n",
            "f:2:3: a colon with a space is not allowed here; put the text in quotes, or correct the indentation"
        ),
        (
            "a: - b\n",
            "f:1:4: a list item is not allowed here; begin the list on a line of its own, or correct the indentation"
        ),
        (
            "a: 1\nb\nc: 2\n",
            "f:2:1: a key without a colon; write `key: value`, or indent the line if it continues a text"
        ),
        ("a: 1\nb\n", "f:2:1: a key without a colon; write `key: value`, or indent the line if it continues a text"),
        ("x: 1\na: \"b\n", "f:2:4: a text in quotes has no end; add the closing quote"),
        ("x: 1\na: 'b\n---\nc: 1\n", "f:2:4: a text in quotes has no end; add the closing quote"),
        (
            "a:\n  [1, 2\nb: 1\n",
            "f:2:3: a list that begins with [ does not go on with a comma or end with ]; add what is missing"
        ),
        (
            "a: {b: 1\n",
            "f:1:4: a map that begins with { does not go on with a comma or end with }; add what is missing"
        ),
        ("a: \"\\q\"\n", "f:1:5: an escape after \\ is unknown; write \\\\ for a backslash, or use single quotes"),
        ("a:\n- b\n- c\n  d\n e\n-f\n", "f:6:1: a key without a colon"),
        ("- a\nb: 1\n", "f:2:1: expected an item of the list that begins at line 1; correct the indentation"),
        ("a: [1,, 2]\n", "f:1:7: a value is missing here; write it, or put the text in quotes"),
        ("a: 'b' c\n", "f:1:8: expected a key of the map that begins at line 1; correct the indentation or the quotes"),
        ("a: !x!y z\n", "f:1:4: an unknown tag handle; remove the tag, or put the text in quotes"),
        ("a: \u{0}\n", "f:1:4: byte 3 is NUL: this is not text; remove the file from the path, or save it as UTF-8"),
        ("é: \u{7}\n", "f:1:4: U+0007 cannot stand in YAML; remove it, or write it as an escape in double quotes"),
    ])
    func `what is wrong in syntax is found at its place, with what to do`(text: String, finding: String) {
        let found = findings(text)
        #expect(found.count == 1 && found[0].hasPrefix(finding), "\(found)")
    }

    @Test func `invalid UTF-8 is told by byte and by line`() {
        let file = YAMLParser().parse(Array("a: 1\nb: é".utf8) + [0xFF, 0x0A])
        #expect(
            file.diagnostics.map { $0.rendered(path: "f") } == [
                "f:2:5: byte 10 is not valid UTF-8; save the file as UTF-8"
            ]
        )
    }

    @Test func `a binary file is no text`() {
        let file = YAMLParser().parse([0x7F, 0x45, 0x4C, 0x46, 0, 0, 0])
        #expect(file.documents.isEmpty)
        #expect(file.hasErrors)
    }

    @Test func `a document's errors are found together, in the order of their places`() {
        #expect(
            YAMLParser().parse("a: 1\nb: *x\na: yes\nc: {d: 1, d: 2}\n---\ne: *y\n").diagnostics
                .map { "\($0.position?.description ?? "") \($0.severity)" }
                == ["2:4 error", "3:1 error", "3:4 warning", "4:11 error", "6:4 error"]
        )
    }

    @Test func `findings without end are cut short, but stay errors`() {
        let file = YAMLParser().parse(String(repeating: "- *x\n", count: 5_000))
        #expect(file.diagnostics.count == 101)
        #expect(file.diagnostics.last?.severity == .note)
        #expect(file.documents.map(\.hasErrors) == [true])
    }

    @Test func `a repeated key is found among many, and once for each repetition`() {
        var lines = (0..<1_000).map { "k\($0): 1" }
        lines[500] = "k7: 1"
        lines[900] = "k7: 1"
        #expect(YAMLParser().parse(lines.joined(separator: "\n")).diagnostics.map(\.position?.line) == [501, 901])
    }

    // MARK: Encodings and line ends

    @Test func `a byte-order mark is no part of the text`() {
        let file = YAMLParser().parse("\u{FEFF}a: 1\nb: 2\n")
        #expect(file.documents.first?.root["b"]?.position?.description == "2:4")
        #expect(file.documents.first?.root.position?.description == "1:1")
    }

    @Test(arguments: [true, false])
    func `UTF-16 with a byte-order mark is read`(isLittleEndian: Bool) {
        let bytes = "\u{FEFF}a: é😀\n".utf16.flatMap { unit in
            let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
            return isLittleEndian ? [low, high] : [high, low]
        }
        #expect(YAMLParser().parse(bytes).documents.map(\.root.value) == [["a": "é😀"]])
        #expect(YAMLParser().parse(bytes.dropLast()).hasErrors)
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func `lines end as forges end them`(end: String) {
        let file = YAMLParser().parse("a: 1\(end)b:\(end)- x\(end)")
        #expect(file.documents.first?.root["b"]?.position?.description == "3:1")
    }

    @Test(arguments: ["\u{85}", "\u{2028}", "\u{2029}"])
    func `what ends a line for libyaml alone does not count`(character: String) {
        let file = YAMLParser().parse("a: \"x\(character)y\" # \(character)\nb: \"\(character)\"\nc: *x\n")
        #expect(file.documents.first?.root["b"]?.position?.description == "2:4")
        #expect(file.diagnostics.map(\.position?.description) == ["3:4"])
    }

    @Test func `columns count code points`() {
        #expect(YAMLParser().parse("é😀日: *x\n").diagnostics.map(\.position?.description) == ["1:6"])
    }

    // MARK: Limits

    @Test func `100,000 nested brackets are refused at the limit`() {
        let file = YAMLParser().parse(String(repeating: "[", count: 100_000))
        #expect(file.documents.isEmpty)
        #expect(
            file.diagnostics.map { $0.rendered(path: "f") } == [
                "f:1:101: lists and maps nest more than 100 deep; flatten them"
            ]
        )
    }

    @Test func `100,000 nested block lists and maps are refused at the limit`() {
        #expect(
            YAMLParser().parse(String(repeating: "- ", count: 100_000)).diagnostics.map(\.position?.column) == [201]
        )
        #expect(
            YAMLParser().parse(String(repeating: "{a: ", count: 100_000)).diagnostics.map(\.position?.column) == [401]
        )
    }

    @Test func `nesting up to the limit is read`() {
        let limits = Limits(maxDepth: 3)
        #expect(YAMLParser(limits: limits).parse("[[[1]]]").documents.count == 1)
        #expect(YAMLParser(limits: limits).parse("[[[[1]]]]").hasErrors)
    }

    @Test func `aliases cannot nest deeper than the limit either`() {
        let lines = (1...200).map { "- &a\($0) [*a\($0 - 1)]\n" }
        let file = YAMLParser().parse("- &a0 x\n" + lines.joined())
        #expect(file.documents.isEmpty)
        #expect(file.diagnostics.map(\.message) == ["aliases make this nest more than 100 deep; flatten it"])
        #expect(file.diagnostics.map(\.position?.line) == [101])
    }

    @Test func `a bomb of aliases is refused without being expanded`() {
        let levels = (1...30).map { level in
            "l\(level): &l\(level) [" + repeatElement("*l\(level - 1)", count: 10).joined(separator: ",") + "]\n"
        }
        let file = YAMLParser().parse("l0: &l0 lol\n" + levels.joined())
        #expect(file.documents.isEmpty)
        #expect(file.diagnostics.count == 1)
        #expect(file.diagnostics.first?.position?.line == 7)
    }

    @Test func `a bomb of one large text is refused, though its nodes are few`() {
        let text = String(repeating: "x", count: 1 << 20)
        let file = YAMLParser().parse("- &a \(text)\n" + repeatElement("- *a\n", count: 17).joined())
        #expect(file.documents.isEmpty)
        #expect(
            file.diagnostics.map { $0.rendered(path: "f") } == [
                "f:18:3: aliases stand for more than 16777216 bytes of text; write less through aliases"
            ]
        )
    }

    @Test func `what aliases stand for is counted exactly, keys and aliases in it too`() {
        // The first alias stands for `ab`, the second for `key`, `ab`, `x` and `ab`.
        let text = "- &a ab\n- &b {key: ab, ? x : *a}\n- *b\n"
        #expect(!YAMLParser(limits: Limits(maxAliasedBytes: 2 + 8)).parse(text).hasErrors)
        #expect(YAMLParser(limits: Limits(maxAliasedBytes: 2 + 7)).parse(text).hasErrors)
    }

    @Test func `a bomb of merge keys is refused, too`() {
        let keys = (0..<1_000).map { "k\($0): 1" }.joined(separator: ", ")
        let merges = repeatElement("*base", count: 2_000).joined(separator: ",")
        let file = YAMLParser().parse("base: &base {\(keys)}\nmerged: {<<: [\(merges)]}\n")
        #expect(file.documents.isEmpty)
        #expect(file.diagnostics.first?.message.contains("more than 1000000 nodes") == true)
    }

    @Test func `what aliases come to is counted exactly`() {
        // 1 map, 2 keys, a list of 3 with 3 items, and once more the list: 1 + 2 + 4 + 4.
        let text = "a: &a [1, 2, 3]\nb: *a\n"
        #expect(!YAMLParser(limits: Limits(maxExpandedNodes: 11)).parse(text).hasErrors)
        #expect(YAMLParser(limits: Limits(maxExpandedNodes: 10)).parse(text).hasErrors)
    }

    @Test func `nodes and bytes are limited`() {
        let text = "- 1\n- 2\n"
        #expect(!YAMLParser(limits: Limits(maxNodes: 3)).parse(text).hasErrors)
        #expect(findings(text, limits: Limits(maxNodes: 2)) == ["f:2:3: the file has more than 2 nodes; split it"])
        #expect(!YAMLParser(limits: Limits(maxBytes: 8)).parse(text).hasErrors)
        #expect(findings(text, limits: Limits(maxBytes: 7)) == ["f: the file has 8 bytes, more than 7; split it"])
    }

    @Test(arguments: ["", "\u{FEFF}"])
    func `tag directives are limited, as libyaml compares each with all`(start: String) {
        let directives = (1...101).map { "%TAG !a\($0)! x\n" }
        #expect(!YAMLParser().parse(start + directives.dropLast().joined() + "--- a\n").hasErrors)
        #expect(
            findings(start + directives.joined() + "--- a\n") == [
                "f:101:1: the file has more than 100 %TAG directives; write the tags out"
            ]
        )
        // Content that only looks like them.
        let text = "a: |\n" + repeatElement("  %TAG\n", count: 200).joined()
        #expect(!YAMLParser().parse(start + text).hasErrors)
    }

    @Test func `documents before a limit stay`() {
        let file = YAMLParser(limits: Limits(maxNodes: 4)).parse("- 1\n---\n- 1\n- 2\n- 3\n")
        #expect(file.documents.map(\.root.value) == [[1]])
    }

    // MARK: Anything

    @Test func `damaged YAML never crashes the parser, and findings lie inside the file`() {
        var generator = SeededGenerator(seed: 6)
        let seeds = [
            "a: &x {b: [1, 2], <<: {c: d}}\ne: *x\n---\nf: |\n  text\n  more\ng: \"q\\n\"\n? h\n: 'i'\n",
            "- !!str 1\n- !mine {a: *a, &a b: c}\n- >-\n  folded\n\n  text # no\n%YAML 1.2\n--- \u{85}é😀\n",
            "{\"a\": [1, 2.5, true, null, {\"b\": []}]}\n",
        ]
        let pieces: [[UInt8]] = [
            "\t", "\n", "- ", ": ", "<<: *x", "&x ", "*x", "[", "]", "{", "}", "\"", "'", "|", "---\n", "\u{2028}",
        ]
        .map { Array($0.utf8) }
        for _ in 0..<6_000 {
            var bytes = Array((seeds.randomElement(using: &generator) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[index] = UInt8(truncatingIfNeeded: generator.next())
                case 1: bytes.insert(contentsOf: pieces.randomElement(using: &generator) ?? [], at: index)
                case 2 where bytes.count > 1: bytes.remove(at: index)
                default: bytes.insert(contentsOf: bytes[..<index], at: index)
                }
            }
            expectSound(bytes)
        }
    }

    @Test func `random bytes never crash the parser`() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<3_000 {
            let count = Int.random(in: 0..<200, using: &generator)
            expectSound((0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
            expectSound((0..<count).map { _ in UInt8.random(in: 0x20..<0x7F, using: &generator) })
        }
    }

    private func expectSound(_ bytes: [UInt8]) {
        let file = YAMLParser().parse(bytes)
        let lines = bytes.count { $0 == 0x0A || $0 == 0x0D } + 1
        for diagnostic in file.diagnostics {
            guard let position = diagnostic.position else { continue }
            #expect((1...lines).contains(position.line), "\(bytes)")
            #expect((1...(bytes.count + 1)).contains(position.column), "\(bytes)")
        }
        for document in file.documents where !document.hasErrors {
            // What is accepted can be used: as a value, node by node, and written again.
            let value = document.root.value
            #expect(YAMLParser().parse(value.yaml).documents.first?.root.value == value || value.isNull, "\(bytes)")
            #expect(document.root.entries.allSatisfy { document.root[$0.key] != nil }, "\(bytes)")
        }
    }
}
