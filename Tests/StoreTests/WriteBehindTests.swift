import Resources
import Testing
import YAML

@testable import Store

/// What is written while others commit: what it may never lose, and what it lets go.
@Suite struct WriteBehindTests {
    private let folder: Folder
    private let journal: SQLiteJournal
    private let store: Store

    init() throws {
        folder = try Folder()
        journal = try SQLiteJournal(path: folder.state.database, newID: "s1")
        store = try Store(journal: journal, lock: nil)
    }

    /// More objects than are kept pending; of a kind that nobody looks at by itself.
    private static let many = 5_000

    private static func split(_ number: Int, _ percent: Int) -> Object {
        Sample.object(.split, "s-\(number)", spec: ["percent": .int(percent)])
    }

    private static let key = Sample.key(.split, "s-0")

    /// Gives every object, or the first few, another spec.
    private func fill(_ percent: Int, count: Int = many) async throws {
        try await Self.fill(store, percent, count)
    }

    private static func fill(_ store: Store, _ percent: Int, _ count: Int) async throws {
        try await store.commit(durably: false) { state in
            try state.apply((0..<count).map { .put(split($0, percent)) }, at: Sample.start)
        }
    }

    private func percents(_ state: State) -> [Int] {
        state.keys(.split).compactMap { state[$0]?.spec["percent"]?.int }
    }

    @Test func `what was written is let go, and read again by whoever asks`() async throws {
        try await fill(1)
        let before = store.state
        await store.writeBehind()
        try await store.flush()
        #expect(store.counters.transactions == 1)
        #expect(store.counters.objectsWritten == Self.many)
        #expect(before[Self.key] != nil)
        #expect(store.counters.objectsRead == 0)
        #expect(store.state[Self.key] == before[Self.key])
        #expect(store.counters.objectsRead == 1)
        #expect(percents(store.state) == percents(before))
        #expect(store.counters.objectsRead == Self.many)
        try await store.close()
    }

    @Test func `what is due or marked stays in memory`() async throws {
        try await fill(1)
        let (due, marked) = (Sample.key(.split, "s-1"), Sample.key(.split, "s-2"))
        try await store.commit(durably: false) { state in
            try state.apply([.setDue(due, Sample.after(60)), .mark(marked, .edited)], at: Sample.start)
        }
        await store.writeBehind()
        try await store.flush()
        #expect(store.state[due] != nil)
        #expect(store.state[marked] != nil)
        #expect(store.counters.objectsRead == 0)
        try await store.close()
    }

    @Test func `a few objects are not worth it`() async throws {
        try await fill(1, count: 10)
        await store.writeBehind()
        #expect(store.counters.transactions == 0)
        try await store.flush()
        #expect(store.counters.transactions == 1)
        #expect(store.state[Self.key] != nil)
        #expect(store.counters.objectsRead == 0)
        try await store.close()
    }

    @Test func `snapshots stay right, whatever is let go, read, changed and written after them`() async throws {
        var kept: [(State, Int)] = []
        for percent in 1...6 {
            try await fill(percent)
            kept.append((store.state, percent))
            await store.writeBehind()
            // Now it is being written: some of it changes again.
            try await fill(100 + percent, count: 3)
            kept.append((store.state, 100 + percent))
            if percent % 2 == 0 { try await store.flush() }
            kept.append((store.state, 100 + percent))
        }
        try await store.flush()
        for (state, percent) in kept {
            #expect(state[Self.key]?.spec["percent"]?.int == percent)
            #expect(state[Sample.key(.split, "s-4999")]?.spec["percent"]?.int == percent % 100)
        }
        #expect(percents(try Store.read(folder.state)) == percents(store.state))
        try await store.close()
    }

    @Test func `what stands on the disk is at any moment the state after some commit`() async throws {
        var commits = [store.facts.version: [Int]()]
        var seen = [0]
        for percent in 1...8 {
            for count in [Self.many, 7] {
                try await fill(percent * 10 + count % 10, count: count)
                commits[store.state.version] = percents(store.state)
                let disk = try Store.read(folder.state)
                #expect(percents(disk) == commits[disk.version])
                seen.append(disk.version)
                await store.writeBehind()
            }
            if percent == 5 {
                try await store.commit(durably: true) { state in
                    try state.apply([.mark(Self.key, .edited)], at: Sample.start)
                }
                #expect(try Store.read(folder.state).version == store.state.version)
            }
        }
        try await store.close()
        #expect(seen == seen.sorted())
        #expect(Set(seen).count > 2)
        #expect(try Store.readFacts(folder.state)?.version == store.facts.version)
    }

    @Test func `a write that fails is as if it had not begun, and who has to be durable is told`() async throws {
        try await store.flush()
        _ = try journal.pragma("max_page_count = 20")
        try await fill(1)
        let before = store.state
        await store.writeBehind()
        // It goes on meanwhile.
        try await fill(2, count: 3)
        let error = await #expect(throws: StoreError.self) { try await store.flush() }
        #expect(error?.kind == .full)
        await #expect(throws: StoreError.self) {
            try await store.commit(durably: true) { state in
                try state.apply([.put(Sample.object(.split, "new"))], at: Sample.start)
            }
        }
        #expect(store.state[Sample.key(.split, "new")] == nil)
        #expect(try Store.read(folder.state).version == 0)
        #expect(percents(before).allSatisfy { $0 == 1 })
        #expect(percents(store.state).filter { $0 == 2 }.count == 3)
        #expect(store.counters.objectsRead == 0)

        // With room again the next one writes all of it.
        _ = try journal.pragma("max_page_count = 100000")
        await store.writeBehind()
        try await store.flush()
        #expect(percents(try Store.read(folder.state)) == percents(store.state))
        try await store.close()
    }

    @Test func `durable commits and many that write behind get on with each other`() async throws {
        let (store, disk) = (store, folder.state)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for percent in 1...10 {
                    try await Self.fill(store, percent, Self.many)
                    await store.writeBehind()
                }
            }
            for number in 0..<20 {
                group.addTask {
                    let object = Sample.object(.split, "durable-\(number)")
                    try await store.commit(durably: true) { try $0.apply([.put(object)], at: Sample.start) }
                    #expect(try Store.read(disk)[object.key]?.spec == object.spec)
                }
            }
            try await group.waitForAll()
        }
        try await store.flush()
        let written = percents(try Store.read(disk))
        #expect(written.filter { $0 == 10 }.count == Self.many)
        #expect(written.count == Self.many)
        try await store.close()
    }
}
