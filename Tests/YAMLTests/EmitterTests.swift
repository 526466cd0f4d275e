import Foundation
import Testing
import YAML

@Suite struct EmitterTests {
    @Test func `block style is laid out as kubectl does`() {
        let value: Value = [
            "apiVersion": "serving.knative.dev/v1",
            "metadata": ["name": "shop", "annotations": [:]],
            "spec": [
                "containers": [
                    ["image": "shop:2", "args": ["--port=80", "-v"], "env": []],
                    ["image": "side", "ports": [["containerPort": 8080]]],
                ],
                "matrix": [[1, 2], [], [[3]]],
            ],
            "script": "line\n  indented\n\nend\n",
        ]
        #expect(
            value.yaml == """
                apiVersion: serving.knative.dev/v1
                metadata:
                  name: shop
                  annotations: {}
                spec:
                  containers:
                  - image: shop:2
                    args:
                    - --port=80
                    - -v
                    env: []
                  - image: side
                    ports:
                    - containerPort: 8080
                  matrix:
                  - - 1
                    - 2
                  - []
                  - - - 3
                script: |
                  line
                    indented

                  end

                """
        )
    }

    @Test(arguments: [
        "shop", "shop:2", "a b", "10m", "1Gi", "./run", "/bin/sh", "-v", "--port=80", "$(HOME)", "a#b", "größe", "日本",
        "😀",
        "https://example.com/?a=b", "a,b", "x[0]", "nope", "yesterday", "5s",
    ])
    func `what no reader misreads stands plain`(text: String) {
        #expect(Value.string(text).yaml == text + "\n")
    }

    @Test(arguments: [
        "", " ", "a ", " a", "y", "N", "yes", "No", "ON", "off", "true", "False", "null", "NULL", "~", "1", "-1", "+1",
        "0777", "0o17",
        "0x1F", "0b1", "1_000", "1.5", ".5", "1e3", "1.0e+3", ".inf", "-.INF", ".NaN", "1:30", "1:30:59.5",
        "2001-12-14",
        "2001-12-14T21:59:43Z", "2001-12-14 21:59:43", "1.2.3", "a: b", "a:", "a #b", "#a", "- a", "-", "---", "--- a",
        "...", "? a",
        "?", ":", ": a", "&a", "*a", "!a", "|", ">", "'a'", "\"a\"", "%a", "@a", "`a`", "{a}", "[a]", ",a", "=", "<<",
        "\t", "a\tb",
    ])
    func `what some reader could misread stands in quotes`(text: String) {
        let escaped = text.replacingOccurrences(of: "\"", with: "\\\"").replacingOccurrences(of: "\t", with: "\\t")
        #expect(Value.string(text).yaml == "\"\(escaped)\"\n")
    }

    @Test(arguments: [
        ("a\nb", "|-\n  a\n  b\n"), ("a\nb\n", "|\n  a\n  b\n"), ("a\nb\n\n", "|+\n  a\n  b\n\n"),
        ("a\n\n\n", "|+\n  a\n\n\n"),
        ("a\n\n b", "|-\n  a\n\n   b\n"), ("# a\n--- b\n", "|\n  # a\n  --- b\n"), ("a\tb\nc", "|-\n  a\tb\n  c\n"),
        ("\na", #""\na""# + "\n"), (" a\nb", #"" a\nb""# + "\n"), ("a \nb", #""a \nb""# + "\n"),
        ("a\n\tb", #""a\n\tb""# + "\n"),
        ("a\n  \nb", #""a\n  \nb""# + "\n"), ("a\r\nb", #""a\r\nb""# + "\n"), ("a\n\u{2028}", #""a\n\u2028""# + "\n"),
        ("\n", #""\n""# + "\n"),
    ])
    func `text of several lines is a literal block where that is safe`(text: String, yaml: String) {
        #expect(Value.string(text).yaml == yaml)
    }

    @Test func `invisible characters are escapes`() {
        let text = "\u{0}\u{7F}\u{85}\u{A0}\u{AD}\u{200B}\u{202E}\u{FEFF}\u{E0041}"
        #expect(Value.string(text).yaml == #""\x00\x7f\x85\xa0\xad\u200b\u202e\ufeff\U000e0041""# + "\n")
    }

    @Test(arguments: [
        (1.0, "1.0"), (1e20, "1.0e+20"), (1.5e-7, "1.5e-07"), (.infinity, ".inf"), (-.infinity, "-.inf"),
        (.nan, ".nan"),
        (-0.0, "-0.0"), (0.1, "0.1"),
    ])
    func `doubles have the form that both versions read`(number: Double, text: String) {
        #expect(Value.double(number).yaml == text + "\n")
        #expect(parsed(text) == .double(number))
    }

    @Test func `long keys are announced by a question mark`() {
        let key = String(repeating: "k", count: 1_500)
        let value: Value = .map([key: ["a": [1]], "list": 1])
        #expect(value.yaml.hasPrefix("? kkk"))
        #expect(parsed(value.yaml) == value)
    }

    @Test func `comment lines may be put before it`() {
        let value: Value = ["a": 1]
        #expect(parsed("# written by a machine\n# do not edit\n" + value.yaml) == value)
    }

    @Test func `random values come back from our parser, without a warning`() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<3_000 {
            let value = Value.random(using: &generator)
            let file = YAMLParser().parse(value.yaml)
            #expect(file.documents.first?.root.value == value, "\(visible(value.yaml))")
            #expect(file.diagnostics == [], "\(visible(value.yaml))")
        }
    }

    @Test(.enabled(if: PyYAML.isInstalled, "needs python3 with PyYAML, which reads YAML 1.1"))
    func `random values come back from PyYAML`() throws {
        var generator = SeededGenerator(seed: 4)
        let values = (0..<1_000).map { _ in Value.random(using: &generator) }
        let results = try PyYAML.load(values.map(\.yaml))
        try #require(results.count == values.count)
        for (value, result) in zip(values, results) {
            #expect(result == value, "\(visible(value.yaml))")
        }
    }
}

/// A reader of YAML 1.1 that is not ours.
private enum PyYAML {
    static var isInstalled: Bool { (try? run("import yaml", input: Data())) != nil }

    /// Reads texts; both ways of a process carry one JSON list, so that nothing depends on line ends.
    static func load(_ texts: [String]) throws -> [Value] {
        let script = """
            import json, sys, yaml
            texts = json.loads(sys.stdin.buffer.read().decode("utf-8"))
            values = [yaml.load(text, Loader=yaml.SafeLoader) for text in texts]
            json.dump(values, sys.stdout, default=lambda value: {"unexpected": repr(value)})
            """
        let input = Value.list(texts.map(Value.string)).json
        let output = try run(script, input: Data(input.utf8))
        return try Value(json: [UInt8](output)).list ?? []
    }

    private struct Failure: Error {}

    private static func run(_ script: String, input: Data) throws -> Data {
        // Through files, so that no full pipe can stop either side.
        let folder = FileManager.default.temporaryDirectory.appending(path: "yaml-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // A leftover in a temporary folder harms nobody.
        let (inputFile, outputFile) = (folder.appending(path: "in"), folder.appending(path: "out"))
        try input.write(to: inputFile)
        try Data().write(to: outputFile)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script]
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure() }
        return try Data(contentsOf: outputFile)
    }
}
