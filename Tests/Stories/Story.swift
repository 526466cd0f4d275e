import Engine
import Resources
import Store
import Testing
import YAML

/// A small world in which a user's requests, a runtime's answers and time make things happen.
struct Story {
    var state = State(id: "story")
    let engine: Engine
    private(set) var now = Instant(milliseconds: 1_527_768_000_000)

    /// A world without anything in it.
    ///
    /// - Parameter hasBuilder: whether somebody carries out Builds.
    init(hasBuilder: Bool = false) { engine = Engine(EngineSettings(hasBuilder: hasBuilder)) }

    enum Failure: Error { case invalid([String]), missing(Key) }

    // MARK: What the user does

    /// POST or PUT: the object as it is written, in place of the one that is there.
    mutating func put(_ node: Node) throws {
        switch ManifestReader().read(node) {
        case .desired(let desired, _): try commit(desired.draft)
        case .configuration: throw Failure.invalid(["no object of the API"])
        case .skipped(let note): throw Failure.invalid([note.message])
        case .invalid(let errors, _): throw Failure.invalid(errors.map(\.message))
        }
    }

    /// The same for an object that is at hand.
    mutating func put(_ object: Object) throws { try commit(object) }

    /// PATCH, as kubectl sends it where a type has merge keys.
    mutating func patch(_ node: Node) throws {
        let reader = ManifestReader()
        guard let key = reader.claimedKey(of: node), let live = state[key] else {
            throw Failure.invalid(["nothing to patch"])
        }
        let patch = try PatchForm.read(node, kind: key.kind)
        try commit(live.edited(StrategicMerge.apply(patch: patch, to: live.value, kind: key.kind)))
    }

    /// PATCH of a Service, as a value.
    mutating func patchService(_ patch: Value) throws {
        let live = try #require(self[.service])
        try commit(live.edited(StrategicMerge.apply(patch: patch, to: live.value, kind: .service)))
    }

    mutating func delete(_ kind: Kind, _ name: String = "my-service") throws {
        try state.apply([.delete(Key(kind, "default", name), .background)], at: now)
        try settle()
    }

    private mutating func commit(_ object: Object) throws {
        try state.apply([.put(object)], at: now)
        try settle()
    }

    // MARK: What the world does

    /// The runtime says of a Revision's workload that it answers requests.
    mutating func becomesReady(_ revision: String) throws {
        try says(revision, .ready)
    }

    mutating func says(_ revision: String, _ phase: WorkloadStatus.Phase) throws {
        let key = Key(.workload, "default", revision)
        try state.apply([.setStatus(key, .workload(WorkloadStatus(phase: phase, runtime: "test")))], at: now)
        try settle()
    }

    /// The builder carries out what waits for it, as is assumed of it, until it is done.
    mutating func builds(_ outcome: SimulatedBuilder.Outcome) throws {
        var builder = SimulatedBuilder(outcome)
        for key in state.marked(.wished) where key.kind == .build {
            if let order = state[key].flatMap(BuildOrder.init) { builder.wish(order, at: now) }
        }
        while let next = builder.nextAnswer {
            try wait(next - now)
            for (order, report) in builder.answers(at: now) {
                try state.apply(order.changes(after: report, in: state, at: now), at: now)
                try settle()
            }
        }
    }

    /// Lets time pass, with a drain whenever something is due on the way.
    mutating func wait(_ duration: Duration) throws {
        let end = now + duration
        while let due = state.nextLook, due <= end {
            now = max(now, due)
            try settle()
        }
        now = end
        try settle()
    }

    /// Lets time pass with nobody there, and then looks once.
    mutating func isAway(_ duration: Duration) throws {
        now = now + duration
        try settle()
    }

    /// Drains what is due, and then looks at every object again: nothing may change by that.
    private mutating func settle() throws {
        #expect(try engine.drain(&state, at: now).isExhausted)
        var again = state
        let all = Kind.allCases.flatMap { state.keys($0) }
        try again.apply(all.map { .setDue($0, now) }, at: now)
        try engine.drain(&again, at: now)
        #expect(again.version == state.version, "a second look changed something")
    }

    // MARK: What one sees

    /// GET of the object of that kind; `my-service` where nothing else is said.
    subscript(kind: Kind, name: String = "my-service") -> Object? { state[Key(kind, "default", name)] }

    /// The Route's traffic: `my-service-00001 75, my-service-00002 25`.
    var traffic: String {
        (self[.route]?.routeStatus.traffic ?? [])
            .map { "\($0.name.map { $0 + "=" } ?? "")\($0.revisionName) \($0.percent)" }
            .joined(separator: ", ")
    }

    /// A condition of an object in one word or two: `False/RolloutInProgress`.
    func condition(_ kind: Kind, _ type: String = "Ready", name: String = "my-service") -> String? {
        guard let condition = self[kind, name]?.status.conditions[type] else { return nil }
        return condition.status.rawValue + (condition.reason.map { "/" + $0 } ?? "")
    }

    /// What the data plane does: Revision and percent of the main host.
    var main: [String] {
        (self[.split]?.spec["main"]?.list ?? []).map {
            "\($0["revisionName"]?.string ?? "") \($0["percent"]?.int ?? 0)"
        }
    }
}
