import Engine
import Git
import Resources
import Store
import Testing
import YAML

@testable import GitOps

/// There and back: a state, its report, and the state that is rebuilt from it.
@Suite struct RebuildTests {
    /// The worlds that have to come back equal.
    enum World: String, CaseIterable {
        case oneService, middleOfRollout, pinned, failedRevision, heldBack, recreated, waitingForBuild,
            routeAndConfiguration
        case severalDocuments, severalNamespaces

        func make() throws -> ReportWorld {
            var world = try ReportWorld()
            switch self {
            case .oneService:
                try world.push([
                    ("shop.yaml", Manifests.service("shop", image: "shop:1", env: [("MODE", "on"), ("N", "0777")]))
                ])
                try world.rest()
            case .middleOfRollout:
                try world.push([("shop.yaml", Manifests.service("shop", image: "shop:1"))])
                try world.rest()
                try world.push([("shop.yaml", Manifests.service("shop", image: "shop:2"))])
                try world.run(for: .seconds(2))
                guard world.state[Key(.route, "default", "shop")]?.routeStatus.traffic.count == 2 else {
                    throw ReportError(.damaged, path: "test", "not in the middle of a rollout")
                }
            case .pinned:
                try world.push([("shop.yaml", Manifests.service("shop", image: "shop:1"))])
                try world.rest()
                try world.push([("shop.yaml", Manifests.pinned("shop", revision: "shop-00001", image: "shop:2"))])
                try world.rest()
            case .failedRevision:
                world.runtime = SimulatedRuntime(
                    .assumed,
                    outcomes: [
                        Key(.revision, "default", "shop-00002"): [
                            .exits(code: 3, message: "no |config|", after: .seconds(1))
                        ]
                    ]
                )
                try world.push([("shop.yaml", Manifests.service("shop", image: "shop:1"))])
                try world.rest()
                try world.push([("shop.yaml", Manifests.service("shop", image: "shop:2"))])
                try world.rest()
            case .heldBack:
                try world.push([("shop.yaml", Manifests.service("shop", image: "shop:1"))])
                try world.rest()
                try world.push([
                    ("shop.yaml", Manifests.service("shop", image: "shop:1").replacing("image:", with: "imgae:")),
                    ("other/secret file.yaml", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\n"),
                ])
                try world.rest()
            case .recreated:
                try world.push([("shop.yaml", Manifests.service("shop", image: "shop:1"))])
                try world.rest()
                try world.push([("shop.yaml", nil)])
                try world.rest()
                try world.push([("shop.yaml", Manifests.service("shop", image: "shop:1"))])
                try world.rest()
            case .waitingForBuild:
                try world.push([("shop.yaml", Manifests.building("shop"))])
                try world.rest()
            case .routeAndConfiguration:
                try world.push([("samples/route.yaml", Manifests.routeAndConfiguration)])
                try world.rest()
            case .severalDocuments:
                let text = (1...3).map { Manifests.service("shop-\($0)", image: "shop:\($0)") }.joined(
                    separator: "---\n"
                )
                try world.push([("all.yaml", text)])
                try world.rest()
            case .severalNamespaces:
                for name in ["b", "a"] {
                    try world.push([("\(name)/shop.yaml", Manifests.service("shop", image: "shop:1", namespace: name))])
                }
                try world.rest()
            }
            return world
        }
    }

    @Test(arguments: World.allCases)
    func `a state comes back equal from its report`(_ which: World) async throws {
        let world = try which.make()
        let files = try await world.report()
        let restored = try ReportReader.read(files.mapValues { Array($0.utf8) }, from: "status")
        var rebuilt = State(id: restored.stateID)
        try rebuilt.apply(restored.changes(at: world.now), at: world.now)
        expectSame(rebuilt, world.state)
        // Those of manifest files say nothing to anybody.
        let incarnations = world.state.incarnations.filter { $0.key.kind != .manifestFile }
        #expect(rebuilt.incarnations.map(\.key) == incarnations.map(\.key))
        #expect(rebuilt.incarnations.map(\.count) == incarnations.map(\.count))
        var again = world
        again.state = rebuilt
        #expect(try await again.report() == files)
    }

    @Test(arguments: [World.oneService, .pinned, .failedRevision, .waitingForBuild, .routeAndConfiguration])
    func `a rebuilt state at rest stays as it is when its reconcilers look at it`(_ which: World) async throws {
        let world = try which.make()
        let files = try await world.report()
        let restored = try ReportReader.read(files.mapValues { Array($0.utf8) }, from: "status")
        var rebuilt = State(id: restored.stateID)
        try rebuilt.apply(restored.changes(at: world.now), at: world.now)
        _ = try Engine().drain(&rebuilt, at: world.now)
        expectSame(rebuilt, world.state)
    }

    @Test func `a report of another state is refused`() async throws {
        let files = try await World.oneService.make().report().mapValues { Array($0.utf8) }
        let error = #expect(throws: ReportError.self) {
            try ReportReader.read(files, from: "status", expecting: "another")
        }
        #expect(error?.kind == .foreign)
    }

    @Test(arguments: [
        ("form: 1", "form: 2", ReportError.Kind.newerForm, "state.yaml:2:7"),
        ("state: c0ffee", "state: [", .damaged, "state.yaml:"),
        ("state: c0ffee", "stat: c0ffee", .damaged, "state.yaml:2:1"),
    ])
    func `a damaged state file says where`(_ old: String, _ new: String, _ kind: ReportError.Kind, _ place: String)
        async throws
    {
        var files = try await World.oneService.make().report()
        files["state.yaml"] = files["state.yaml"]?.replacing(old, with: new)
        let error = #expect(throws: ReportError.self) {
            try ReportReader.read(files.mapValues { Array($0.utf8) }, from: "status")
        }
        #expect(error?.kind == kind)
        #expect(error?.description.hasPrefix(place) == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        ("kind: Revision", "kind: Rovision"), ("objects:", "objets:"), ("objects:", "\tobjects:"),
        ("  uid: ", "  uidd: "),
        ("commit:", "comit:"), ("    name: shop\n    namespace: default", "    name: shop2\n    namespace: default"),
    ])
    func `a damaged object file says where, and nothing is restored`(_ old: String, _ new: String) async throws {
        var files = try await World.oneService.make().report()
        let path = "default/service/shop.yaml"
        let text = try #require(files[path])
        #expect(text.contains(old))
        files[path] = text.replacing(old, with: new)
        let error = #expect(throws: ReportError.self) {
            try ReportReader.read(files.mapValues { Array($0.utf8) }, from: "status")
        }
        #expect(error?.kind == .damaged)
        #expect(error?.path == path)
        #expect(error?.position != nil)
    }

    @Test(arguments: [
        "elafros.dev/configuration: ", "elafros.dev/service: ", "    - configurationName: ", "revisionName: ",
        "latestReadyRevisionName: ",
    ])
    func `a report in which an earlier version replaced names is refused`(_ field: String) async throws {
        var files = try await World.oneService.make().report()
        let path = "default/service/shop.yaml"
        var lines = try #require(files[path]).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let place = try #require(lines.lastIndex { $0.contains(field) })
        let start = try #require(lines[place].firstRange(of: field))
        lines[place] = lines[place][..<start.upperBound] + HandEdits.placeholder
        files[path] = lines.joined(separator: "\n")
        let error = #expect(throws: ReportError.self) {
            try ReportReader.read(files.mapValues { Array($0.utf8) }, from: "status")
        }
        #expect(error?.description.contains("an earlier version of Elafros replaced names in ") == true)
        #expect(error?.description.contains("take an earlier commit of the report") == true)
        #expect(error?.position != nil)
    }

    private func expectSame(_ rebuilt: Store::State, _ original: Store::State) {
        let (rebuilt, original) = (contents(rebuilt), contents(original))
        for key in Set(rebuilt.keys).union(original.keys).sorted() {
            let (actual, expected) = (rebuilt[key], original[key])
            #expect(
                actual == expected,
                "\(key): \(actual?.value.yaml ?? "missing") instead of \(expected?.value.yaml ?? "nothing")"
            )
        }
    }

    /// All objects as a report has to give them back.
    private func contents(_ state: Store::State) -> [Key: Object] {
        var contents: [Key: Object] = [:]
        for key in Kind.allCases.flatMap({ state.keys($0) }) {
            guard let object = state[key] else { continue }
            var metadata = object.metadata
            metadata.resourceVersion = 0
            let status = object.kind == .sync ? Status.sync(object.syncStatus.reported) : object.status
            contents[key] = object.with(metadata: metadata, status: status)
        }
        return contents
    }
}
