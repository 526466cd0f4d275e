import Testing
import YAML

@Suite struct MapTests {
    @Test func `a new key is appended, a known one keeps its place, nil removes`() {
        var map: Map = ["b": 1, "a": 2]
        map["c"] = 3
        map["b"] = 4
        #expect(Array(map.keys) == ["b", "a", "c"])
        #expect(map["b"] == 4)
        map["a"] = nil
        map["none"] = nil
        #expect(Array(map.keys) == ["b", "c"])
        #expect(map.count == 2)
    }

    @Test func `of a key given twice the last value stays`() {
        let map: Map = ["a": 1, "b": 2, "a": 3]
        #expect(map == ["a": 3, "b": 2])
    }

    @Test func `order counts for equality until sorted`() {
        let left: Map = ["a": 1, "b": 2]
        let right: Map = ["b": 2, "a": 1]
        #expect(left != right)
        #expect(left.sortedByKey() == right.sortedByKey())
    }

    @Test func `sorting goes by bytes`() {
        let map: Map = ["é": 1, "b": 2, "Z": 3, "😀": 4, "": 5, "ba": 6, "\u{FFFD}": 7]
        #expect(Array(map.sortedByKey().keys) == ["", "Z", "b", "ba", "é", "\u{FFFD}", "😀"])
    }

    @Test func `keys are told apart by bytes`() {
        var map: Map = ["é": 1]
        map["e\u{301}"] = 2
        #expect(map.count == 2)
        #expect(map["é"] == 1)
    }
}
