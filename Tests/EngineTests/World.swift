import Resources
import Store
import Testing
import YAML

@testable import Engine

/// A state with the moves that tests make in it, and builders that name only what matters.
struct World {
    var state = State(id: "world")
    var engine: Engine
    var now = Instant(milliseconds: 1_527_768_000_000)
    /// Whether each drain is followed by a look at every object, which must change nothing.
    var looksTwice = true

    init(_ settings: EngineSettings = EngineSettings()) { engine = Engine(settings) }

    static func key(_ kind: Kind, _ name: String = "shop") -> Key { Key(kind, "default", name) }

    subscript(kind: Kind, name: String = "shop") -> Object? { state[Self.key(kind, name)] }

    // MARK: Objects

    static func template(_ image: String, name: String? = nil, extra: Map = Map()) -> Value {
        var spec: Map = ["container": ["image": .string(image)], "concurrencyModel": "Multi"]
        for entry in extra.entries { spec[entry.key] = entry.value }
        var template: Map = ["spec": .map(spec)]
        if let name { template["metadata"] = ["name": .string(name)] }
        return .map(template)
    }

    static func configurationSpec(_ image: String = "shop:1", name: String? = nil, build: Value? = nil) -> Value {
        var map = Map()
        map["build"] = build
        map["revisionTemplate"] = template(image, name: name)
        return .map(map)
    }

    static func runLatest(_ image: String = "shop:1", build: Value? = nil) -> Value {
        ["runLatest": ["configuration": configurationSpec(image, build: build)]]
    }

    static func pinned(_ revision: String, percent: Int? = nil, _ image: String = "shop:1") -> Value {
        var map: Map = ["revisionName": .string(revision)]
        map["rolloutPercent"] = percent.map(Value.int)
        map["configuration"] = configurationSpec(image)
        return ["pinned": .map(map)]
    }

    static func route(_ targets: [TrafficTarget]) -> Value { RouteSpec(targets: targets).value }

    // MARK: Moves

    mutating func put(_ kind: Kind, labels: StringMap = [:], annotations: StringMap = [:], _ spec: Value) throws {
        try put(kind, "shop", labels: labels, annotations: annotations, spec)
    }

    mutating func put(
        _ kind: Kind,
        _ name: String,
        labels: StringMap = [:],
        annotations: StringMap = [:],
        _ spec: Value
    ) throws {
        var metadata = Metadata(name: name, namespace: "default")
        if let live = self[kind, name] { metadata = live.metadata }
        metadata.labels = metadata.labels.merging(labels)
        metadata.annotations = metadata.annotations.merging(annotations)
        try apply(.put(Object(kind: kind, metadata: metadata, spec: spec)))
    }

    mutating func apply(_ changes: Change...) throws {
        try state.apply(changes, at: now)
        try settle()
    }

    mutating func delete(_ kind: Kind, _ name: String = "shop", _ how: Change.Propagation = .background) throws {
        try apply(.delete(Self.key(kind, name), how))
    }

    mutating func workload(_ revision: String, _ phase: WorkloadStatus.Phase, runtime: String = "test") throws {
        try apply(.setStatus(Self.key(.workload, revision), .workload(WorkloadStatus(phase: phase, runtime: runtime))))
    }

    mutating func ready(_ revision: String) throws { try workload(revision, .ready) }

    mutating func fails(_ revision: String, code: Int = 1) throws {
        let failure = WorkloadStatus.Failure(
            condition: "ContainerHealthy",
            reason: "ExitCode\(code)",
            message: "Container failed with: oops"
        )
        try workload(revision, .failed(failure))
    }

    mutating func build(_ name: String, _ status: Condition.Status, _ reason: String? = nil, _ message: String? = nil)
        throws
    {
        var told = try #require(self[.build, name]).buildStatus
        let condition = Condition(type: "Succeeded", status: status, reason: reason, message: message)
        told.startTime = now
        told.conditions = .settled([condition], after: told.conditions, at: now)
        try apply(.setStatus(Self.key(.build, name), .build(told)), .setDue(Self.key(.build, name), now))
    }

    mutating func wait(_ duration: Duration) throws {
        let end = now + duration
        while let due = state.nextLook, due <= end {
            now = max(now, due)
            try settle()
        }
        now = end
    }

    mutating func settle() throws {
        #expect(try engine.drain(&state, at: now).isExhausted)
        if looksTwice { try expectNothingToDo() }
    }

    /// Level-triggered: whoever looks at all objects again finds nothing to change, and the same instants to look again.
    func expectNothingToDo() throws {
        for kind in Kind.allCases {
            for key in state.keys(kind) {
                guard let object = state[key] else { continue }
                let work = engine.work(on: object, in: state, at: now)
                var copy = state
                try copy.apply(work.changes, at: now, by: key)
                #expect(copy.version == state.version, "\(key) changes again: \(work.changes)")
                #expect(work.dueAgain == state.due(key), "\(key) is due at another time")
                #expect(work.dueAgain == nil || work.isChore == state.isChore(key), "\(key) is due for something else")
            }
        }
    }

    // MARK: Looks

    /// `True/ServiceReady`, or nil where there is no such condition.
    func condition(_ kind: Kind, _ type: String, _ name: String = "shop") -> String? {
        guard let condition = self[kind, name]?.status.conditions[type] else { return nil }
        return condition.status.rawValue + (condition.reason.map { "/" + $0 } ?? "")
    }

    func message(_ kind: Kind, _ type: String, _ name: String = "shop") -> String? {
        self[kind, name]?.status.conditions[type]?.message
    }

    /// `shop-00001 75, next=shop-00002 25`.
    func traffic(_ route: String = "shop") -> String {
        (self[.route, route]?.routeStatus.traffic ?? [])
            .map { "\($0.name.map { $0 + "=" } ?? "")\($0.revisionName) \($0.percent)" }
            .joined(separator: ", ")
    }

    func main(_ route: String = "shop") -> String {
        (self[.split, route]?.spec["main"]?.list ?? [])
            .map { "\($0["revisionName"]?.string ?? "") \($0["percent"]?.int ?? 0)" }
            .joined(separator: ", ")
    }
}
