import Engine
import Foundation
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

/// A repository whose Services have Knative's shape.
@Suite struct KnativeRunTests {
    private func manifest(_ image: String, traffic: String = "") -> String {
        """
        apiVersion: serving.knative.dev/v1
        kind: Service
        metadata:
          name: shop
        spec:
          template:
            spec:
              containers:
                - image: \(image)
                  ports:
                    - containerPort: 8080
        \(traffic)
        """
    }

    @Test func `it becomes services that answer, rolls out, and its conditions are Knative's`() async throws {
        let world = try World()
        let result = try await world.push(["shop.yaml": manifest("shop:1")])
        #expect(result.errors == [])
        #expect(result.outcome == .inSync)
        let shop = try #require(world.service("shop"))
        #expect(shop.status.conditions.list.map(\.type) == ["Ready", "ConfigurationsReady", "RoutesReady"])
        #expect(shop.status.conditions.list.allSatisfy { $0.status == .true })
        #expect(world.state[Key(.revision, "default", "shop-00001")]?.revisionSpec.image == "shop:1")
        #expect(world.state[Key(.configuration, "default", "shop")]?.kind.apiVersion == "elafros.dev/v1alpha1")

        let change = try await world.push(["shop.yaml": manifest("shop:2")])
        #expect(change.changes.first?.fields.map(\.path.description) == ["spec.template.spec.containers[0].image"])
        #expect(world.service("shop")?.serviceStatus.traffic.map(\.revisionName) == ["shop-00002"])
        // Pinning back is a commit too.
        let pin =
            "  traffic:\n    - {revisionName: shop-00001, percent: 100}\n    - {latestRevision: true, percent: 0, tag: next}"
        try await world.push(["shop.yaml": manifest("shop:2", traffic: pin)])
        #expect(world.service("shop")?.serviceStatus.traffic.map(\.percent) == [100, 0])
        #expect(world.state.keys(.revision).count == 2)
        #expect(try await world.sync().isNothingNew)
    }

    @Test func `drift is told and healed in the author's shape`() async throws {
        let world = try World()
        try await world.push(["shop.yaml": manifest("shop:1")])
        let live = try #require(world.service("shop"))
        var value = live.value
        let template = Value.map([
            "spec": ["containers": [["image": "shop:hand", "ports": [["containerPort": 8080]]]]]
        ])
        var spec = try #require(value["spec"]?.map)
        spec["template"] = template
        var map = try #require(value.map)
        map["spec"] = .map(spec)
        value = .map(map)
        let edited = try live.edited(value)
        let now = world.clock.now()
        try await world.store.commit(durably: true) { state in
            _ = try state.apply([.put(edited), .mark(edited.key, .edited)], at: now)
        }
        let result = try await world.sync()
        #expect(result.changes.map(\.action) == [.healed])
        #expect(result.changes.first?.fields.map(\.path.description) == ["spec.template.spec.containers[0].image"])
        #expect(world.service("shop")?.spec == live.spec)
    }

    @Test func `traffic typed by hand is drift where git names none`() async throws {
        let world = try World()
        try await world.push(["shop.yaml": manifest("shop:1")])
        let live = try #require(world.service("shop"))
        func edit(_ traffic: Value) async throws {
            let spec = try #require(live.spec.map)
            let edited = live.with(spec: .map(Map(spec.entries.map { ($0.key, $0.value) } + [("traffic", traffic)])))
            let now = world.clock.now()
            try await world.store.commit(durably: true) { state in
                _ = try state.apply([.put(edited), .mark(edited.key, .edited)], at: now)
            }
        }
        // The default in so many words says nothing else.
        try await edit([["latestRevision": true, "percent": 100]])
        #expect(try await world.sync().changes.isEmpty)

        try await edit([["revisionName": "shop-00001", "percent": 100]])
        let result = try await world.sync()
        #expect(result.changes.map(\.action) == [.healed])
        #expect(result.changes.first?.fields.map(\.path.description) == ["spec.traffic"])
        #expect(world.service("shop")?.spec == live.spec)

        try await edit([["revisionName": "shop-00001", "percent": 100]])
        try await world.push(["shop.yaml": manifest("shop:2")])
        #expect(world.service("shop")?.serviceStatus.traffic.map(\.revisionName) == ["shop-00002"])
    }

    @Test func `the report speaks it, and gives the object back`() async throws {
        let world = try World()
        let folder = world.folder.path("report")
        try await world.push(["shop.yaml": manifest("shop:1")]) { $0.reportDirectory = folder }
        let text = try String(contentsOfFile: folder + "/default/service/shop.yaml", encoding: .utf8)
        #expect(text.contains("apiVersion: serving.knative.dev/v1\n"))
        #expect(text.contains("url: http://shop.default.mydomain.com"))
        #expect(!text.contains("runLatest"))
        let report = try ReportReader.read(directory: folder)
        let restored = try #require(report.objects.first { $0.key == Key(.service, "default", "shop") })
        let live = try #require(world.service("shop"))
        #expect(restored.spec == live.spec)
        #expect(restored.status == live.status)
        #expect(restored.origin?.lastApplied == live.origin?.lastApplied)
    }

    @Test func `what is wrong names its place in the file`() async throws {
        let world = try World()
        let result = try await world.push(["shop.yaml": manifest("shop:1").replacing("ports:", with: "prots:")])
        #expect(
            result.errors == ["shop.yaml:10:11: error: unknown field \"prots\" in container; did you mean \"ports\"?"]
                || result.errors == ["shop.yaml:10:11: unknown field \"prots\" in container; did you mean \"ports\"?"]
        )
    }
}
