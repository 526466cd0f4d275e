import Resources
import Store
import Testing
import YAML

/// What the tests build states of.
enum Sample {
    static let start = Instant(milliseconds: 1_527_768_960_000)

    static func after(_ seconds: Int) -> Instant { start + .seconds(seconds) }

    static func object(
        _ kind: Kind,
        _ name: String,
        owner: Object? = nil,
        labels: StringMap = [:],
        spec: Value = ["image": "shop:1"],
        origin: Origin? = nil
    ) -> Object {
        let metadata = Metadata(
            name: name,
            namespace: kind == .sync ? "" : "default",
            labels: labels,
            owners: owner.map { [OwnerReference(controller: $0)] } ?? []
        )
        return Object(kind: kind, metadata: metadata, spec: spec, origin: origin)
    }

    /// A Route to one Revision, by name.
    static func route(_ name: String, to revision: String, owner: Object? = nil) -> Object {
        object(
            .route,
            name,
            owner: owner,
            spec: ["traffic": [["revisionName": .string(revision), "percent": 100]]]
        )
    }

    static func origin(_ path: String = "shop.yaml", line: Int = 1, spec: Value = ["image": "shop:1"]) -> Origin {
        Origin(
            sync: "shop",
            path: path,
            line: line,
            commit: "61640ca499",
            lastApplied: ["metadata": ["labels": [:], "annotations": [:]], "spec": spec]
        )
    }

    static func status(_ generation: Int) -> Status {
        var status = ServiceStatus()
        status.observedGeneration = generation
        return .service(status)
    }

    static func key(_ kind: Kind, _ name: String) -> Key { Key(kind, kind == .sync ? "" : "default", name) }
}

extension State {
    /// Puts an object and gives back what came of it, at rest.
    @discardableResult
    mutating func make(_ draft: Object) throws -> Object {
        try apply([.put(draft), .setDue(draft.key, nil)], at: Sample.start)
        return try #require(self[draft.key])
    }

    /// Puts everything to rest, so that a test sees whom its change wakes.
    mutating func rest() throws {
        for key in dueKeys(at: .init(milliseconds: .max - 1)) { try apply([.setDue(key, nil)], at: Sample.start) }
    }
}

@Suite struct StateTests {
    private let shop = Sample.key(.service, "shop")

    // MARK: Generation, version, uid

    @Test func `a new object has generation 1, a uid, its creation time and the next version`() throws {
        var state = State(id: "s1")
        let events = try state.apply([.put(Sample.object(.service, "shop"))], at: Sample.start)
        let made = try #require(state[shop])
        #expect(made.metadata.generation == 1)
        #expect(made.metadata.uid.count == 36)
        #expect(made.metadata.creationTimestamp == Sample.start)
        #expect(made.metadata.resourceVersion == 1)
        #expect(state.version == 1)
        #expect(events == [Event(key: shop, old: nil, new: made, version: 1)])
    }

    @Test(arguments: [
        (Sample.object(.service, "shop", spec: ["image": "shop:2"]), 2),
        (Sample.object(.service, "shop", labels: ["tier": "web"]), 1),
        (Sample.object(.service, "shop", origin: Sample.origin()), 1),
    ])
    func `only a change of the spec counts as a generation`(draft: Object, generation: Int) throws {
        var state = State(id: "s1")
        let before = try state.make(Sample.object(.service, "shop"))
        let events = try state.apply([.put(draft)], at: Sample.after(1))
        let after = try #require(state[shop])
        #expect(after.metadata.generation == generation)
        #expect(after.metadata.uid == before.metadata.uid)
        #expect(after.metadata.creationTimestamp == Sample.start)
        #expect(after.metadata.resourceVersion == state.version)
        #expect(events.count == 1)
    }

    @Test func `a status is no generation, but a version`() throws {
        var state = State(id: "s1")
        try state.make(Sample.object(.service, "shop"))
        try state.apply([.setStatus(shop, Sample.status(1))], at: Sample.after(1))
        #expect(state[shop]?.metadata.generation == 1)
        #expect(state[shop]?.metadata.resourceVersion == 2)
    }

    @Test func `two forms of one Route spec are one generation`() throws {
        var state = State(id: "s1")
        let targets: Value = [["revisionName": "shop-00001", "percent": 100]]
        try state.make(Sample.object(.route, "shop", spec: ["traffic": targets]))
        try state.apply(
            [.put(Sample.object(.route, "shop", spec: ["rollout": ["traffic": targets]]))],
            at: Sample.after(1)
        )
        let route = try #require(state[Sample.key(.route, "shop")])
        #expect(route.metadata.generation == 1)
        #expect(route.spec["rollout"] != nil)
    }

    @Test func `what changes nothing makes no event and takes no version`() throws {
        var state = State(id: "s1")
        try state.make(Sample.object(.service, "shop", origin: Sample.origin()))
        try state.apply([.setStatus(shop, Sample.status(1)), .setDue(shop, nil)], at: Sample.start)
        let version = state.version
        let events = try state.apply(
            [
                .put(Sample.object(.service, "shop", origin: Sample.origin())), .put(Sample.object(.service, "shop")),
                .setStatus(shop, Sample.status(1)), .setOrigin(shop, Sample.origin()),
                .delete(Sample.key(.route, "none"), .background),
            ],
            at: Sample.after(1)
        )
        #expect(events.isEmpty)
        #expect(state.version == version)
        #expect(state.nextDue == nil)
    }

    @Test func `a put keeps the status, and the origin where it brings none`() throws {
        var state = State(id: "s1")
        try state.make(Sample.object(.service, "shop", origin: Sample.origin()))
        try state.apply([.setStatus(shop, Sample.status(1))], at: Sample.start)
        try state.apply([.put(Sample.object(.service, "shop", spec: ["image": "shop:2"]))], at: Sample.start)
        #expect(state[shop]?.status == Sample.status(1))
        #expect(state[shop]?.origin == Sample.origin())
    }

    @Test func `the uid follows from state, key and incarnation`() throws {
        var one = State(id: "s1")
        var other = State(id: "s1")
        var foreign = State(id: "s2")
        let first = try one.make(Sample.object(.service, "shop"))
        try other.make(Sample.object(.service, "unrelated"))
        #expect(try other.make(Sample.object(.service, "shop")).metadata.uid == first.metadata.uid)
        #expect(try foreign.make(Sample.object(.service, "shop")).metadata.uid != first.metadata.uid)

        try one.apply([.delete(shop, .background)], at: Sample.start)
        #expect(one.incarnation(of: shop) == 1)
        let second = try one.make(Sample.object(.service, "shop"))
        #expect(second.metadata.uid != first.metadata.uid)
        #expect(second.metadata.generation == 1)
        #expect(one.incarnations.map(\.key) == [shop])
    }

    @Test func `a child's uid follows from its owner's`() throws {
        var state = State(id: "s1")
        let first = try state.make(Sample.object(.service, "shop"))
        let child = try state.make(Sample.object(.configuration, "shop", owner: first))
        var other = State(id: "s1")
        try other.apply([.setIncarnation(shop, 1)], at: Sample.start)
        let second = try other.make(Sample.object(.service, "shop"))
        #expect(try other.make(Sample.object(.configuration, "shop", owner: second)).metadata.uid != child.metadata.uid)
    }

    // MARK: All or none

    @Test(arguments: [
        (Change.put(Sample.object(.service, "shop"), expecting: .absent), StoreError.Kind.alreadyExists),
        (.put(Sample.object(.service, "shop"), expecting: .version(7)), .conflict),
        (.put(Sample.object(.service, "none"), expecting: .version(1)), .conflict),
        (.setStatus(Sample.key(.service, "none"), Sample.status(1)), .notFound),
        (.setOrigin(Sample.key(.service, "none"), nil), .notFound),
    ])
    func `a refused change takes the whole list with it`(change: Change, kind: StoreError.Kind) throws {
        var state = State(id: "s1")
        let before = try state.make(Sample.object(.service, "shop"))
        let error = #expect(throws: StoreError.self) {
            try state.apply(
                [.put(Sample.object(.service, "shop", spec: ["image": "shop:9"])), change],
                at: Sample.after(1)
            )
        }
        #expect(error?.kind == kind)
        #expect(state[shop] == before)
        #expect(state.version == 1)
        #expect(state.nextDue == nil)
    }

    @Test func `the version that was read is accepted, once`() throws {
        var state = State(id: "s1")
        let read = try state.make(Sample.object(.service, "shop")).metadata.resourceVersion
        try state.apply(
            [.put(Sample.object(.service, "shop", spec: ["image": "shop:2"]), expecting: .version(read))],
            at: Sample.start
        )
        #expect(throws: StoreError.self) {
            try state.apply(
                [.put(Sample.object(.service, "shop", spec: ["image": "shop:3"]), expecting: .version(read))],
                at: Sample.start
            )
        }
    }

    @Test func `an object made earlier in a list can have its status set, one deleted cannot`() throws {
        var state = State(id: "s1")
        try state.apply([.put(Sample.object(.service, "shop")), .setStatus(shop, Sample.status(1))], at: Sample.start)
        #expect(state[shop]?.status == Sample.status(1))
        #expect(throws: StoreError.self) {
            try state.apply([.delete(shop, .background), .setStatus(shop, Sample.status(2))], at: Sample.start)
        }
        #expect(state[shop]?.status == Sample.status(1))
    }

    // MARK: Deletion

    @Test func `background deletion leaves the children, awake`() throws {
        var state = State(id: "s1")
        let service = try state.make(Sample.object(.service, "shop"))
        let child = try state.make(Sample.object(.configuration, "shop", owner: service))
        try state.rest()
        let events = try state.apply([.delete(shop, .background)], at: Sample.after(1))
        #expect(events.map(\.key) == [shop])
        #expect(state[shop] == nil)
        #expect(state[child.key] == child)
        #expect(state.dueKeys(at: Sample.after(1)) == [child.key])
        #expect(state.children(of: shop) == [child.key])
    }

    @Test func `orphan deletion takes the owner off the children first`() throws {
        var state = State(id: "s1")
        let service = try state.make(Sample.object(.service, "shop"))
        let route = try state.make(Sample.object(.route, "shop", owner: service, spec: [:]))
        let configuration = try state.make(Sample.object(.configuration, "shop", owner: service))
        let events = try state.apply([.delete(shop, .orphan)], at: Sample.after(1))
        #expect(events.map(\.key) == [configuration.key, route.key, shop])
        #expect(state[route.key]?.metadata.owners.isEmpty == true)
        #expect(state[configuration.key]?.metadata.generation == 1)
        #expect(state.children(of: shop).isEmpty)
    }

    // MARK: Restoring

    @Test func `a restored object stands as it stood, and nobody is woken`() throws {
        var original = State(id: "s1")
        let service = try original.make(Sample.object(.service, "shop", origin: Sample.origin()))
        try original.apply(
            [.put(Sample.object(.service, "shop", spec: ["image": "shop:2"])), .setStatus(shop, Sample.status(2))],
            at: Sample.after(5)
        )
        let child = try original.make(Sample.object(.configuration, "shop", owner: service))
        let stood = try #require(original[shop])

        var rebuilt = State(id: "s1")
        let due = Sample.after(60)
        try rebuilt.apply([.restore(child, due: nil), .restore(stood, due: due)], at: Sample.after(9))
        let restored = try #require(rebuilt[shop])
        var metadata = restored.metadata
        metadata.resourceVersion = stood.metadata.resourceVersion
        #expect(restored.with(metadata: metadata, origin: nil) == stood)
        #expect(rebuilt.children(of: shop) == [child.key])
        #expect(rebuilt.nextDue == due)
        #expect(rebuilt.dueKeys(at: due) == [shop])
        #expect(try rebuilt.apply([.restore(stood, due: due)], at: Sample.after(10)).isEmpty)
    }
}
