import Resources
import Store
import Testing
import YAML

@testable import Engine

/// Random lives of a small world, each from one seed: whatever happens, what design.md promises must hold.
@Suite struct InvariantTests {
    /// Revisions that age within a life: odd seeds have it, even ones live with the usual limits.
    private func settings(_ seed: UInt64) -> EngineSettings {
        let retention = RevisionRetention(
            retiredAfter: .seconds(2),
            sinceCreation: .seconds(100),
            sinceReached: .seconds(60),
            least: 1,
            most: 3
        )
        return seed % 2 == 1 ? EngineSettings(retention: retention) : EngineSettings()
    }

    // 112: a label that was left behind with a split that somebody deleted; 572, 831: a Route that stood still for a Revision
    // that had failed and that the data plane did not serve.
    @Test(arguments: Array(1...40) + [112, 572, 831])
    func `invariants hold after every action`(seed: UInt64) throws {
        var world = World(settings(seed))
        var life = Life(seed: seed)
        for _ in 0..<60 {
            let before = world.state
            try life.act(on: &world)
            for fault in Invariants.faults(world.state, after: before) {
                Issue.record("seed \(seed), \(life.log.suffix(8).joined(separator: "; ")): \(fault)")
            }
        }
    }

    // 114: a rollout from more than its target had, left by a spec that could not be assigned. 423, 480, 504, 542: a
    // rollout that a Route began, or went on with, before its Configuration had looked.
    @Test(arguments: Array(1...40) + [114, 349, 423, 480, 504, 542])
    func `the state at rest is the same in whatever order objects are reconciled`(seed: UInt64) throws {
        var states: [[Key: String]] = []
        for salt: UInt64 in [0, 1, 2, 3] {
            var world = World(settings(seed))
            world.looksTwice = false
            if salt > 0 { world.engine.reorder = { $0.sorted { hash($0, salt) < hash($1, salt) } } }
            var life = Life(seed: seed)
            for _ in 0..<40 { try life.act(on: &world) }
            try world.wait(.seconds(3_600))
            #expect(world.state.nextDue == nil)
            try world.wait(.seconds(200_000))
            #expect(world.state.nextLook == nil)
            states.append(contents(world.state))
        }
        for state in states.dropFirst() {
            for key in Set(state.keys).union(states[0].keys).sorted() where state[key] != states[0][key] {
                Issue.record("seed \(seed): \(key) differs: \(states[0][key] ?? "absent") / \(state[key] ?? "absent")")
            }
        }
    }

    /// Everything but what tells of the way there: resource versions, the splits' generations, and when a condition last
    /// changed, since one may change and change back within an instant.
    private func contents(_ state: State) -> [Key: String] {
        var contents: [Key: String] = [:]
        for kind in Kind.allCases {
            for key in state.keys(kind) {
                guard let object = state[key] else { continue }
                var metadata = object.metadata
                metadata.resourceVersion = 0
                if kind == .split { metadata.generation = 0 }
                contents[key] = withoutTimes(object.with(metadata: metadata, origin: nil).value).json
            }
        }
        return contents
    }

    private func withoutTimes(_ value: Value) -> Value {
        switch value {
        case .map(let map):
            let kept = map.entries.filter { $0.key != "lastTransitionTime" }
            return .map(Map(uniqueEntries: kept.map { Map.Entry(key: $0.key, value: withoutTimes($0.value)) }))
        case .list(let list): return .list(list.map(withoutTimes))
        default: return value
        }
    }
}

/// FNV-1a of a key, salted: an order as good as any other.
private func hash(_ key: Key, _ salt: UInt64) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ salt
    for byte in key.description.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
}

/// One seed's choices. They depend on the state's keys alone, so that worlds which differ only in order live alike.
private struct Life {
    private var random: UInt64
    private(set) var log: [String] = []

    init(seed: UInt64) {
        random = seed
        // The generator counts in equal steps: without this, one seed's choices would be the next one's, shifted.
        random = UInt64(draw(.max)) &* 0xD134_2543_DE82_EF95
    }

    private mutating func draw(_ bound: Int) -> Int {
        random &+= 0x9E37_79B9_7F4A_7C15
        var z = random
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(bound))
    }

    private mutating func pick<T>(_ list: [T]) -> T? { list.isEmpty ? nil : list[draw(list.count)] }

    mutating func act(on world: inout World) throws {
        let action = draw(20)
        let service = ["shop", "cart"][draw(2)]
        let image = "image:\(draw(4))"
        switch action {
        case 0...3:
            log.append("\(service) runs latest \(image)")
            try world.put(
                .service,
                service,
                World.runLatest(image, build: draw(8) == 0 ? ["steps": [["image": "x"]]] : nil)
            )
        case 4:
            guard let revision = pick(world.state.keys(.revision)) else { break }
            let percent = [nil, 5, 50][draw(3)]
            log.append("\(service) is pinned to \(revision.name), \(percent ?? 0)")
            try world.put(.service, service, World.pinned(revision.name, percent: percent, image))
        case 5:
            let revisions = world.state.keys(.revision)
            guard let one = pick(revisions), let two = pick(revisions) else { break }
            log.append("\(service) releases \(one.name), \(two.name)")
            let release: Value = [
                "revisions": [.string(one.name), .string(two.name)], "rolloutPercent": 30,
                "configuration": World.configurationSpec(image),
            ]
            try world.put(.service, service, ["release": release])
        case 6...11:
            guard let workload = pick(world.state.keys(.workload)) else { break }
            log.append("\(workload.name) becomes ready")
            try world.ready(workload.name)
        case 12:
            guard let workload = pick(world.state.keys(.workload)) else { break }
            log.append("\(workload.name) fails")
            try world.fails(workload.name)
        case 13:
            guard let workload = pick(world.state.keys(.workload)) else { break }
            log.append("\(workload.name) starts again")
            try world.workload(workload.name, .pending)
        case 14:
            guard let build = pick(world.state.keys(.build)) else { break }
            log.append("\(build.name) is built")
            try world.build(build.name, [.true, .true, .false][draw(3)], "Reason", "text")
        case 15:
            let kind = [Kind.revision, .revision, .route, .configuration, .service, .build, .split][draw(7)]
            guard let key = pick(world.state.keys(kind)) else { break }
            log.append("\(key) is deleted")
            try world.delete(kind, key.name, draw(3) == 0 ? .foreground : .background)
        case 16:
            guard world[.configuration] != nil, let revision = pick(world.state.keys(.revision)) else { break }
            log.append("a route of its own to \(revision.name)")
            let targets = [
                TrafficTarget(.revision(revision.name), percent: 40),
                TrafficTarget(.configuration("shop"), percent: 60),
            ]
            try world.put(.route, "own", World.route(targets))
        case 17:
            guard let live = world[.service, service] else { break }
            let duration = ["0s", "7s", "100s"][draw(3)]
            log.append("\(service) takes \(duration)")
            try world.put(.service, service, annotations: [Labels.rolloutDuration: duration], live.spec)
        default:
            let milliseconds = [200, 1_000, 2_500, 130_000][draw(4)]
            log.append("\(milliseconds) ms pass")
            try world.wait(.milliseconds(milliseconds))
        }
    }
}

/// What design.md says must always hold, each a sentence when it does not.
private enum Invariants {
    static func faults(_ state: State, after before: State) -> [String] {
        percents(state) + moves(state, before) + generations(state) + revisions(state) + owners(state) + labels(state)
    }

    private static func objects(_ kind: Kind, _ state: State) -> [Object] { state.keys(kind).compactMap { state[$0] } }

    static func percents(_ state: State) -> [String] {
        objects(.route, state).compactMap { route in
            let sum = route.routeStatus.traffic.reduce(0) { $0 + $1.percent }
            let isReady = route.routeStatus.conditions.isTrue("Ready")
            let main = (state[route.key.sibling(.split)]?.spec["main"]?.list ?? []).reduce(0) {
                $0 + ($1["percent"]?.int ?? 0)
            }
            if ![0, 100].contains(main) { return "\(route.key): the data plane divides \(main) %" }
            if route.routeStatus.traffic.contains(where: { $0.percent < 0 }) { return "\(route.key): negative" }
            return sum == 100 || !isReady || route.routeSpec.targets.isEmpty ? nil : "\(route.key): \(sum) %, and Ready"
        }
    }

    static func moves(_ state: State, _ before: State) -> [String] {
        func shares(_ route: Key, _ state: State) -> [String: Int] {
            let main = state[route.sibling(.split)]?.spec["main"]?.list ?? []
            return Dictionary(
                main.map { ($0["revisionName"]?.string ?? "", $0["percent"]?.int ?? 0) },
                uniquingKeysWith: +
            )
        }
        return state.keys(.route).flatMap { route -> [String] in
            let had = shares(route, before)
            return shares(route, state).compactMap { revision, percent in
                let isReady = state[route.sibling(.revision, revision)]?.isReadyRevision ?? false
                return percent > had[revision] ?? 0 && !isReady ? "\(route): traffic moved to unready \(revision)" : nil
            }
        }
    }

    static func generations(_ state: State) -> [String] {
        [Kind.service, .configuration, .revision, .route, .build].flatMap { objects($0, state) }.compactMap {
            let observed = $0.status.observedGeneration
            return observed == $0.metadata.generation || observed == 0 && $0.kind == .build
                ? nil : "\($0.key): generation \($0.metadata.generation), observed \(observed)"
        }
    }

    static func revisions(_ state: State) -> [String] {
        objects(.configuration, state).flatMap { configuration -> [String] in
            let made = state.children(of: configuration.key).filter { $0.kind == .revision }.compactMap { state[$0] }
            let generations = made.map(\.configurationGeneration)
            let latest = configuration.configurationStatus.latestReadyRevisionName
            let isThere = latest.map { name in made.contains { $0.metadata.name == name } } ?? true
            return (Set(generations).count == generations.count ? [] : ["\(configuration.key): \(generations)"])
                + (isThere ? [] : ["\(configuration.key): latest ready \(latest ?? "") is gone"])
        }
    }

    static func owners(_ state: State) -> [String] {
        Kind.allCases.flatMap { objects($0, state) }.compactMap { object in
            guard let controller = object.metadata.controller, let key = object.controllerKey else { return nil }
            return state[key]?.metadata.uid == controller.uid ? nil : "\(object.key): its owner is gone"
        }
    }

    static func labels(_ state: State) -> [String] {
        [Kind.configuration, .revision].flatMap { objects($0, state) }.compactMap { object in
            let routes = (object.metadata.annotations[Labels.routes] ?? "").split(separator: ",").map(String.init)
            if routes.first != object.metadata.labels[Labels.route] {
                return "\(object.key): label and annotation differ"
            }
            return routes.allSatisfy { state.contains(object.key.sibling(.route, $0)) }
                ? nil : "\(object.key): labelled with a route that is gone"
        }
    }
}
