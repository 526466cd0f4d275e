import Resources
import Testing
import YAML

@Suite struct StrategicMergeTests {
    private func service(_ env: String, image: String = "shop:1", more: String = "") -> Value {
        Reading.value(
            "{metadata: {name: shop}, spec: {runLatest: {configuration: {revisionTemplate: {spec: "
                + "{container: {image: \(image), env: \(env)}\(more)}}}}}}"
        )
    }

    private func configuration(_ container: String) -> Value {
        Reading.value("{spec: {revisionTemplate: {spec: {container: \(container)}}}}")
    }

    @Test func `a patch of one variable keeps the others and their order`() throws {
        let live = service("[{name: FOO, value: bar}, {name: HELLO, value: world}]")
        let patched = try StrategicMerge.apply(
            patch: service("[{name: HELLO, value: blurg}]"),
            to: live,
            kind: .service
        )
        #expect(patched == service("[{name: FOO, value: bar}, {name: HELLO, value: blurg}]"))
    }

    @Test(arguments: [
        ("[{name: C, value: 3}]", "[{name: A, value: '1'}, {name: B, value: '2'}, {name: C, value: '3'}]"),
        ("[{$patch: delete, name: A}]", "[{name: B, value: '2'}]"),
        ("[{$patch: delete, name: X}]", "[{name: A, value: '1'}, {name: B, value: '2'}]"),
        ("[{$patch: replace}, {name: C, value: 3}]", "[{name: C, value: '3'}]"),
        (
            "[{name: A, value: null, valueFrom: {fieldRef: {fieldPath: x}}}]",
            "[{name: A, valueFrom: {fieldRef: {fieldPath: x}}}, {name: B, value: '2'}]"
        ),
    ])
    func `variables merge by name`(patch: String, expected: String) throws {
        let live = configuration("{image: a, env: [{name: A, value: '1'}, {name: B, value: '2'}]}")
        let patched = try StrategicMerge.apply(patch: configuration("{env: \(patch)}"), to: live, kind: .configuration)
        #expect(patched == configuration("{image: a, env: \(expected)}"))
    }

    @Test(arguments: [
        ("{$setElementOrder/env: [{name: B}, {name: A}], env: []}", "B A"),
        ("{$setElementOrder/env: [{name: B}, {name: A}]}", "B A"),
        ("{$setElementOrder/env: [{name: C}, {name: A}], env: [{name: C, value: '3'}]}", "C A B"),
        ("{$setElementOrder/env: [{name: A}, {name: C}], env: [{name: C, value: '3'}]}", "A B C"),
    ])
    func `an order is kept, and others stay in their places`(patch: String, expected: String) throws {
        let live = configuration("{env: [{name: A, value: '1'}, {name: B, value: '2'}]}")
        let patched = try StrategicMerge.apply(patch: configuration(patch), to: live, kind: .configuration)
        let env = patched["spec"]?["revisionTemplate"]?["spec"]?["container"]?["env"]?.list ?? []
        #expect(env.compactMap { $0["name"]?.string }.joined(separator: " ") == expected)
    }

    @Test(arguments: [
        ("{args: [c]}", "{image: x, args: [c], livenessProbe: {exec: {command: [a]}}}"),
        (
            "{livenessProbe: {$patch: replace, periodSeconds: 3}}",
            "{image: x, args: [a, b], livenessProbe: {periodSeconds: 3}}"
        ),
        ("{livenessProbe: {$patch: delete}}", "{image: x, args: [a, b], livenessProbe: {}}"),
        (
            "{livenessProbe: {$retainKeys: [tcpSocket], tcpSocket: {port: 1}}}",
            "{image: x, args: [a, b], livenessProbe: {tcpSocket: {port: 1}}}"
        ),
        ("{$deleteFromPrimitiveList/args: [a]}", "{image: x, args: [b], livenessProbe: {exec: {command: [a]}}}"),
        ("{livenessProbe: null}", "{image: x, args: [a, b]}"),
        ("{ARGS: [c], Image: 1.10}", "{image: '1.10', args: [c], livenessProbe: {exec: {command: [a]}}}"),
    ])
    func `maps merge, other lists are replaced, directives work`(patch: String, expected: String) throws {
        let live = configuration("{image: x, args: [a, b], livenessProbe: {exec: {command: [a]}}}")
        let read = try PatchForm.read(
            Reading.node("{spec: {revisionTemplate: {spec: {container: \(patch)}}}}"),
            kind: .configuration
        )
        let patched = try StrategicMerge.apply(patch: read, to: live, kind: .configuration)
        #expect(patched == configuration(expected))
    }

    @Test(arguments: [
        ("{env: [{value: a}]}", "an item of env has no name; lists of that name merge by it"),
        ("{env: [{$patch: remove, name: A}]}", "unknown $patch \"remove\"; write merge, replace or delete"),
        ("{env: [A]}", "an item of env is no map; write it with its name"),
        ("{$retainKeys: [args], image: a}", "the patch sets \"image\", which $retainKeys does not name; add it there"),
        ("{$setElementOrder/env: [], env: [{name: A}]}", "$setElementOrder/env does not name A of the patch; add it"),
        ("{image: a, Image: b}", "\"image\" stands twice in container, with different values; keep one"),
    ])
    func `patches that break the rules say so`(patch: String, expected: String) {
        #expect(throws: ResourcesError(.invalid, expected)) {
            try StrategicMerge.apply(patch: configuration(patch), to: configuration("{}"), kind: .configuration)
        }
    }

    @Test func `a patch may use the flattened form and the seed's spelling`() throws {
        let live = service("[]")
        let patch = Reading.value("{spec: {runLatest: {configuration: {container: {image: shop:2}}}}}")
        #expect(try StrategicMerge.apply(patch: patch, to: live, kind: .service) == service("[]", image: "shop:2"))
        let pinned = Reading.value("{spec: {pinned: {revisionName: def}}}")
        let seed = Reading.value("{spec: {pinned: {revisionname: ghi}}}")
        let moved = try StrategicMerge.apply(patch: seed, to: pinned, kind: .service)
        #expect(moved == ["spec": ["pinned": ["revisionName": "ghi"]]])
    }

    @Test func `traffic is replaced whole, in the form that the Route has`() throws {
        let live = Reading.value("{spec: {rollout: {traffic: [{revisionName: a, percent: 100}]}}}")
        let patch = Reading.value("{spec: {traffic: [{revisionName: b, percent: 100}]}}")
        let patched = try StrategicMerge.apply(patch: patch, to: live, kind: .route)
        #expect(patched == Reading.value("{spec: {rollout: {traffic: [{revisionName: b, percent: 100}]}}}"))
    }
}

@Suite struct ThreeWayMergeTests {
    private func whole(_ spec: String, labels: String = "{}") -> Value {
        Reading.value("{metadata: {labels: \(labels)}, spec: {revisionTemplate: {spec: \(spec)}}}")
    }

    @Test func `removed fields go, defaults and additions by others stay`() {
        let merged = ThreeWayMerge.merged(
            .configuration,
            lastApplied: whole(
                "{container: {image: a, workingDir: /x}, timeoutSeconds: 20}",
                labels: "{a: '1', b: '2'}"
            ),
            desired: whole("{container: {image: b}}", labels: "{a: '2'}"),
            live: whole(
                "{container: {image: a, workingDir: /x, tty: true}, concurrencyModel: Multi, timeoutSeconds: 20}",
                labels: "{a: '1', b: '2', z: hand}"
            )
        )
        #expect(
            merged == whole("{container: {image: b, tty: true}, concurrencyModel: Multi}", labels: "{a: '2', z: hand}")
        )
    }

    @Test(arguments: [
        // last applied, desired, live, expected
        ("A B", "A B", "A B", "A B"), ("A B", "A", "A B", "A"), ("A B", "B A", "A B", "B A"),
        ("A", "A B", "A X", "A X B"), ("A B", "A N B", "A X B", "A X N B"), ("A", "N A", "A X", "N A X"),
        ("", "A", "X", "X A"), ("A", "", "A X", "X"), ("A", "A", "X", "X A"),
    ])
    func `variables follow the manifest's order, those of others keep their places`(
        last: String,
        desired: String,
        live: String,
        expected: String
    ) {
        func object(_ names: String) -> Value {
            let items = names.split(separator: " ").map { "{name: \($0), value: '1'}" }
            return whole("{container: {image: a, env: [\(items.joined(separator: ", "))]}}")
        }
        let merged = ThreeWayMerge.merged(
            .configuration,
            lastApplied: object(last),
            desired: object(desired),
            live: object(live)
        )
        #expect(merged == object(expected))
        let again = ThreeWayMerge.merged(
            .configuration,
            lastApplied: object(desired),
            desired: object(desired),
            live: merged
        )
        #expect(again == merged)
    }

    @Test func `what excludes the manifest's choice goes, whoever wrote it`() {
        let desired = Reading.value("{spec: {runLatest: {configuration: {revisionTemplate: {}}}}}")
        let live = Reading.value("{spec: {pinned: {revisionName: a}}}")
        #expect(ThreeWayMerge.merged(.service, lastApplied: desired, desired: desired, live: live) == desired)

        let limited = whole("{container: {image: a}, containerConcurrency: 5}")
        let defaulted = whole("{container: {image: a}, concurrencyModel: Multi}")
        #expect(ThreeWayMerge.merged(.configuration, lastApplied: nil, desired: limited, live: defaulted) == limited)

        let variable = whole("{container: {env: [{name: A, value: '1'}]}}")
        let secret = whole("{container: {env: [{name: A, valueFrom: {fieldRef: {fieldPath: x}}}]}}")
        #expect(
            ThreeWayMerge.merged(.configuration, lastApplied: variable, desired: variable, live: secret) == variable
        )
    }

    @Test func `an unchanged manifest changes nothing of its object`() throws {
        let desired = try Reading.one(
            """
            apiVersion: elafros.dev/v1alpha1
            kind: Service
            metadata: {name: shop, labels: {a: b}}
            spec: {runLatest: {configuration: {revisionTemplate: {spec: {container: {image: "shop:1"}}}}}}
            """
        )
        let live = desired.draft
        #expect(desired.applied(over: live, lastApplied: desired.lastApplied) == live)
        #expect(desired.applied(over: live, lastApplied: nil) == live)
    }

    @Test(arguments: [
        (
            "elafros.dev/v1alpha1", "Service",
            "{runLatest: {configuration: {revisionTemplate: {%@spec: {container: {image: a}}}}}}"
        ),
        ("elafros.dev/v1alpha1", "Configuration", "{revisionTemplate: {%@spec: {container: {image: a}}}}"),
        ("serving.knative.dev/v1", "Service", "{template: {%@spec: {containers: [{image: a}]}}}"),
    ])
    func `a Revision's name that only the live object has goes`(version: String, kind: String, spec: String) throws {
        func desired(_ metadata: String) throws -> Desired {
            let spec = spec.replacing("%@", with: metadata)
            return try Reading.one("{apiVersion: \(version), kind: \(kind), metadata: {name: shop}, spec: \(spec)}")
        }
        let plain = try desired("")
        let named = try desired("metadata: {name: shop-hand}, ").draft
        #expect(plain.applied(over: named, lastApplied: plain.lastApplied).spec == plain.draft.spec)
        let labelled = try desired("metadata: {name: shop-hand, labels: {by: hand}}, ").draft
        let kept = try desired("metadata: {labels: {by: hand}}, ").draft
        #expect(plain.applied(over: labelled, lastApplied: plain.lastApplied).spec == kept.spec)
        let own = try desired("metadata: {name: shop-own}, ")
        #expect(own.applied(over: named, lastApplied: own.lastApplied).spec == own.draft.spec)
    }
}

@Suite struct MergePatchTests {
    // The table of RFC 7386, appendix A, as far as the object is a map, under an annotation-like free map.
    @Test(arguments: [
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b"}"#, #"{"a":null}"#, #"{}"#), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
        (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#), (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
        (#"{}"#, #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ])
    func `the examples of the RFC hold`(target: String, patch: String, expected: String) throws {
        let patched = try MergePatch.apply(patch: Value(json: patch), to: Value(json: target), kind: .split)
        #expect(try patched == Value(json: expected))
    }

    @Test func `lists are replaced and aliases address the canonical field`() throws {
        let live = Reading.value("{spec: {pinned: {revisionName: a, configuration: {}}}}")
        let patch = Reading.value("{spec: {pinned: {revisionname: b, configuration: null}}}")
        #expect(
            try MergePatch.apply(patch: patch, to: live, kind: .service) == ["spec": ["pinned": ["revisionName": "b"]]]
        )
        #expect(throws: ResourcesError.self) { try MergePatch.apply(patch: [1], to: live, kind: .service) }
    }
}

@Suite struct JSONPatchTests {
    @Test(arguments: [
        // RFC 6902, appendix A.
        (#"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux"}]"#, #"{"foo":"bar","baz":"qux"}"#),
        (#"{"foo":["bar","baz"]}"#, #"[{"op":"add","path":"/foo/1","value":"qux"}]"#, #"{"foo":["bar","qux","baz"]}"#),
        (#"{"baz":"qux","foo":"bar"}"#, #"[{"op":"remove","path":"/baz"}]"#, #"{"foo":"bar"}"#),
        (#"{"foo":["bar","qux","baz"]}"#, #"[{"op":"remove","path":"/foo/1"}]"#, #"{"foo":["bar","baz"]}"#),
        (#"{"baz":"qux"}"#, #"[{"op":"replace","path":"/baz","value":"boo"}]"#, #"{"baz":"boo"}"#),
        (
            #"{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}"#,
            #"[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]"#,
            #"{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}"#
        ),
        (
            #"{"foo":["all","grass","cows","eat"]}"#, #"[{"op":"move","from":"/foo/1","path":"/foo/3"}]"#,
            #"{"foo":["all","cows","eat","grass"]}"#
        ),
        (#"{"baz":"qux"}"#, #"[{"op":"test","path":"/baz","value":"qux"}]"#, #"{"baz":"qux"}"#),
        (#"{"a":{"x":1,"y":2}}"#, #"[{"op":"test","path":"/a","value":{"y":2.0,"x":1}}]"#, #"{"a":{"x":1,"y":2}}"#),
        (#"{"foo":["bar"]}"#, #"[{"op":"add","path":"/foo/-","value":["a"]}]"#, #"{"foo":["bar",["a"]]}"#),
        (#"{"/":9,"~1":10}"#, #"[{"op":"test","path":"/~01","value":10}]"#, #"{"/":9,"~1":10}"#),
        (#"{"a":1}"#, #"[{"op":"copy","from":"/a","path":"/b"}]"#, #"{"a":1,"b":1}"#),
        (#"{"a":1}"#, #"[{"op":"replace","path":"","value":{"b":2}}]"#, #"{"b":2}"#),
        (#"{"a":null}"#, #"[{"op":"test","path":"/a","value":null}]"#, #"{"a":null}"#),
    ])
    func `the operations of the RFC work`(target: String, patch: String, expected: String) throws {
        let patched = try JSONPatch.apply(patch: Value(json: patch), to: Value(json: target), kind: nil)
        #expect(try patched == Value(json: expected))
    }

    @Test(arguments: [
        (#"{"op":"test","path":"/a","value":2}"#, ResourcesError(.testFailed, "test: \"/a\" is 1, not 2")),
        (#"{"op":"remove","path":"/b"}"#, ResourcesError(.notFound, "there is nothing at \"/b\"")),
        (#"{"op":"replace","path":"/b","value":1}"#, ResourcesError(.notFound, "there is nothing at \"/b\"")),
        (#"{"op":"add","path":"/b/c","value":1}"#, ResourcesError(.notFound, "there is nothing at \"/b/c\"")),
        (#"{"op":"add","path":"/l/2","value":1}"#, ResourcesError(.notFound, "there is nothing at \"/l/2\"")),
        (#"{"op":"add","path":"/l/00","value":1}"#, ResourcesError(.notFound, "there is nothing at \"/l/00\"")),
        (#"{"op":"add","path":"a","value":1}"#, ResourcesError(.invalid, "add: path \"a\" does not begin with \"/\"")),
        (#"{"op":"add","path":"/a"}"#, ResourcesError(.invalid, "add: value is missing")),
        (#"{"op":"move","from":"/m","path":"/m/x"}"#, ResourcesError(.invalid, "move: \"/m\" cannot go into itself")),
        (
            #"{"op":"merge","path":"/a"}"#,
            ResourcesError(.invalid, "unknown op \"merge\"; write add, remove, replace, move, copy or test")
        ),
    ])
    func `what cannot be carried out is refused, all of it`(operation: String, expected: ResourcesError) throws {
        let target = try Value(json: #"{"a":1,"l":[1],"m":{}}"#)
        let patch = try Value(json: #"[{"op":"add","path":"/z","value":1},\#(operation)]"#)
        #expect(throws: expected) { try JSONPatch.apply(patch: patch, to: target, kind: nil) }
    }

    @Test func `paths find fields in other letter cases`() throws {
        let live = Reading.value("{spec: {pinned: {revisionName: a}}}")
        let patch = try Value(json: #"[{"op":"replace","path":"/spec/pinned/revisionname","value":"b"}]"#)
        #expect(try JSONPatch.apply(patch: patch, to: live, kind: .service)["spec"]?["pinned"]?["revisionName"] == "b")
    }
}
