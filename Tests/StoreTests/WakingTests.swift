import Resources
import Store
import Testing
import YAML

/// Whom a change wakes: exactly those whom it concerns.
@Suite struct WakingTests {
    private var state: State
    private let service: Object
    private let configuration: Object
    private let revision: Object
    private let workload: Object
    private let route: Object

    /// A Service with all its children, and a Route that names the Revision; everything at rest.
    init() throws {
        state = State(id: "s1")
        service = try state.make(Sample.object(.service, "shop", origin: Sample.origin()))
        configuration = try state.make(Sample.object(.configuration, "shop", owner: service))
        revision = try state.make(Sample.object(.revision, "shop-00001", owner: configuration))
        workload = try state.make(Sample.object(.workload, "shop-00001", owner: revision))
        route = try state.make(Sample.route("shop", to: "shop-00001", owner: service))
        for mark in Mark.allCases {
            for key in state.marked(mark) {
                try state.apply([.unmark(key, mark, ifVersionAtMost: state.version)], at: Sample.start)
            }
        }
        try state.rest()
    }

    private func woken(_ change: Change, by actor: Key? = nil) throws -> [Key] {
        var copy = state
        try copy.apply([change], at: Sample.after(1), by: actor)
        return copy.dueKeys(at: Sample.after(1))
    }

    private func changed(_ object: Object) -> Change { .put(object.with(spec: ["image": "shop:2"], origin: nil)) }

    @Test func `a spec wakes its object, the controller and whoever refers to it`() throws {
        #expect(try woken(changed(revision)) == [configuration.key, route.key, revision.key])
    }

    @Test func `a reconciler's own work does not wake it`() throws {
        #expect(try woken(changed(revision), by: configuration.key) == [route.key, revision.key])
        #expect(try woken(changed(revision), by: revision.key) == [configuration.key, route.key])
    }

    @Test func `a status wakes the others, not the object`() throws {
        var status = RevisionStatus()
        status.observedGeneration = 1
        #expect(try woken(.setStatus(revision.key, .revision(status))) == [configuration.key, route.key])
    }

    @Test func `a workload's status wakes its Revision, and the workload is not due`() throws {
        let ready = Status.workload(WorkloadStatus(phase: .ready, runtime: "none"))
        #expect(try woken(.setStatus(workload.key, ready)) == [revision.key])
        #expect(try woken(changed(workload)) == [revision.key])
    }

    @Test func `a deletion wakes children as well`() throws {
        #expect(try woken(.delete(service.key, .background)) == [configuration.key, route.key])
    }

    @Test func `a deletion wakes also the child that no reconciler looks at, so that it goes as well`() throws {
        #expect(try woken(.delete(revision.key, .background)) == [configuration.key, route.key, workload.key])
    }

    @Test func `creating what a Route already names wakes the Route`() throws {
        var copy = state
        try copy.apply([.delete(revision.key, .background)], at: Sample.start)
        try copy.rest()
        try copy.apply([.put(Sample.object(.revision, "shop-00001", owner: configuration))], at: Sample.after(1))
        #expect(copy.dueKeys(at: Sample.after(1)) == [configuration.key, route.key, revision.key])
    }

    @Test func `a source record and a mark wake nobody`() throws {
        #expect(try woken(.setOrigin(service.key, Sample.origin(line: 7))) == [])
        #expect(try woken(.mark(service.key, .edited)) == [])
    }

    @Test func `waking brings a later due time forward, and leaves an earlier one`() throws {
        var copy = state
        try copy.apply(
            [.setDue(configuration.key, Sample.after(60)), .setDue(route.key, Sample.start)],
            at: Sample.start
        )
        try copy.apply([changed(revision)], at: Sample.after(1))
        #expect(copy.due(configuration.key) == Sample.after(1))
        #expect(copy.due(route.key) == Sample.start)
        #expect(copy.nextDue == Sample.start)
    }

    // MARK: Marks

    @Test func `whatever changes below an object from git puts its report behind`() throws {
        for change in [changed(workload), changed(route), .setStatus(service.key, Sample.status(1))] {
            var copy = state
            try copy.apply([change], at: Sample.after(1))
            #expect(copy.marked(.unreported) == [service.key])
        }
    }

    @Test func `a report stays behind for an object that is gone`() throws {
        var copy = state
        try copy.apply([.delete(service.key, .background)], at: Sample.after(1))
        #expect(copy.marked(.unreported) == [service.key])
    }

    @Test func `an object that no git object controls has no report`() throws {
        var copy = state
        try copy.make(Sample.object(.service, "by-hand"))
        #expect(copy.marked(.unreported) == [])
    }

    @Test func `a workload is wished when it is made, changed or deleted, not when its status changes`() throws {
        for change in [changed(workload), .delete(workload.key, .background)] {
            var copy = state
            try copy.apply([change], at: Sample.after(1))
            #expect(copy.marked(.wished) == [workload.key])
        }
        var copy = state
        try copy.apply([.setStatus(workload.key, .workload(WorkloadStatus(phase: .ready)))], at: Sample.after(1))
        #expect(copy.marked(.wished) == [])
    }

    @Test func `an unmark of something that changed since does nothing`() throws {
        var copy = state
        try copy.apply([changed(workload)], at: Sample.after(1))
        let seen = copy.version
        try copy.apply([.put(workload.with(spec: ["image": "shop:3"], origin: nil))], at: Sample.after(2))
        try copy.apply([.unmark(workload.key, .wished, ifVersionAtMost: seen)], at: Sample.after(3))
        #expect(copy.isMarked(workload.key, .wished))
        try copy.apply([.unmark(workload.key, .wished, ifVersionAtMost: copy.version)], at: Sample.after(4))
        #expect(copy.count(.wished) == 0)
    }
}
