import Git
import Resources
import Store
import Testing
import YAML

@testable import GitOps

/// What limits a Sync, as the state keeps it.
@Suite struct SyncLimitsTests {
    @Test func `a Sync without limits is kept as it was before there were any`() async throws {
        let world = try World()
        try await world.push(["a.yaml": service("a")])
        let spec = try #require(world.state[Key(.sync, "", "shop")]?.spec)
        #expect(Set(spec.map?.keys.map { $0 } ?? []) == ["url", "namespace"])
    }

    @Test func `all limits are kept, in the words of a config file, and found again`() throws {
        let world = try World()
        let ignored = [
            IgnoredDifference(
                kind: .route,
                namespace: "dev",
                name: "shop",
                pointers: [try JSONPointer("/spec/traffic"), try JSONPointer("/metadata/labels/a~1b")]
            ),
            IgnoredDifference(pointers: [try JSONPointer("/spec/runLatest")]),
        ]
        let options = try world.options {
            ($0.include, $0.exclude) = (["apps/"], ["*.test.yaml"])
            ($0.namespaces, $0.kinds) = (["dev"], [.service, .buildTemplate])
            ($0.prunes, $0.drift, $0.ignoreDifferences) = (false, .report, ignored)
        }
        let spec = SyncSpec(options, keeping: nil).value
        #expect(spec["include"] == ["apps/"])
        #expect(spec["exclude"] == ["*.test.yaml"])
        #expect(spec["namespaces"] == ["dev"])
        #expect(spec["kinds"] == ["Service", "BuildTemplate"])
        #expect(spec["prune"] == false)
        #expect(spec["drift"] == "report")
        #expect(
            spec["ignoreDifferences"] == [
                [
                    "kind": "Route", "namespace": "dev", "name": "shop",
                    "jsonPointers": ["/spec/traffic", "/metadata/labels/a~1b"],
                ],
                ["jsonPointers": ["/spec/runLatest"]],
            ]
        )

        let sync = Object(kind: .sync, metadata: Metadata(name: "shop", namespace: ""), spec: spec)
        let found = try world.options().taking(from: sync)
        #expect(found.include == options.include)
        #expect(found.exclude == options.exclude)
        #expect(found.namespaces == options.namespaces)
        #expect(found.kinds == options.kinds)
        #expect(found.prunes == options.prunes)
        #expect(found.drift == options.drift)
        #expect(found.ignoreDifferences == options.ignoreDifferences)
    }

    @Test func `a Sync that has no limits takes those away that were asked for`() throws {
        let world = try World()
        let plain = SyncSpec(try world.options(), keeping: nil).value
        let sync = Object(kind: .sync, metadata: Metadata(name: "shop", namespace: ""), spec: plain)
        let found = try world.options {
            ($0.include, $0.exclude, $0.namespaces, $0.kinds) = (["x"], ["x"], [], [])
            ($0.prunes, $0.drift, $0.ignoreDifferences) = (false, .ignore, [IgnoredDifference(pointers: [])])
        }.taking(from: sync)
        #expect(SyncSpec(found, keeping: nil).value == plain)
    }

    @Test func `each choice of files and objects has a basis of its own, and none has the old one`() throws {
        let world = try World()
        let changes: [(inout SyncOptions) -> Void] = [
            { _ in }, { $0.include = ["a"] }, { $0.exclude = ["a"] }, { $0.include = ["a", "b"] },
            { $0.include = ["a\",\"b"] }, { $0.namespaces = [] }, { $0.namespaces = ["a"] }, { $0.kinds = [] },
            { $0.kinds = [.service] },
        ]
        let bases = try changes.map { Basis(try world.options($0), ignoreFile: nil).text }
        #expect(Set(bases).count == changes.count)
        // Policies change no reading.
        let policies = try world.options { ($0.prunes, $0.drift) = (false, .report) }
        #expect(Basis(policies, ignoreFile: nil).text == bases[0])
    }

    @Test(arguments: [
        ("spec", "\"spec\" does not begin with \"/\""),
        ("/a~", "\"/a~\" has a \"~\" that is no escape; write \"~0\" for it"),
        ("/a~2b", "\"/a~2b\" has a \"~\" that is no escape; write \"~0\" for it"),
        ("/a/b~01~", "\"/a/b~01~\" has a \"~\" that is no escape; write \"~0\" for it"),
    ])
    func `a pointer that is none is refused`(text: String, message: String) {
        #expect(throws: ResourcesError(.invalid, message)) { try JSONPointer(text) }
    }
}
