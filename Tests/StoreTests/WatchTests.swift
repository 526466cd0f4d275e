import Resources
import Store
import Testing
import YAML

@Suite struct WatchTests {
    private let store = Store.inMemory(id: "s1")

    private func put(_ name: String) async throws {
        try await store.commit(durably: true) {
            try $0.apply([.put(Sample.object(.service, name))], at: Sample.start)
        }
    }

    @Test func `a watch gives what was missed, then what happens`() async throws {
        // What happens is kept from the first time on that anybody asks.
        _ = try await store.events(after: 0)
        try await put("a")
        try await put("b")
        let stream = try #require(try await store.events(after: 1))
        try await put("c")
        var seen: [String] = []
        for await events in stream {
            seen += events.map(\.key.name)
            if seen.count == 2 { break }
        }
        #expect(seen == ["b", "c"])
    }

    @Test func `a version that is too old or not reached yet is answered with nil`() async throws {
        #expect(try await store.events(after: 1) == nil)
        try await store.commit(durably: true) { state in
            for index in 0..<20_000 {
                try state.apply([.put(Sample.object(.service, "s\(index)"))], at: Sample.start)
            }
        }
        #expect(try await store.events(after: 1) == nil)
        #expect(try await store.events(after: 19_999) != nil)
    }

    @Test func `a reader that falls behind is let go, not given a gap`() async throws {
        let stream = try #require(try await store.events(after: 0))
        for index in 0..<300 { try await put("s\(index)") }
        var count = 0
        for await events in stream {
            for event in events {
                count += 1
                #expect(event.version == count)
            }
        }
        #expect(count < 300)
        #expect(try await store.events(after: count) != nil)
    }

    @Test func `a snapshot stays as it is while the store goes on`() async throws {
        try await put("a")
        let snapshot = store.state
        try await put("b")
        #expect(snapshot.keys(.service).map(\.name) == ["a"])
        #expect(store.state.keys(.service).map(\.name) == ["a", "b"])
        #expect(store.facts.version == 2)
    }
}
