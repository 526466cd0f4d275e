import Foundation
import GRDB
import Resources
import Testing
import YAML

@testable import Store

/// A folder of its own for one test, gone with the test.
final class Folder {
    let state: StateFolder

    init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("elafros-store-\(UUID().uuidString)")
        state = StateFolder(path: folder.path)
        try state.create()
    }

    deinit {
        try? FileManager.default.removeItem(atPath: state.path)
    }

    func lock() throws -> FolderLock {
        try #require(try state.tryLock(as: .thisProcess("test", since: Sample.start)))
    }

    func open() throws -> Store { try Store.open(state, lock: lock(), newID: "s1") }

    /// Changes the closed database behind the store's back.
    func execute(_ sql: String) throws {
        let queue = try DatabaseQueue(path: state.database)
        try queue.inDatabase { try $0.execute(sql: sql) }
        try queue.close()
    }
}

@Suite struct JournalTests {
    private let folder: Folder
    private let shop = Sample.key(.service, "shop")

    init() throws { folder = try Folder() }

    /// A bit of everything.
    private static func fill(_ state: inout State) throws {
        let spec: Value = [
            "image": "shop:1", "concurrencyModel": "Multi", "list": [["name": "A", "value": 1.5], .null],
        ]
        let origin = Sample.origin(spec: ["image": "shop:1", "list": [["name": "A", "value": 1.5], .null]])
        let service = try state.make(
            Sample.object(.service, "shop", labels: ["tier": "web"], spec: spec, origin: origin)
        )
        let configuration = try state.make(Sample.object(.configuration, "shop", owner: service))
        let revision = try state.make(Sample.object(.revision, "shop-00001", owner: configuration))
        try state.make(Sample.object(.workload, "shop-00001", owner: revision))
        try state.make(Sample.route("shop", to: "shop-00002", owner: service))
        try state.make(Sample.object(.sync, "shop", spec: ["url": "https://git.example.com/shop"]))
        try state.make(Sample.object(.service, "gone"))
        var status = SyncStatus()
        status.commit = "61640ca499"
        try state.apply(
            [
                .delete(Sample.key(.service, "gone"), .background),
                .setStatus(Sample.key(.sync, "shop"), .sync(status)),
                .setStatus(service.key, Sample.status(1)), .mark(service.key, .edited),
                .setDue(configuration.key, Sample.after(60)),
            ],
            at: Sample.after(3)
        )
    }

    /// All that can be asked of a state, as one value.
    private struct Contents: Equatable {
        var id: String
        var version: Int
        var instant: Instant
        var objects: [Object] = []
        var dues: [Instant?] = []
        var children: [[Key]] = []
        var referrers: [[Key]] = []
        var marks: [[Key]] = []
        var incarnations: [String] = []

        init(_ state: State) {
            id = state.id
            version = state.version
            instant = state.instant
            for kind in Kind.allCases {
                for key in state.keys(kind) {
                    if let object = state[key] { objects.append(object) }
                    dues.append(state.due(key))
                    children.append(state.children(of: key))
                    referrers.append(state.referrers(of: key))
                }
            }
            referrers.append(state.referrers(of: Sample.key(.revision, "shop-00002")))
            marks = Mark.allCases.map(state.marked)
            incarnations = state.incarnations.map { "\($0.key) \($0.count)" }
        }
    }

    @Test func `a state that is opened again is the state that was closed`() async throws {
        let store = try folder.open()
        try await store.commit(durably: true) { try Self.fill(&$0) }
        let before = Contents(store.state)
        let facts = store.facts
        try await store.close()

        let again = try folder.open()
        #expect(again.facts == facts)
        #expect(again.facts.syncs.map(\.metadata.name) == ["shop"])
        #expect(again.facts.lastInstant == Sample.after(3))
        #expect(again.counters.indexRowsRead == 0)
        #expect(Contents(again.state) == before)
        #expect(before.incarnations == ["Service default/gone 1"])
        try await again.close()
    }

    @Test func `only what is asked for is read, and what is changed is read before it is written over`() async throws {
        let store = try folder.open()
        try await store.commit(durably: true) { try Self.fill(&$0) }
        try await store.close()

        let again = try folder.open()
        let old = try again.load()
        let before = again.counters.objectsRead
        try await again.commit(durably: true) { [shop] state in
            try state.apply([.setStatus(shop, Sample.status(2))], at: Sample.after(4))
        }
        #expect(again.counters.objectsRead == before + 1)
        // The snapshot from before never read it, and its row says something else by now.
        #expect(old[shop]?.status == Sample.status(1))
        #expect(again.state[shop]?.status == Sample.status(2))
        try await again.close()
    }

    @Test func `preloading reads all that is left in one pass`() async throws {
        let store = try folder.open()
        try await store.commit(durably: true) { try Self.fill(&$0) }
        try await store.close()
        let again = try folder.open()
        try again.state.preload()
        let read = again.counters.objectsRead
        let state = again.state
        for kind in Kind.allCases { for key in state.keys(kind) { #expect(state[key] != nil) } }
        #expect(again.counters.objectsRead == read)
        try await again.close()
    }

    @Test func `a commit that is not durable is written by the next flush, each object once`() async throws {
        let store = try folder.open()
        for generation in 1...5 {
            try await store.commit(durably: false) { [shop] state in
                if generation == 1 { try state.apply([.put(Sample.object(.service, "shop"))], at: Sample.start) }
                try state.apply([.setStatus(shop, Sample.status(generation))], at: Sample.start)
            }
        }
        #expect(store.counters.transactions == 0)
        #expect(try Store.readFacts(folder.state)?.version == 0)
        try await store.flush()
        #expect(store.counters.objectsWritten == 1)
        #expect(try Store.read(folder.state)[shop]?.status == Sample.status(5))
        try await store.flush()
        #expect(store.counters.transactions == 1)
        try await store.close()
    }

    @Test func `a durable commit takes earlier ones to the disk`() async throws {
        let store = try folder.open()
        try await store.commit(durably: false) { try $0.apply([.put(Sample.object(.service, "a"))], at: Sample.start) }
        try await store.commit(durably: true) { try $0.apply([.put(Sample.object(.service, "b"))], at: Sample.start) }
        #expect(try Store.read(folder.state).keys(.service) == store.state.keys(.service))
        try await store.close()
    }

    @Test func `acknowledged means on the disk: the log is synced at every commit`() throws {
        let journal = try SQLiteJournal(path: folder.state.database, newID: "s1")
        // 2 is FULL.
        #expect(try journal.pragma("synchronous") == 2)
        // Bytes 18 and 19 of the header say 2 for a write-ahead log.
        journal.close()
        let header = try Data(contentsOf: URL(fileURLWithPath: folder.state.database)).prefix(20)
        #expect(header.suffix(2) == Data([2, 2]))
    }

    @Test func `a failed body changes nothing`() async throws {
        let store = try folder.open()
        await #expect(throws: StoreError.self) {
            try await store.commit(durably: true) { [shop] state in
                try state.apply([.put(Sample.object(.service, "shop"))], at: Sample.start)
                try state.apply([.put(Sample.object(.service, "shop"), expecting: .absent)], at: Sample.start)
                _ = shop
            }
        }
        #expect(store.state[shop] == nil)
        #expect(store.state.version == 0)
        try await store.close()
    }

    @Test func `on a full disk a commit is refused, and nobody saw it`() async throws {
        let journal = try SQLiteJournal(path: folder.state.database, newID: "s1")
        let store = try Store(journal: journal, lock: nil)
        try await store.commit(durably: true) { try $0.apply([.put(Sample.object(.service, "a"))], at: Sample.start) }
        let before = Contents(store.state)
        _ = try journal.pragma("max_page_count = 12")
        let error = await #expect(throws: StoreError.self) {
            try await store.commit(durably: true) { state in
                for index in 0..<500 {
                    try state.apply([.put(Sample.object(.service, "service-\(index)"))], at: Sample.start)
                }
            }
        }
        #expect(error?.kind == .full)
        #expect(Contents(store.state) == before)
        #expect(Contents(try Store.read(folder.state)) == before)

        // With room again the store goes on.
        _ = try journal.pragma("max_page_count = 100000")
        try await store.commit(durably: true) { try $0.apply([.put(Sample.object(.service, "b"))], at: Sample.start) }
        #expect(Contents(try Store.read(folder.state)) == Contents(store.state))
        try await store.close()
    }

    @Test func `a failed flush loses nothing, and the next one writes it`() async throws {
        let journal = try SQLiteJournal(path: folder.state.database, newID: "s1")
        let store = try Store(journal: journal, lock: nil)
        try await store.flush()
        _ = try journal.pragma("max_page_count = 8")
        try await store.commit(durably: false) { state in
            for index in 0..<500 {
                try state.apply([.put(Sample.object(.service, "service-\(index)"))], at: Sample.start)
            }
        }
        await #expect(throws: StoreError.self) { try await store.flush() }
        #expect(store.state.count(.service) == 500)
        _ = try journal.pragma("max_page_count = 100000")
        try await store.flush()
        #expect(Contents(try Store.read(folder.state)) == Contents(store.state))
        try await store.close()
    }

    @Test func `a state from a newer version is refused`() async throws {
        try await folder.open().close()
        try folder.execute("PRAGMA user_version = 99")
        let error = #expect(throws: StoreError.self) { try folder.open() }
        #expect(error?.kind == .newerVersion)
        #expect(error?.reason.contains("use that version or another --state") == true)
        #expect(throws: StoreError.self) { try Store.read(folder.state) }
    }

    @Test func `a damaged file says how to mend it`() throws {
        let bytes = [UInt8](repeating: 0x42, count: 8_192)
        try Data(bytes).write(to: URL(fileURLWithPath: folder.state.database))
        let error = #expect(throws: StoreError.self) { try folder.open() }
        #expect(error?.kind == .damaged)
        #expect(error?.reason.contains("state rebuild") == true)
    }

    @Test func `a damaged object stops every commit from then on`() async throws {
        let store = try folder.open()
        try await store.commit(durably: true) { try Self.fill(&$0) }
        try await store.close()
        // All but the Sync, which the facts hold.
        try folder.execute("UPDATE objects SET spec = '{\"image\":' WHERE spec NOT LIKE '%url%'")

        let again = try folder.open()
        #expect(again.state[shop] == nil)
        #expect(again.state.readFailure?.kind == .damaged)
        await #expect(throws: StoreError.self) {
            try await again.commit(durably: true) {
                try $0.apply([.put(Sample.object(.service, "b"))], at: Sample.start)
            }
        }
    }

    @Test func `a reader sees one moment while a writer writes on`() async throws {
        let store = try folder.open()
        try await store.commit(durably: true) { try Self.fill(&$0) }
        let reader = try Store.read(folder.state)
        let before = Contents(store.state)
        try await store.commit(durably: true) { [shop] state in
            try state.apply(
                [.setStatus(shop, Sample.status(9)), .delete(Sample.key(.route, "shop"), .background)],
                at: Sample.after(9)
            )
        }
        #expect(Contents(reader) == before)
        #expect(try Store.read(folder.state)[shop]?.status == Sample.status(9))
        try await store.close()
    }

    @Test func `a reader that comes while the state is being made finds an empty one`() throws {
        // The file is there before its tables are.
        try Data().write(to: URL(fileURLWithPath: folder.state.database))
        #expect(try Store.read(folder.state).version == 0)
        #expect(try Store.readFacts(folder.state) == nil)
    }

    @Test func `reading where no state was made yet gives an empty one and makes nothing`() throws {
        let nowhere = StateFolder(path: folder.state.path + "/none")
        #expect(try Store.read(nowhere).version == 0)
        #expect(try Store.readFacts(nowhere) == nil)
        #expect(!FileManager.default.fileExists(atPath: nowhere.path))
    }
}
