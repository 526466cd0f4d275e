import Engine
import Foundation
import Git
import Resources
import Store
import Testing
import TestSupport
import YAML

@testable import GitOps

@Suite struct ReportTests {
    @Test func `a service that is ready, one that failed and one that waits read well`() async throws {
        var world = try ReportWorld()
        world.runtime.outcomes = [
            Key(.revision, "default", "cart-00002"): [
                .imageMissing(error: "manifest for cart:2 not found | <script>alert(1)</script>")
            ]
        ]
        try world.push([
            ("services/cart.yaml", Manifests.service("cart", image: "cart:1")),
            ("services/shop.yaml", Manifests.service("shop", image: "shop:1")),
            ("services/site.yaml", Manifests.building("site")),
            ("routes.yaml", Manifests.routeAndConfiguration),
        ])
        try world.rest()
        try world.push([
            ("services/cart.yaml", Manifests.service("cart", image: "cart:2")),
            ("services/shop.yaml", Manifests.service("shop", image: "shop:1").replacing("image:", with: "imgae:")),
        ])
        try world.rest()
        let files = try await world.report()
        try expectGolden(files["README.md"] ?? "", "reports/mixed/README.md")
        try expectGolden(files["default/service/cart.yaml"] ?? "", "reports/mixed/cart.yaml")
        try expectGolden(files["state.yaml"] ?? "", "reports/mixed/state.yaml")
    }

    @Test func `a service in the middle of its rollout reads well`() async throws {
        let world = try RebuildTests.World.middleOfRollout.make()
        let files = try await world.report()
        try expectGolden(files["README.md"] ?? "", "reports/rollout/README.md")
        try expectGolden(files["default/service/shop.yaml"] ?? "", "reports/rollout/shop.yaml")
    }

    @Test func `a service counts once, and one that rolls out is not ready yet`() async throws {
        var world = try RebuildTests.World.middleOfRollout.make()
        func subject() async throws -> String {
            try await ReportUpdate.make(of: world.state, world.scope, previous: nil, isFull: true).totals.subject
        }
        #expect(try await subject() == "1 service rolling out")
        try world.push([("b.yaml", Manifests.service("b", image: "b:1"))])
        try world.run(for: .zero)
        #expect(try await subject() == "1 of 2 services ready, 1 rolling out")
    }

    @Test(arguments: RebuildTests.World.allCases)
    func `every file of a report is YAML or Markdown that says who wrote it`(_ which: RebuildTests.World) async throws {
        for (path, text) in try await which.make().report() {
            #expect(text.contains("Written by Elafros"), "\(path)")
            #expect(ReportPath.isOurs(path), "\(path)")
            if path.hasSuffix(".yaml") { #expect(!YAMLParser().parse(text).hasErrors, "\(path)") }
        }
    }

    @Test func `what was reported bit by bit is to the byte what is reported at once`() async throws {
        var world = try ReportWorld()
        var files: [String: String] = [:]
        let steps: [[(path: String, text: String?)]] = [
            [("a.yaml", Manifests.service("a", image: "a:1")), ("b.yaml", Manifests.service("b", image: "b:1"))],
            [("a.yaml", Manifests.service("a", image: "a:2"))],
            [
                (
                    "b.yaml",
                    "not: a manifest\n---\nkind: Service\napiVersion: elafros.dev/v1alpha1\nmetadata: {name: b}\n"
                )
            ],
            [("c.yaml", Manifests.service("a2", image: "a:1") + "---\n" + Manifests.service("c", image: "c:1"))],
            [("c.yaml", Manifests.service("c", image: "c:1") + "---\n" + Manifests.service("b2", image: "b:1"))],
            [("c.yaml", "# only a comment more\n" + Manifests.service("c", image: "c:1"))],
            [("a.yaml", nil), ("routes.yaml", Manifests.routeAndConfiguration)],
            [("c.yaml", nil), ("b.yaml", nil), ("routes.yaml", nil)],
        ]
        for (number, step) in steps.enumerated() {
            try world.push(step)
            try world.rest()
            _ = try await world.update(of: &files)
            try world.reported()
            let whole = try await world.report()
            for path in Set(whole.keys).union(files.keys).sorted() {
                #expect(files[path] == whole[path], "step \(number), \(path)")
            }
            #expect(try await world.update(of: &files) == [], "step \(number) again")
        }
    }

    @Test func `a change of one service in a large report rewrites its own file and page, and the counts`() async throws
    {
        var world = try ReportWorld()
        let names = (0..<700).map { "shop-\(String($0 * 7 + 10_000))" }
        try world.push(
            names.map {
                ("\($0).yaml", Manifests.service($0, image: "shop:1", namespace: $0 < "shop-11" ? "one" : "two"))
            }
        )
        try world.rest()
        var files = try await world.report()
        try world.reported()
        #expect(files["README.md"]?.contains("All 700 services are ready") == true)
        for (path, text) in files where path.hasSuffix(".md") {
            #expect(text.split(separator: "\n").count { $0.hasPrefix("| [") } <= PageBreaks.maxRows, "\(path)")
        }

        try world.push([
            (
                "\(names[400]).yaml",
                Manifests.building(names[400]).replacing(
                    "  name: \(names[400])",
                    with: "  name: \(names[400])\n  namespace: two"
                )
            )
        ])
        try world.rest()
        let changed = try await world.update(of: &files)
        try world.reported()
        #expect(changed.count <= 5, "\(changed.sorted())")
        #expect(changed.contains("two/service/\(names[400]).yaml"))
        #expect(try await world.report() == files)

        try world.push([
            ("new.yaml", Manifests.service("aaa", image: "a:1", namespace: "two")), ("\(names[600]).yaml", nil),
        ])
        try world.rest()
        _ = try await world.update(of: &files)
        try world.reported()
        #expect(try await world.report() == files)

        try world.push(names.dropFirst(200).map { ("\($0).yaml", nil) })
        try world.rest()
        _ = try await world.update(of: &files)
        #expect(try await world.report() == files)
        #expect(files["summary.yaml"] == nil)
    }

    @Test func `a summary that was edited is not believed`() {
        var summary = ReportSummary()
        summary.pages = [.init(namespace: "default", first: "", problems: ["- x"], problemCount: 1)]
        let text = String(decoding: summary.text, as: UTF8.self)
        #expect(ReportSummary(text: Array(text.utf8)) == summary)
        #expect(ReportSummary(text: Array(text.replacing("problemCount: 1", with: "problemCount: 2").utf8)) == nil)
        #expect(ReportSummary(text: []) == nil)
    }

    @Test func `values that were set by hand are nowhere in a report`() async throws {
        var world = try ReportWorld()
        try world.push([("shop.yaml", Manifests.service("shop", image: "shop:1", env: [("MODE", "on")]))])
        try world.rest()
        let key = Key(.service, "default", "shop")
        let live = try #require(world.state[key])
        let secret = Value.map(["name": "TOKEN", "value": "s3cr3t"])
        let spec = try #require(
            live.spec.adding(
                secret,
                to: ["runLatest", "configuration", "revisionTemplate", "spec", "container", "env"]
            )
        )
        var metadata = live.metadata
        metadata.labels["team"] = "s3cr3t"
        try world.state.apply([.put(live.with(metadata: metadata, spec: spec))], at: world.now)
        try world.rest()
        let files = try await world.report()
        let text = try #require(files["default/service/shop.yaml"])
        for (path, text) in files { #expect(!text.contains("s3cr3t"), "\(path)") }
        #expect(text.contains("changedByHand:"))
        #expect(text.contains("env[TOKEN]"))
        #expect(text.contains("metadata.labels.team"))
    }

    @Test func `what was made of a value typed by hand keeps it out of reports after the healing`() async throws {
        let world = try World()
        let folder = world.folder.path("report")
        let configure = { (options: inout SyncOptions) in options.reportDirectory = folder }
        try await world.push(["a.yaml": service("a")], configure)
        let key = Key(.service, "default", "a")
        let live = try #require(world.state[key])
        let typed = try Value(json: live.spec.json.replacing("shop:1", with: "s3cr3t.example.com/shop:1"))
        let now = world.clock.now()
        try await world.store.commit(durably: true) { state in
            let edit = live.with(spec: typed)
            try state.apply([.put(edit), .mark(key, .edited), .mark(key, .handmade)], at: now)
            // The engine gets to it before the next sync, as under `serve`.
            try Engine().drain(&state, at: now)
        }
        #expect(try await world.sync(configure).summary == ["healed default/a"])
        #expect(world.image("a") == "shop:1")
        let made = try #require(world.state[Key(.revision, "default", "a-00002")])
        #expect(made.spec["container"]?["image"] == "s3cr3t.example.com/shop:1")
        // The mark went with the value: on to what cannot change any more, and away from what was healed.
        #expect(world.state.marked(.handmade).map(\.kind) == [.revision, .workload])

        let text = try String(contentsOfFile: folder + "/default/service/a.yaml", encoding: .utf8)
        #expect(text.contains("a-00002"))
        #expect(text.contains(HandEdits.placeholder))
        #expect(!text.contains("s3cr3t"))
        #expect(!text.contains("changedByHand"))
        #expect(text.contains("image: shop:1"))
    }

    @Test func `what objects find each other by is in the report as it is, whatever was typed`() async throws {
        let world = try World()
        let configure = { (options: inout SyncOptions) in options.reportBranch = "status" }
        let manifest = """
            apiVersion: serving.knative.dev/v1
            kind: Service
            metadata:
              name: kn
            spec:
              template:
                spec:
                  containers: [{image: "kn:1"}]
            """
        try await world.push(["kn.yaml": manifest], configure)
        let (key, now) = (Key(.service, "default", "kn"), world.clock.now())
        let live = try #require(world.state[key])
        var spec = try #require(live.spec.map)
        spec["traffic"] = [["revisionName": "kn-00001", "percent": 100, "tag": "typed"]]
        let typed = live.with(spec: .map(spec))
        try await world.store.commit(durably: true) { state in
            try state.apply([.put(typed), .mark(key, .edited), .mark(key, .handmade)], at: now)
            try Engine().drain(&state, at: now)
        }
        try await world.sync(configure)
        try await world.push(["kn.yaml": manifest.replacing("kn:1", with: "kn:2")], configure)

        let text = try world.repository.git("show", "status:default/service/kn.yaml")
        #expect(!text.contains(HandEdits.placeholder))
        let before = labels(in: world.state)
        #expect(before.contains { $0.hasPrefix("Revision default/kn-00002") })
        world.loseState()
        try await world.sync(configure)
        #expect(labels(in: world.state) == before)
    }

    /// Labels and specs, but for where traffic leads: what was typed is forgotten by a rebuild, and git's word holds again.
    private func labels(in state: Store::State) -> [String] {
        [Kind.configuration, .revision, .workload].flatMap { state.keys($0) }.map { key in
            var labels = state[key]?.metadata.labels ?? StringMap()
            labels[Labels.route] = nil
            return "\(key) \(labels.value.json) \(state[key]?.spec.json ?? "")"
        }
    }

    @Test func `objects of a Sync that reports elsewhere are left out`() async throws {
        var world = try ReportWorld()
        try world.addSync("blog", reportBranch: "blog-status")
        try world.addSync("cart", reportBranch: "status")
        try world.push([("a.yaml", Manifests.service("a", image: "a:1"))])
        try world.push([("b.yaml", Manifests.service("b", image: "b:1"))], sync: "blog")
        try world.push([("c.yaml", Manifests.service("c", image: "c:1"))], sync: "cart")
        try world.rest()
        let files = try await world.report()
        #expect(files["default/service/a.yaml"] != nil)
        #expect(files["default/service/b.yaml"] == nil)
        #expect(files["default/service/c.yaml"] != nil)
        #expect(files["README.md"]?.contains("# cart, shop") == true)
    }

    @Test func `what another Sync that reports elsewhere made and deleted is not named`() async throws {
        var world = try ReportWorld()
        try world.addSync("blog", reportBranch: "blog-status")
        let (own, secret) = (Manifests.service("a", image: "a:1"), Manifests.service("secret", image: "b:1"))
        for (a, s) in [(own, secret), (nil, nil), (own, secret)] as [(String?, String?)] {
            try world.push([("a.yaml", a)])
            try world.push([("s.yaml", s)], sync: "blog")
            try world.rest()
        }
        try world.push([("s.yaml", nil)], sync: "blog")
        try world.rest()

        let text = try #require(try await world.report()["state.yaml"])

        #expect(!text.contains("secret"))
        let restored = try StateFile(Array(text.utf8), path: "state.yaml").incarnations
        let live = world.state.incarnations.filter { $0.key.kind != .manifestFile && $0.key.name.hasPrefix("a") }
        #expect(live.contains { $0.key == Key(.service, "default", "a") })
        #expect(restored.map { "\($0.key) \($0.count)" } == live.map { "\($0.key) \($0.count)" })
    }

    @Test func `a Service whose Route is another's has failed, and the report says what is in its way`() async throws {
        var world = try ReportWorld()
        let route = Manifests.routeAndConfiguration.replacing("route-example", with: "shop")
        try world.push([("routes.yaml", route)])
        try world.rest()
        try world.push([("shop.yaml", Manifests.service("shop", image: "shop:1"))])
        try world.rest()

        let readme = try #require(try await world.report()["README.md"])

        let service = try #require(world.state[Key(.service, "default", "shop")])
        #expect(Verdict(service, in: world.state).state == .failed)
        #expect(readme.contains("Remove or rename the Route in `routes.yaml`."))
    }

    @Test(arguments: [
        (Key(.service, "default", "shop"), "default/service/shop.yaml"),
        (Key(.buildTemplate, "default", "nodejs_8"), "default/buildtemplate/nodejs_8.yaml"),
        (Key(.service, "README.md", ".."), "README%2Emd/service/%2E..yaml"),
        (Key(.service, "_manifests", "a/b\n"), "%5Fmanifests/service/a%2Fb%0A.yaml"),
        (Key(.service, "", "é"), "%/service/%C3%A9.yaml"),
    ])
    func `no name leads out of the report`(_ key: Key, _ path: String) {
        #expect(ReportPath.object(key) == path)
        #expect(ReportPath.isOurs(path))
    }

    @Test(arguments: [
        "LICENSE", "docs/README.txt", "default/service/shop.yml", "default/secret/x.yaml", "a/b/c/d.yaml",
        "default/Service/x.yaml",
    ])
    func `files of others are not ours`(_ path: String) { #expect(!ReportPath.isOurs(path)) }

    @Test(arguments: [
        ("a|b", "a\\|b"), ("`x`", "\\`x\\`"), ("<b>&", "&lt;b&gt;&amp;"), ("@team\nx", "&#64;team x"),
        ("a\u{202e}b", "ab"),
    ])
    func `Markdown shows text as it is`(_ text: String, _ expected: String) { #expect(Markdown.text(text) == expected) }
}

extension Value {
    /// The map with an item more in the list at a path of keys.
    fileprivate func adding(_ item: Value, to path: [String]) -> Value? {
        guard let key = path.first else { return .list((list ?? []) + [item]) }
        guard var map, let child = map[key] ?? .list([]) as Value? else { return nil }
        map[key] = child.adding(item, to: Array(path.dropFirst()))
        return .map(map)
    }
}
