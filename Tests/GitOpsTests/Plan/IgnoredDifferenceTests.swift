import Git
import Resources
import Store
import Testing
import YAML

@testable import GitOps

@Suite struct IgnoredDifferenceTests {
    private static let image = "/spec/runLatest/configuration/revisionTemplate/spec/container/image"

    private func ignoring(_ pointer: String) throws -> (inout SyncOptions) -> Void {
        let ignored = IgnoredDifference(pointers: [try JSONPointer(pointer)])
        return { $0.ignoreDifferences = [ignored] }
    }

    private func annotated(_ annotations: String, image: String = "shop:1") -> String {
        service("a", image: image).replacing("  name: a", with: "  name: a\n  annotations: {\(annotations)}")
    }

    @Test(
        arguments: [
            image,
            // Written flat, as authors may, and in another letter case.
            "/spec/runLatest/configuration/container/image",
            "/spec/RunLatest/configuration/revisionTemplate/spec/container/Image",
            // All that holds the field.
            "/spec/runLatest/configuration",
            "/spec",
            "",
        ]
    )
    func `a field that is not git's is neither healed nor told`(pointer: String) async throws {
        let options = try ignoring(pointer)
        let world = try World()
        try await world.push(["a.yaml": service("a")], options)
        try await world.patch("a", .image("hand:1"))

        let result = try await world.sync(options)

        #expect(result.summary == [])
        #expect(result.findings == [])
        #expect(result.leftovers.isEmpty)
        #expect(world.image("a") == "hand:1")
        let before = world.digest
        #expect(try await world.sync(options).isNothingNew)
        #expect(world.digest == before)
    }

    @Test(
        arguments: [
            "/spec/runLatest/configuration/revisionTemplate/spec/container/command", "/status", "/metadata/labels",
            "/spec/runLatest/configuration/revisionTemplate/spec/container/image/0", "/spec/pinned", "/spec/0",
        ]
    )
    func `other fields than those are healed`(pointer: String) async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")], try ignoring(pointer))
        try await world.patch("a", .image("hand:1"))
        #expect(try await world.sync(try ignoring(pointer)).summary == ["healed default/a"])
        #expect(world.image("a") == "shop:1")
    }

    @Test func `it is about the objects that it names, and no others`() async throws {
        let pointers = [try JSONPointer(Self.image)]
        let all = [
            IgnoredDifference(kind: .service, name: "a", pointers: pointers),
            IgnoredDifference(namespace: "prod", pointers: pointers),
            IgnoredDifference(kind: .route, pointers: pointers),
        ]
        let world = try World()
        let file = ["a", "b"].map { service($0) }.joined(separator: "\n---\n")
        try await world.push(["x.yaml": file]) { $0.ignoreDifferences = all }
        try await world.patch("a", .image("hand:1"))
        try await world.patch("b", .image("hand:1"))

        let result = try await world.sync { $0.ignoreDifferences = all }

        #expect(result.summary == ["healed default/b"])
        #expect(world.image("a") == "hand:1")
        #expect(world.image("b") == "shop:1")
    }

    @Test func `git's value of such a field counts when the object is created, and not after`() async throws {
        let options = try ignoring("/metadata/annotations/example.com~1a~0b")
        let world = try World()
        try await world.push(["a.yaml": annotated("example.com/a~b: one, other: one")], options)
        #expect(world.service("a")?.metadata.annotations["example.com/a~b"] == "one")

        try await world.push(["a.yaml": annotated("example.com/a~b: two, other: two")], options)
        #expect(world.service("a")?.metadata.annotations == ["example.com/a~b": "one", "other": "two"])

        try await world.patch("a", ["metadata": ["annotations": ["example.com/a~b": .null, "other": "hand"]]])
        #expect(try await world.sync(options).summary == ["healed default/a"])
        #expect(world.service("a")?.metadata.annotations == ["other": "two"])

        // Also where it was the only one.
        try await world.push(["a.yaml": annotated("example.com/a~b: three")], options)
        #expect(world.service("a")?.metadata.annotations.isEmpty == true)
    }

    @Test func `what was ignored is healed once it is not ignored any more`() async throws {
        let world = try World()
        let options = try ignoring(Self.image)
        try await world.push(["a.yaml": service("a"), "b.yaml": service("b")], options)
        try await world.patch("a", .image("hand:1"))
        try await world.sync(options)
        try await world.push(["b.yaml": service("b", image: "shop:2")], options)
        #expect(world.image("b") == "shop:1")

        let result = try await world.sync()

        #expect(result.summary == ["healed default/a", "healed default/b"])
        #expect(world.image("a") == "shop:1")
        #expect(world.image("b") == "shop:2")
        #expect(world.state.count(.drifted) == 0)
    }

    // MARK: Another mode

    private func released(_ image: String) -> String {
        """
        apiVersion: elafros.dev/v1alpha1
        kind: Service
        metadata:
          name: a
        spec:
          release:
            revisions: [a-00001]
            configuration:
              revisionTemplate:
                spec:
                  container:
                    image: \(image)
        """
    }

    @Test func `a mode that git changed has git's values, and no drift`() async throws {
        let options = try ignoring(Self.image)
        let world = try World()
        try await world.push(["a.yaml": service("a")], options)
        try await world.patch("a", .image("hand:1"))
        try await world.sync(options)

        let result = try await world.push(["a.yaml": released("shop:2")], options)

        #expect(result.errors == [])
        #expect(result.summary == ["changed default/a"])
        let spec = world.service("a")?.spec
        #expect(spec?["runLatest"] == nil)
        #expect(
            spec?["release"]?["configuration"]?["revisionTemplate"]?["spec"]?["container"]?["image"] == "shop:2"
        )
        #expect(world.state.count(.drifted) == 0)
        #expect(try await world.sync(options).isNothingNew)
    }

    @Test func `a mode that people changed is healed with git's value`() async throws {
        let options = try ignoring(Self.image)
        let world = try World()
        try await world.push(["a.yaml": service("a")], options)
        let mode: Value = [
            "runLatest": .null,
            "pinned": [
                "revisionName": "a-00001",
                "configuration": ["revisionTemplate": ["spec": ["container": ["image": "hand:1"]]]],
            ],
        ]
        try await world.patch("a", ["spec": mode])
        try #require(world.service("a")?.spec["pinned"] != nil)

        let result = try await world.sync(options)

        #expect(result.summary == ["healed default/a"])
        #expect(world.image("a") == "shop:1")
    }

    @Test func `a Service in Knative's shape keeps the traffic that is not git's`() async throws {
        let manifest = """
            apiVersion: serving.knative.dev/v1
            kind: Service
            metadata:
              name: a
            spec:
              template:
                spec:
                  containers:
                  - image: shop:1
            """
        let options = try ignoring("/spec/traffic")
        let world = try World()
        try await world.push(["a.yaml": manifest], options)
        let pinned: Value = [["revisionName": "a-00001", "percent": 100]]
        try await world.patch("a", ["spec": ["traffic": pinned]])

        #expect(try await world.sync(options).summary == [])
        let next = try await world.push(["a.yaml": manifest.replacing("shop:1", with: "shop:2")], options)

        #expect(next.summary == ["changed default/a"])
        #expect(world.service("a")?.spec["traffic"]?.list?.first?["revisionName"] == "a-00001")
    }

    @Test func `reported drift leaves out what is not git's`() async throws {
        let world = try World()
        let ignored = try ignoring(Self.image)
        func options(_ options: inout SyncOptions) {
            ignored(&options)
            options.drift = .report
        }
        try await world.push(["a.yaml": annotated("one: git")], options)
        try await world.patch("a", .image("hand:1"))
        #expect(try await world.sync(options).leftovers.isEmpty)
        try await world.patch("a", ["metadata": ["annotations": ["one": "hand"]]])
        let result = try await world.sync(options)
        #expect(result.leftovers.drift.flatMap(\.fields).map(\.path.description) == ["metadata.annotations.one"])
    }
}
