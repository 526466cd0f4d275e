import Resources
import Testing
import YAML

@Suite struct SchemaTests {
    private func revision(_ more: String) -> Value { Reading.value("{container: {image: a}\(more)}") }

    @Test(arguments: [
        ("", ", concurrencyModel: Multi", true), (", concurrencyModel: ''", ", concurrencyModel: MultiThreaded", true),
        (", concurrencyModel: Single", ", concurrencyModel: SingleThreaded", true),
        (", concurrencyModel: Single", ", containerConcurrency: 1", true), ("", ", containerConcurrency: 0", true),
        (", concurrencyModel: Single", ", concurrencyModel: Multi", false), ("", ", containerConcurrency: 5", false),
        (", concurrencyModel: Multi", ", concurrencyModel: multi", false), ("", ", timeoutSeconds: 20", false),
    ])
    func `spellings of the concurrency are no change`(a: String, b: String, expected: Bool) {
        let (a, b) = (revision(a), revision(b))
        #expect(Schema.isSameSpec(.revision, a, b) == expected)
        func configuration(_ spec: Value) -> Value { ["revisionTemplate": ["spec": spec]] }
        #expect(Schema.isSameSpec(.configuration, configuration(a), configuration(b)) == expected)
        func service(_ spec: Value) -> Value { ["runLatest": ["configuration": configuration(spec)]] }
        #expect(Schema.isSameSpec(.service, service(a), service(b)) == expected)
    }

    @Test func `a Route's two forms are no change`() {
        let targets: Value = [["configurationName": "a", "percent": 100], ["name": "n", "revisionName": "r"]]
        let filled: Value = [
            ["configurationName": "a", "percent": 100], ["name": "n", "revisionName": "r", "percent": 0],
        ]
        #expect(Schema.isSameSpec(.route, ["traffic": targets], ["rollout": ["traffic": filled]]))
        #expect(!Schema.isSameSpec(.route, ["traffic": targets], ["traffic": []]))
        #expect(Schema.isSameSpec(.route, [:], ["rollout": [:]]))
    }

    @Test func `defaults go where maps are, in the table's order, and once`() {
        let spec = revision(", timeoutSeconds: 20")
        let expected: Value = [
            "container": ["image": "a"], "concurrencyModel": "Multi", "timeoutSeconds": 20, "servingState": "Active",
        ]
        #expect(Schema.defaulted(.revision, spec) == expected)
        #expect(Schema.defaulted(.revision, expected) == expected)
        #expect(Schema.defaulted(.configuration, ["revisionTemplate": [:]]) == ["revisionTemplate": [:]])
        let limited: Value = ["revisionTemplate": ["spec": ["containerConcurrency": 3]]]
        #expect(Schema.defaulted(.configuration, limited) == limited)
        #expect(Schema.defaulted(.route, ["traffic": []]) == ["traffic": []])
    }

    @Test(arguments: Kind.allCases)
    func `every field is documented and every alias means one field`(kind: Kind) {
        var names: Set<String> = []
        func visit(_ schema: Schema) {
            guard names.insert(schema.name).inserted else { return }
            for field in schema.fields {
                #expect(!field.documentation.isEmpty)
                for name in [field.name, field.name.uppercased()] + field.aliases {
                    #expect(schema.field(name)?.name == field.name)
                }
                visit(field.type)
            }
        }
        func visit(_ type: Schema.FieldType) {
            switch type {
            case .record(let schema): visit(schema)
            case .list(let item, _): visit(item)
            default: break
            }
        }
        visit(Schema.of(kind))
        #expect(Schema.of(kind).field("spec") != nil)
    }

    @Test(arguments: 0..<200)
    func `what is written is read back the same`(seed: UInt64) throws {
        var random = SeededValues(seed: seed)
        let kinds: [Kind] = [.service, .configuration, .route, .build, .buildTemplate]
        let kind = kinds[Int(seed) % kinds.count]
        let wished = random.object(kind)
        // A random object breaks rules of admission: read it by the table alone, as an edit's first half does.
        let first = try Self.canonical(wished, kind)
        let text = first.yaml
        let node = YAMLParser().parse(text).documents.first?.root
        let second = try Self.canonical(try #require(node).value, kind)
        #expect(second == first, "seed \(seed):\n\(text)")
        #expect(try PatchForm.canonical(first, kind: kind) == first, "seed \(seed)")
        #expect(FieldChange.between(first, second, kind: kind).isEmpty)
        let merged = ThreeWayMerge.merged(kind, lastApplied: first, desired: first, live: first)
        #expect(merged == first)
    }

    private static func canonical(_ value: Value, _ kind: Kind) throws -> Value {
        let (canonical, problems) = Schema.of(kind).canonical(.make(from: value))
        #expect(problems.isEmpty)
        return canonical
    }
}

/// Objects that a table allows, drawn from a seed.
struct SeededValues {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

    private mutating func draw(_ limit: Int) -> Int {
        // xorshift64*
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return Int((state &* 0x2545_f491_4f6c_dd1d) >> 33) % limit
    }

    mutating func object(_ kind: Kind) -> Value {
        var map = record(Schema.of(kind), depth: 0)
        for name in ["apiversion", "kind"] { map[name] = nil }
        map["apiVersion"] = .string(kind.apiVersion)
        map["kind"] = .string(kind.name)
        return .map(map)
    }

    private mutating func record(_ schema: Schema, depth: Int) -> Map {
        var map = Map()
        // In any order, in any letter case.
        var fields = schema.fields
        if draw(2) == 0 { fields.reverse() }
        for field in fields where draw(depth < 5 ? 2 : 6) == 0 {
            // Flattened fields would now and then stand twice, which is an error.
            if schema.name == "configuration", field.name != "build", field.name != "revisionTemplate" { continue }
            guard let value = value(field.type, depth: depth + 1) else { continue }
            map[draw(4) == 0 ? field.name.lowercased() : field.name] = value
        }
        return map
    }

    private mutating func value(_ type: Schema.FieldType, depth: Int) -> Value? {
        switch type {
        case .ignored: return draw(2) == 0 ? "ignored" : nil as Value?
        case .string: return text()
        case .word(let words): return .string(words[draw(words.count)].lowercased())
        case .integer, .rolloutStep: return .int(draw(1_000) - 500)
        case .boolean: return .bool(draw(2) == 0)
        case .integerOrString: return draw(2) == 0 ? .int(draw(9_000)) : "http"
        case .stringMap: return .map(Map((0..<draw(4)).map { ("k\(9 - $0)", text()) }))
        case .any: return ["z": .int(1), "a": ["x": .list([text(), .bool(true)])]]
        case .record(let schema): return .map(record(schema, depth: depth))
        case .list(let item, _): return .list((0..<draw(3)).compactMap { _ in value(item, depth: depth) })
        }
    }

    private mutating func text() -> Value {
        let texts: [Value] = ["shop", "1.10", "true", "", "null", "ä: #b\nc", .int(7), .bool(true), "~", " x "]
        return texts[draw(texts.count)]
    }
}
