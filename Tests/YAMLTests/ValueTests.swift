import Testing
import YAML

@Suite struct ValueTests {
    @Test func `literals make values`() {
        let value: Value = ["a": [1, 2.5, true, .null, "x"], "b": [:]]
        #expect(value["a"] == .list([.int(1), .double(2.5), .bool(true), .null, .string("x")]))
        #expect(value["b"] == .map(Map()))
    }

    @Test func `accessors give nil for another shape`() {
        let value: Value = 3
        #expect(value.int == 3)
        #expect(value.double == 3)
        #expect(value.string == nil)
        #expect(value.bool == nil)
        #expect(value.list == nil)
        #expect(value.map == nil)
        #expect(value["a"] == nil)
        #expect(!value.isNull)
    }

    @Test func `canonically equivalent strings are not equal`() {
        #expect(Value.string("é") != .string("e\u{301}"))
        // Of the same length in bytes, but with two marks in another order.
        #expect("a\u{323}\u{307}" == "a\u{307}\u{323}")
        #expect(Value.string("a\u{323}\u{307}") != .string("a\u{307}\u{323}"))
    }

    @Test func `a whole number and a double are not equal`() {
        #expect(Value.int(1) != .double(1))
    }

    @Test func `NaN equals itself with the same hash, and the two zeros differ`() {
        #expect(Value.double(.nan) == .double(-.nan))
        #expect(Value.double(.nan).hashValue == Value.double(-.nan).hashValue)
        #expect(Value.double(0) != .double(-0.0))
    }
}
