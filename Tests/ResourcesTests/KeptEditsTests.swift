import Resources
import Testing
import YAML

/// What stays of what people did by hand, where they are let have their way.
@Suite struct KeptEditsTests {
    private func whole(_ spec: String, labels: String = "{}") -> Value {
        Reading.value("{metadata: {labels: \(labels)}, spec: {revisionTemplate: {spec: \(spec)}}}")
    }

    private func merged(_ kind: Kind = .configuration, last: Value?, desired: Value, live: Value) -> Value {
        ThreeWayMerge.merged(kind, lastApplied: last, desired: desired, live: live, edits: .kept)
    }

    @Test func `where a manifest says nothing new, all that people did stays`() {
        let desired = whole("{container: {image: a, args: [x], env: [{name: A, value: '1'}]}}", labels: "{a: '1'}")
        let live = whole("{container: {image: hand, env: []}, timeoutSeconds: 3}", labels: "{b: hand}")
        #expect(merged(last: desired, desired: desired, live: live) == live)
        #expect(ThreeWayMerge.merged(.configuration, lastApplied: desired, desired: desired, live: live) != live)
    }

    @Test func `what a manifest says anew counts, and nothing else of it`() {
        let result = merged(
            last: whole("{container: {image: a, args: [x], workingDir: /x}}", labels: "{a: '1', b: '1', c: '1'}"),
            desired: whole("{container: {image: b, args: [x]}}", labels: "{a: '1', b: '2', d: '1'}"),
            live: whole("{container: {image: hand, args: [hand], workingDir: /hand}}", labels: "{a: hand, c: hand}")
        )
        #expect(
            result == whole("{container: {image: b, args: [hand]}}", labels: "{a: hand, b: '2', d: '1'}")
        )
    }

    @Test(arguments: [
        // last applied, desired, live, expected: names with values
        ("A1 B1", "A1 B2", "A9 B9", "A9 B2"), ("A1 B1", "A2 B1", "A1", "A2"), ("A1 B1", "A1 B2", "A1", "A1 B2"),
        ("A1 B1", "B1", "A9 B9", "B9"), ("A1", "A1 C1", "A9 X1", "A9 X1 C1"), ("A1 B1", "B1 A1", "A9 B1", "B1 A9"),
    ])
    func `variables are told apart by name`(last: String, desired: String, live: String, expected: String) {
        func object(_ variables: String) -> Value {
            let items = variables.split(separator: " ").map { "{name: \($0.prefix(1)), value: '\($0.suffix(1))'}" }
            return whole("{container: {image: a, env: [\(items.joined(separator: ", "))]}}")
        }
        #expect(merged(last: object(last), desired: object(desired), live: object(live)) == object(expected))
    }

    @Test func `a mode that people chose stays until the manifest says something new of its own`() {
        func service(_ spec: String) -> Value { Reading.value("{metadata: {}, spec: {\(spec)}}") }
        let mode = "runLatest: {configuration: {revisionTemplate: {spec: {container: {image: a}}}}}"
        let (old, live) = (service(mode), service("pinned: {revisionName: a}"))
        #expect(merged(.service, last: old, desired: old, live: live) == live)
        let new = service(mode.replacing("image: a", with: "image: b"))
        #expect(merged(.service, last: old, desired: new, live: live) == new)
    }

    @Test func `a name that was typed goes with the next template, and no sooner`() throws {
        func manifest(_ image: String) throws -> Desired {
            try Reading.one(
                """
                apiVersion: elafros.dev/v1alpha1
                kind: Configuration
                metadata: {name: shop}
                spec: {revisionTemplate: {spec: {container: {image: "\(image)"}}}}
                """
            )
        }
        let (old, new) = (try manifest("shop:1"), try manifest("shop:2"))
        let live = try old.draft.edited(
            StrategicMerge.apply(
                patch: ["spec": ["revisionTemplate": ["metadata": ["name": "shop-hand"]]]],
                to: old.draft.value,
                kind: .configuration
            )
        )
        #expect(old.applied(over: live, lastApplied: old.lastApplied, edits: .kept) == live)
        #expect(new.applied(over: live, lastApplied: old.lastApplied, edits: .kept).spec == new.draft.spec)
    }
}

/// Places of an object that stay as another version of it has them.
@Suite struct KeptPlacesTests {
    private func object(_ spec: String, labels: StringMap = [:]) -> Object {
        let metadata = Metadata(name: "shop", namespace: "default", labels: labels)
        return Object(kind: .configuration, metadata: metadata, spec: Reading.value(spec))
    }

    private func container(_ fields: String) -> Object {
        object("{revisionTemplate: {spec: {container: {\(fields)}}}}")
    }

    private static let container = "/spec/revisionTemplate/spec/container"

    @Test(arguments: [
        ("/image", "image: old, args: [n], env: [{name: B, value: n}, {name: A, value: n}]"),
        ("/IMAGE", "image: old, args: [n], env: [{name: B, value: n}, {name: A, value: n}]"),
        ("/args", "image: new, args: [o, p], env: [{name: B, value: n}, {name: A, value: n}]"),
        ("/args/0", "image: new, args: [o], env: [{name: B, value: n}, {name: A, value: n}]"),
        // The item of that name, wherever it stands.
        ("/env/1/value", "image: new, args: [n], env: [{name: B, value: n}, {name: A, value: o}]"),
        ("/env/0/value", "image: new, args: [n], env: [{name: B, value: n}, {name: A, value: n}]"),
        // In the order of the table.
        ("/workingDir", "image: new, args: [n], workingDir: /o, env: [{name: B, value: n}, {name: A, value: n}]"),
        // What cannot be there says nothing.
        ("/args/1", "image: new, args: [n], env: [{name: B, value: n}, {name: A, value: n}]"),
        ("/args/-", "image: new, args: [n], env: [{name: B, value: n}, {name: A, value: n}]"),
        ("/image/0", "image: new, args: [n], env: [{name: B, value: n}, {name: A, value: n}]"),
    ])
    func `a place is found by the kind's table`(pointer: String, expected: String) throws {
        let old = container("image: old, args: [o, p], workingDir: /o, env: [{name: A, value: o}]")
        let new = container("image: new, args: [n], env: [{name: B, value: n}, {name: A, value: n}]")
        let place = try JSONPointer(Self.container + pointer)
        #expect(new.keeping([place], of: old) == container(expected))
    }

    @Test func `what the other version has not goes, unless nothing could hold it`() throws {
        let image = try JSONPointer(Self.container + "/image")
        let both = container("image: new, args: [n]")
        #expect(both.keeping([image], of: container("args: [o]")) == container("args: [n]"))
        let empty = object("{revisionTemplate: {spec: {}}}")
        #expect(container("image: new").keeping([image], of: empty) == container("image: new"))
        #expect(empty.keeping([image], of: container("image: old")) == empty)
    }

    @Test func `keys with a slash or a tilde are written with escapes`() throws {
        let old = object("{}", labels: ["a/b": "old", "c~d": "old", "e~1f": "old"])
        let new = object("{}", labels: ["a/b": "new", "c~d": "new", "e~1f": "new", "e/f": "new"])
        let places = try ["a~1b", "c~0d", "e~01f"].map { try JSONPointer("/metadata/labels/\($0)") }
        let kept = new.keeping(places, of: old).metadata.labels
        #expect(kept == ["a/b": "old", "c~d": "old", "e/f": "new", "e~1f": "old"])
        let other = object("{}")
        #expect(new.keeping([try JSONPointer("/metadata/labels")], of: other).metadata.labels == [:])
    }
}
