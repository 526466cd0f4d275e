import Resources
import Store
import Testing
import YAML

@testable import Engine

@Suite struct EngineTests {
    private static let now = Instant(milliseconds: 1_527_768_000_000)

    private func state(services: Int) throws -> State {
        var state = State(id: "engine")
        for number in 0..<services {
            let metadata = Metadata(name: "shop-\(number)", namespace: "default")
            try state.apply([.put(Object(kind: .service, metadata: metadata, spec: World.runLatest()))], at: Self.now)
        }
        return state
    }

    @Test func `a drain is bounded by its limit and goes on with the next call`() throws {
        var (whole, pieces) = (try state(services: 7), try state(services: 7))
        let engine = Engine()
        let all = try engine.drain(&whole, at: Self.now)
        #expect(all.isExhausted)
        var count = 0
        while true {
            let drained = try engine.drain(&pieces, at: Self.now, limit: 5)
            #expect(drained.reconciled <= 5)
            count += drained.reconciled
            if drained.isExhausted { break }
        }
        #expect(count >= all.reconciled)
        for kind in Kind.allCases {
            for key in whole.keys(kind) { #expect(pieces[key]?.status == whole[key]?.status) }
        }
    }

    @Test func `of many Services the first come as far as they can before the next are begun`() throws {
        var (whole, pieces) = (try state(services: 1_200), try state(services: 1_200))
        let (engine, later) = (Engine(), Self.now + .seconds(1))
        try engine.drain(&whole, at: later)
        var begun: [[Key]] = [[]]
        while try !engine.drain(&pieces, at: later, pausingAfter: 1).isExhausted {
            let services = pieces.keys(.configuration).map { $0.sibling(.service) }
            guard let before = begun.last, services != before else { continue }
            #expect(before.allSatisfy { pieces[$0]?.status == whole[$0]?.status })
            begun.append(services)
        }
        #expect(begun.map(\.count) == [0, 512, 1_024, 1_200])
        for kind in Kind.allCases {
            #expect(pieces.keys(kind) == whole.keys(kind))
            for key in whole.keys(kind) { #expect(pieces[key]?.status == whole[key]?.status) }
        }
    }

    @Test func `a runtime that answers at once spares the owners of a Revision a look`() throws {
        func looks(pausingAfter pause: Int?) throws -> Int {
            var (state, looks) = (try state(services: 1), 0)
            while let due = state.nextDue, due <= Self.now {
                looks += try Engine().drain(&state, at: Self.now, pausingAfter: pause).reconciled
                for key in state.marked(.wished) {
                    let ready = Change.setStatus(key, .workload(WorkloadStatus(phase: .ready, runtime: "test")))
                    try state.apply([.unmark(key, .wished, ifVersionAtMost: .max), ready], at: Self.now)
                }
            }
            #expect(state[World.key(.service, "shop-0")]?.serviceStatus.conditions.isTrue("Ready") == true)
            return looks
        }
        #expect(try looks(pausingAfter: 100) < looks(pausingAfter: nil))
    }

    @Test func `what is not due costs nothing`() throws {
        var state = try state(services: 20)
        let engine = Engine()
        try engine.drain(&state, at: Self.now)
        let workload = Change.setStatus(
            World.key(.workload, "shop-3-00001"),
            .workload(WorkloadStatus(phase: .ready, runtime: "test"))
        )
        try state.apply([workload], at: Self.now)
        var touched: Set<String> = []
        let drained = try engine.drain(&state, at: Self.now) { touched.insert($0.key.name) }
        #expect(drained.reconciled < 15)
        #expect(touched == ["shop-3", "shop-3-00001"])
        #expect(try engine.drain(&state, at: Self.now) == Drained(reconciled: 0, isExhausted: true))
    }

    @Test func `an object that is due and gone is forgotten`() throws {
        var state = try state(services: 1)
        try state.apply([.delete(World.key(.service, "shop-0"), .background)], at: Self.now)
        #expect(try Engine().drain(&state, at: Self.now).isExhausted)
        #expect(state.nextDue == nil)
    }
}
