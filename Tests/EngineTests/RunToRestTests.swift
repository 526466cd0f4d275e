import Resources
import Store
import Testing
import YAML

@testable import Engine

@Suite struct RunToRestTests {
    private static let start = Instant(milliseconds: 1_527_768_000_000)

    private func state(_ spec: Value = World.runLatest(), _ kind: Kind = .service) throws -> State {
        var state = State(id: "preview")
        try state.apply([.put(draft(spec, kind))], at: Self.start)
        return state
    }

    private func draft(_ spec: Value, _ kind: Kind = .service) -> Object {
        Object(kind: kind, metadata: Metadata(name: "shop", namespace: "default"), spec: spec)
    }

    @Test func `a rollout's timeline tells what happens when`() throws {
        var state = try state()
        var run = RunToRest(runtime: SimulatedRuntime(.ready(after: .seconds(2))))
        let first = try run.run(&state, from: Self.start)
        #expect(first.isAtRest)
        let later = first.end + .seconds(100)
        try state.apply([.put(draft(World.runLatest("shop:2")))], at: later)
        let second = try run.run(&state, from: later)
        #expect(
            second.timeline.description == """
                +0.0s Revision default/shop-00002 created
                +2.0s Revision default/shop-00002 ready
                +2.0s Route default/shop shop-00001 75%, shop-00002 25%
                +3.0s Route default/shop shop-00001 50%, shop-00002 50%
                +4.0s Route default/shop shop-00001 25%, shop-00002 75%
                +5.0s Route default/shop shop-00002 100%
                +5.0s Route default/shop done
                +5.0s Service default/shop ready
                """
        )
        #expect(second.end == later + .seconds(5))
        #expect(state.nextDue == nil)
        #expect(state.marked(.wished) == [])
    }

    private static let paces: [String: (spec: Map, annotations: StringMap)] = [
        "usual": ([:], [:]), "halves": (["rollout": ["steps": [50]]], [:]),
        "evenly": ([:], [Labels.rolloutDuration: "10s"]),
        "slow": (["rollout": ["steps": [5, 25], "interval": "10m"]], [:]),
    ]

    @Test(arguments: [
        ("usual", "slow", 5), ("halves", "slow", 5), ("evenly", "slow", 5), ("slow", "usual", 25),
        ("slow", "evenly", 1),
    ])
    func `a commit that changes pace and image moves traffic in the new steps`(_ old: String, _ new: String, first: Int)
        throws
    {
        func service(_ pace: String, _ image: String) throws -> Change {
            let (fields, annotations) = try #require(Self.paces[pace])
            var body = fields
            body["configuration"] = World.configurationSpec(image)
            var metadata = Metadata(name: "shop", namespace: "default")
            metadata.annotations = annotations
            return .put(Object(kind: .service, metadata: metadata, spec: ["runLatest": .map(body)]))
        }
        var state = State(id: "preview")
        try state.apply([service(old, "shop:1")], at: Self.start)
        // Whoever runs it answers before the Route has seen anything of the commit.
        var run = RunToRest(runtime: SimulatedRuntime(.ready(after: .zero)))
        _ = try run.run(&state, from: Self.start)
        let later = Self.start + .seconds(60)
        try state.apply([service(new, "shop:2")], at: later)
        let lines = try run.run(&state, from: later).timeline.description.split(separator: "\n")
        let shares = "shop-00001 \(100 - first)%, shop-00002 \(first)%"
        #expect(lines.first { $0.contains(" Route ") } == "+0.0s Route default/shop \(shares)")
    }

    /// Switches from one mode to another, with the image that it is for.
    private static let switches: [(old: Value, new: Value)] = {
        func body(_ image: String, _ more: Map = [:]) -> Value {
            var body = more
            body["configuration"] = World.configurationSpec(image)
            return .map(body)
        }
        let steps: Map = ["rollout": ["steps": [10, 50], "interval": "10m"]]
        return [
            (["pinned": body("shop:1", ["revisionName": "shop-00001"])], ["runLatest": body("shop:2", steps)]),
            (["runLatest": body("shop:1")], ["release": body("shop:2", ["revisions": ["@latest"]])]),
            (
                ["pinned": body("shop:1", ["revisionName": "shop-00001", "rolloutPercent": 10])],
                ["pinned": body("shop:2", ["revisionName": "shop-00001", "rolloutPercent": 50])]
            ),
        ]
    }()

    @Test(arguments: switches)
    func `a commit that changes mode and image rolls out however fast the Revision answers`(_ old: Value, _ new: Value)
        throws
    {
        func steps(readyAfter delay: Duration) throws -> [[TrafficShare]] {
            var state = State(id: "preview")
            try state.apply([.put(draft(old))], at: Self.start)
            var run = RunToRest(runtime: SimulatedRuntime(.ready(after: delay)))
            _ = try run.run(&state, from: Self.start)
            let later = Self.start + .seconds(600)
            try state.apply([.put(draft(new))], at: later)
            return try run.run(&state, from: later).timeline.entries.compactMap { entry in
                if case .traffic(let shares) = entry.what { shares } else { nil }
            }
        }
        let (fast, slow) = (try steps(readyAfter: .zero), try steps(readyAfter: .seconds(5)))
        // Who answers later leaves time to see what a person changed hold at once.
        #expect(fast.count > 2)
        #expect(slow.suffix(fast.count) == fast[...])
    }

    @Test func `assumptions are chosen for each Revision`() throws {
        let key = World.key(.revision, "shop-00001")
        let cases: [(SimulatedRuntime.Outcome, String, Duration)] = [
            (.exits(code: 3, message: "no disk", after: .seconds(1)), "ExitCode3", .seconds(1)),
            (.imageMissing(error: "not found"), "ContainerMissing", .zero),
            (.hangs, "ProgressDeadlineExceeded", .seconds(120)),
            (.assumed, "NoRuntime", .zero),
        ]
        for (outcome, reason, end) in cases {
            var state = try state()
            var run = RunToRest(runtime: SimulatedRuntime(outcomes: [key: [outcome]]))
            let result = try run.run(&state, from: Self.start)
            #expect(result.isAtRest)
            #expect(result.end == Self.start + end)
            #expect(state[key]?.status.conditions["Ready"]?.reason == reason)
        }
    }

    @Test func `a Revision may fail after it was ready`() throws {
        var state = try state()
        let outcomes: [SimulatedRuntime.Outcome] = [
            .ready(after: .seconds(1)), .exits(code: 1, message: "oops", after: .seconds(1)),
        ]
        var run = RunToRest(
            runtime: SimulatedRuntime(outcomes: [World.key(.revision, "shop-00002"): outcomes])
        )
        _ = try run.run(&state, from: Self.start)
        let later = Self.start + .seconds(60)
        try state.apply([.put(draft(World.runLatest("shop:2")))], at: later)
        let result = try run.run(&state, from: later)
        #expect(result.isAtRest)
        #expect(state[World.key(.route)]?.routeStatus.traffic.map(\.revisionName) == ["shop-00001"])
        #expect(
            result.timeline.entries.contains {
                $0.what == .failed(reason: "ExitCode1", message: "Container failed with: oops")
            }
        )
    }

    @Test func `a Build without a builder is waited for by nobody`() throws {
        var state = try state(World.runLatest(build: ["steps": [["image": "x"]]]))
        var run = RunToRest()
        let result = try run.run(&state, from: Self.start)
        #expect(result.isAtRest)
        #expect(result.end == Self.start)
    }

    @Test func `what never rests is cut off`() throws {
        var state = try state()
        var run = RunToRest(runtime: SimulatedRuntime(.ready(after: .seconds(90))))
        run.maximumTime = .seconds(60)
        #expect(try !run.run(&state, from: Self.start).isAtRest)
    }

    @Test func `a copy runs to the same end as the state that it was copied from`() throws {
        var live = try state()
        var copy = live
        var (first, second) = (RunToRest(), RunToRest())
        let (a, b) = (try first.run(&live, from: Self.start), try second.run(&copy, from: Self.start))
        #expect(a.timeline == b.timeline)
        for kind in Kind.allCases {
            #expect(live.keys(kind).map { live[$0] } == copy.keys(kind).map { copy[$0] })
        }
    }
}
