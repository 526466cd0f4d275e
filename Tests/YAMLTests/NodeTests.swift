import Testing
import YAML

@Suite struct NodeTests {
    private func root(_ text: String) throws -> Node {
        let file = YAMLParser().parse(text)
        #expect(!file.hasErrors, "\(file.diagnostics)")
        return try #require(file.documents.first).root
    }

    @Test func `nodes know their places`() throws {
        let root = try root("a: 1\nb:\n- x\n- é: [2, 3]\n")
        #expect(root.position?.description == "1:1")
        #expect(root["a"]?.position?.description == "1:4")
        let list = try #require(root["b"])
        #expect(list.position?.description == "3:1")
        #expect(list.items.map { $0.position?.description } == ["3:3", "4:3"])
        let inner = try #require(Array(list.items)[1]["é"])
        #expect(inner.position?.description == "4:6")
        #expect(inner.items.map { $0.position?.description } == ["4:7", "4:10"])
    }

    @Test func `entries give key, key's node and value in order`() throws {
        let root = try root("b: 1\na: [x]\n1: {}\n")
        #expect(root.entries.map(\.key) == ["b", "a", "1"])
        #expect(root.entries.map { $0.keyNode.position?.line } == [1, 2, 3])
        #expect(root.entries.map(\.value.kind) == [.scalar, .sequence, .mapping])
        #expect(root.count == 3)
        #expect(root["c"] == nil)
        #expect(Array(root.items).isEmpty)
    }

    @Test func `a scalar keeps its source text`() throws {
        let root = try root("a: True\nb: 0x10\nc: \"q\\n\"\nd: >\n  x\n  y\ne:\n")
        #expect(root.entries.map(\.value.text) == ["True", "0x10", "q\n", "x y\n", ""])
        #expect(root.entries.map(\.value.isPlain) == [true, true, false, false, true])
        #expect(root.entries.map { $0.value.scalarValue() } == [true, 16, "q\n", "x y\n", .null])
        #expect(root.text == "")
        #expect(root.scalarValue() == .null)
    }

    @Test func `tags are told in full`() throws {
        let root = try root("- !!str 1\n- !mine 2\n- ! 3\n- 4\n- !!map {}\n")
        #expect(root.items.map(\.tag) == ["tag:yaml.org,2002:str", "!mine", "!", nil, "tag:yaml.org,2002:map"])
    }

    @Test func `an alias is the node that it names`() throws {
        let root = try root("a: &x {k: [1]}\nb: *x\nc: [*x, *x]\n")
        #expect(root.value == ["a": ["k": [1]], "b": ["k": [1]], "c": [["k": [1]], ["k": [1]]]])
        #expect(root["b"]?.position?.description == "1:4")
    }

    @Test func `an alias may be a key`() throws {
        #expect(try root("a: &k name\n*k : 2\n").value == ["a": "name", "name": 2])
    }

    @Test func `a later anchor of the same name hides the earlier`() throws {
        #expect(try root("- &a 1\n- *a\n- &a 2\n- *a\n").value == [1, 1, 2, 2])
    }

    @Test func `explicit keys win over merged ones, and earlier merges over later`() throws {
        let text = """
            one: &one {a: 1, b: 1}
            two: &two {b: 2, c: 2}
            both: {<<: [*one, *two], c: 3}
            inline: {d: 4, <<: {d: 5, e: 5}}
            """
        let root = try root(text)
        #expect(root["both"]?.value == ["c": 3, "a": 1, "b": 1])
        #expect(root["both"]?.count == 3)
        #expect(root["both"]?.entries.map(\.key) == ["c", "a", "b"])
        #expect(root["both"]?["b"]?.scalarValue() == 1)
        #expect(root["both"]?["<<"] == nil)
        #expect(root["inline"]?.value == ["d": 4, "e": 5])
    }

    @Test func `merges follow merges`() throws {
        let root = try root("a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b, z: 3}\n")
        #expect(root["c"]?.value == ["z": 3, "y": 2, "x": 1])
    }

    @Test func `a quoted merge key is a key like any other`() throws {
        #expect(try root("\"<<\": {a: 1}\n").value == ["<<": ["a": 1]])
    }

    @Test func `a value becomes nodes without places and back`() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<500 {
            let value = Value.random(using: &generator)
            let node = Node.make(from: value)
            #expect(node.value == value)
            #expect(node.position == nil)
        }
        #expect(Document(value: [1]).root.count == 1)
        #expect(!Document(value: .null).hasErrors)
    }
}
