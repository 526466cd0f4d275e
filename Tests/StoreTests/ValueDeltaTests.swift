import Testing
import YAML

@testable import Store

@Suite struct ValueDeltaTests {
    @Test(
        arguments: [
            (["a": 1], ["a": 1]),
            (["a": 1, "b": 2], ["b": 2, "a": 1]),
            (["a": ["b": [1, 2]]], ["a": ["b": [1, 3], "c": 4]]),
            (["a": 0], [:]),
            ([1, 2], [1]),
            (0, 1),
            ([[1], ["x": .null]], [[1], ["x": "y", "z": 1.5]]),
            ("text", ["a": 1]),
        ] as [(Value, Value)]
    )
    func `a delta gives the value back`(value: Value, base: Value) {
        #expect(ValueDelta.decoded(ValueDelta.encoded(value, against: base), against: base) == value)
    }

    @Test func `what defaults were added to costs little`() {
        let desired: Value = ["spec": ["container": ["image": "shop:1", "env": [["name": "A", "value": "B"]]]]]
        let live: Value = [
            "spec": ["container": ["image": "shop:1", "env": [["name": "A", "value": "B"]]], "timeoutSeconds": 300]
        ]
        #expect(ValueDelta.encoded(desired, against: live).json == #"[2,{"spec":[2,{"container":0}]}]"#)
    }

    @Test func `a delta of another base is found out`() {
        #expect(ValueDelta.decoded([2, ["a": 0]], against: 1) == nil)
        #expect(ValueDelta.decoded([3, 0], against: [1, 2]) == nil)
        #expect(ValueDelta.decoded(["a"], against: [1, 2]) == nil)
    }
}
