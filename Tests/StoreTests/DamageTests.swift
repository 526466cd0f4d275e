import Foundation
import Resources
import Testing
import YAML

@testable import Store

/// What a disk may do to a state: cut the log, cut the file, change bytes of it.
@Suite struct DamageTests {
    @Test func `a log that is cut off anywhere leaves the last commit that is whole`() async throws {
        let folder = try Folder()
        let store = try folder.open()
        var commits = [store.facts.version: [String]()]
        for name in ["a", "b", "c", "d"] {
            try await store.commit(durably: true) {
                try $0.apply([.put(Sample.object(.service, name))], at: Sample.start)
            }
            commits[store.state.version] = store.state.keys(.service).map(\.name)
        }
        // The files as a kill at this moment leaves them: what was committed stands in the log alone.
        let database = try Data(contentsOf: URL(fileURLWithPath: folder.state.database))
        let log = try Data(contentsOf: URL(fileURLWithPath: folder.state.database + "-wal"))
        let last = store.state.version
        try await store.close()

        var seen: [Int] = []
        for length in Array(stride(from: 0, to: log.count, by: 509)) + [log.count] {
            let copy = try Folder()
            try database.write(to: URL(fileURLWithPath: copy.state.database))
            try log.prefix(length).write(to: URL(fileURLWithPath: copy.state.database + "-wal"))
            let again = try copy.open()
            let state = try again.load()
            #expect(commits[state.version] == state.keys(.service).map(\.name), "\(length) of \(log.count) bytes")
            seen.append(state.version)
            try await again.close()
        }
        #expect(seen == seen.sorted())
        #expect(seen.last == last)
        #expect(Set(seen).count == commits.count)
    }

    @Test func `a file that is cut off or has other bytes never ends the process`() async throws {
        await #expect(processExitsWith: .success) {
            let folder = try Folder()
            let store = try folder.open()
            try await store.commit(durably: true) { state in
                for index in 0..<40 {
                    let service = try state.make(Sample.object(.service, "s\(index)", origin: Sample.origin()))
                    let child = try state.make(Sample.object(.configuration, "s\(index)", owner: service))
                    try state.make(Sample.route("s\(index)", to: "s\(index)-00001", owner: service))
                    try state.apply([.setStatus(service.key, Sample.status(1))], at: Sample.after(1))
                    if index % 5 == 0 { try state.apply([.delete(child.key, .background)], at: Sample.after(2)) }
                }
            }
            try await store.close()
            let whole = try Data(contentsOf: URL(fileURLWithPath: folder.state.database))

            /// Opens the bytes as a state, reads all of it and commits to it; a refusal is as good as success.
            func use(_ bytes: Data) async throws {
                let copy = try Folder()
                try bytes.write(to: URL(fileURLWithPath: copy.state.database))
                do {
                    let reader = try Store.read(copy.state)
                    try reader.preload()
                    let store = try copy.open()
                    try store.state.preload()
                    try await store.commit(durably: true) {
                        try $0.apply([.put(Sample.object(.service, "new"))], at: Sample.after(3))
                    }
                    try await store.close()
                } catch is StoreError {}
            }

            for length in stride(from: 0, to: whole.count, by: 4_093) { try await use(whole.prefix(length)) }
            var random = SplitMix(seed: 1)
            for _ in 0..<100 {
                var bytes = whole
                for _ in 0...random.below(20) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
                try await use(bytes)
            }
        }
    }

    @Test(
        arguments: [
            "UPDATE keys SET incarnation = 1 << 40", "UPDATE keys SET controller = 1 << 40",
            "UPDATE keys SET controller = 2000000000", "UPDATE keys SET refs = '2000000000'",
            "UPDATE keys SET slot = -slot - 1", "UPDATE keys SET marks = 1000", "UPDATE keys SET name = 'same'",
            "UPDATE keys SET slot = slot + 2000000000", "UPDATE keys SET due = 'soon'",
            "UPDATE facts SET version = 'many'", "UPDATE objects SET uid = x'ff'", "DELETE FROM facts",
            "UPDATE keys SET kind = 99",
        ]
    )
    func `a row that cannot be one of ours is refused as damage`(statement: String) async throws {
        await #expect(processExitsWith: .success) { [statement] in
            let folder = try Folder()
            let store = try folder.open()
            try await store.commit(durably: true) { state in
                for name in ["a", "b"] {
                    let service = try state.make(Sample.object(.service, name))
                    try state.make(Sample.object(.configuration, name, owner: service))
                }
            }
            try await store.close()
            try folder.execute(statement)
            do {
                try Store.read(folder.state).preload()
                _ = try folder.open().load()
            } catch let error as StoreError {
                try #require(error.kind == .damaged, "\(error)")
            }
        }
    }
}
