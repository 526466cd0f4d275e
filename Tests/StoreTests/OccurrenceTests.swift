import Resources
import Testing

@testable import Store

private let shopKey = Sample.key(.service, "shop")

private func happened(_ message: String, _ seconds: Int, to key: Key = shopKey) -> Occurrence {
    Occurrence(key, isWarning: message == "bad", "Reason", message, at: Sample.after(seconds))
}

@Suite struct OccurrenceTests {
    private let folder: Folder
    private let shop = shopKey

    init() throws { folder = try Folder() }

    private func lines(_ state: State) -> [String] {
        state.occurrences { _ in true }.map { "\($0.message) x\($0.count) \($0.first.milliseconds / 1_000 % 1_000)" }
    }

    @Test func `the same again is counted, in memory and over a restart`() async throws {
        let store = try folder.open()
        try await store.commit(durably: true) { state in
            for (message, seconds) in [("a", 1), ("b", 2), ("a", 3)] { state.note(happened(message, seconds)) }
        }
        try await store.commit(durably: false) { state in state.note(happened("b", 4)) }
        let before = store.state.occurrences { _ in true }
        #expect(before.map(\.message) == ["a", "b"])
        #expect(before.map(\.count) == [2, 2])
        #expect(before.map(\.first) == [Sample.after(1), Sample.after(2)])
        #expect(before.map(\.last) == [Sample.after(3), Sample.after(4)])
        try await store.close()

        let again = try folder.open()
        #expect(again.state.occurrences { _ in true } == before)
        try await again.commit(durably: true) { state in state.note(happened("a", 5)) }
        #expect(lines(again.state).map { $0.prefix(4) } == ["b x2", "a x3"])
        try await again.close()
        // A reader without the lock sees them too.
        #expect(lines(try Store.read(folder.state)).map { $0.prefix(4) } == ["b x2", "a x3"])
    }

    @Test func `only so many are kept, the newest of them`() async throws {
        let store = try folder.open()
        for start in [0, 3_000] {
            try await store.commit(durably: true) { state in
                for number in start..<start + 3_000 { state.note(happened("\(number)", number)) }
            }
        }
        let kept = store.state.occurrences { _ in true }
        #expect(kept.map(\.message) == (4_000..<6_000).map(String.init))
        try await store.close()

        let memory = Store.inMemory(id: "m")
        try await memory.commit(durably: false) { state in
            for number in 0..<9_000 { state.note(happened("\(number)", number)) }
        }
        #expect(memory.state.occurrences { _ in true }.count == 2_000)
    }

    @Test func `they are no change of the state, and can be asked for by object`() throws {
        var state = State(id: "s")
        let other = Sample.key(.service, "cart")
        state.note(happened("bad", 1))
        state.note(happened("good", 2, to: other))
        #expect(state.version == 0)
        #expect(state.occurrences { $0 == other }.map(\.message) == ["good"])
        #expect(state.occurrences { $0 == shop }.map(\.isWarning) == [true])
    }

    @Test func `housekeeping is kept apart from work, over a restart too`() async throws {
        let store = try folder.open()
        try await store.commit(durably: true) { state in
            let service = try state.make(Sample.object(.service, "shop"))
            try state.make(Sample.object(.service, "cart"))
            try state.apply(
                [.setChore(service.key, Sample.after(60)), .setDue(Sample.key(.service, "cart"), nil)],
                at: Sample.start
            )
        }
        func check(_ store: Store) {
            #expect(store.facts.nextDue == nil)
            #expect(store.facts.nextChore == Sample.after(60))
            #expect(store.state.isChore(shop))
            #expect(store.state.dueKeys(at: Sample.after(59)) == [])
            #expect(store.state.dueKeys(at: Sample.after(60)) == [shop])
        }
        check(store)
        try await store.close()
        let again = try folder.open()
        check(again)
        _ = again.state
        check(again)
        // A change makes it work, which is due now.
        try await again.commit(durably: true) { state in
            _ = try state.apply([.put(Sample.object(.service, "shop", labels: ["a": "b"]))], at: Sample.after(5))
        }
        #expect(again.facts.nextDue == Sample.after(5))
        #expect(again.facts.nextChore == nil)
        try await again.close()
    }

    @Test func `an object whose children go first is marked until it goes`() async throws {
        let store = try folder.open()
        let child = Sample.key(.configuration, "shop")
        try await store.commit(durably: true) { state in
            let service = try state.make(Sample.object(.service, "shop"))
            try state.make(Sample.object(.configuration, "shop", owner: service))
            let events = try state.apply([.delete(service.key, .foreground)], at: Sample.after(5))
            #expect(events.count == 1)
            // Once is enough, and what owns nothing goes at once.
            #expect(try state.apply([.delete(service.key, .foreground)], at: Sample.after(6)).isEmpty)
        }
        #expect(store.state[shop]?.metadata.deletionTimestamp == Sample.after(5))
        #expect(store.state[shop]?.metadata.generation == 1)
        try await store.close()
        let again = try folder.open()
        #expect(again.state[shop]?.metadata.deletionTimestamp == Sample.after(5))
        try await again.commit(durably: true) { state in
            _ = try state.apply([.delete(child, .foreground)], at: Sample.after(7))
        }
        #expect(again.state[child] == nil)
        try await again.close()
    }
}
