import Foundation
import Resources
import Store
import Testing
import YAML

@Suite struct StateFolderTests {
    @Test(
        arguments: [
            ("/srv/state/", ["STATE_DIRECTORY": "/var/lib/elafros"], "/srv/state"),
            (nil, ["STATE_DIRECTORY": "/var/lib/elafros:/var/lib/more", "HOME": "/home/me"], "/var/lib/elafros"),
            (nil, ["XDG_STATE_HOME": "/home/me/.state", "HOME": "/home/me"], "/home/me/.state/elafros"),
            (nil, ["XDG_STATE_HOME": "relative", "HOME": "/home/me"], "/home/me/.local/state/elafros"),
            (nil, ["STATE_DIRECTORY": "", "HOME": "/home/me"], "/home/me/.local/state/elafros"),
        ] as [(String?, [String: String], String)]
    )
    func `the folder is the one given, else systemd's, else XDG's`(
        given: String?,
        environment: [String: String],
        path: String
    ) throws {
        #expect(try StateFolder.resolve(given: given, environment: environment).path == path)
    }

    @Test func `without a home the message asks for a folder`() {
        let error = #expect(throws: StoreError.self) { try StateFolder.resolve(given: nil, environment: [:]) }
        #expect(error?.reason.contains("--state") == true)
    }

    @Test func `folders are made for the owner alone`() throws {
        let folder = try Folder()
        let deep = StateFolder(path: folder.state.path + "/a/b")
        try deep.create()
        try deep.create()
        let mode = try FileManager.default.attributesOfItem(atPath: deep.path)[.posixPermissions] as? Int
        #expect(mode == 0o700)
    }

    @Test func `the database and what lies beside it are for the owner's eyes`() async throws {
        let folder = try Folder()
        let store = try folder.open()
        try await store.commit(durably: true) { state in
            _ = try state.apply([.put(Sample.object(.service, "shop"))], at: Sample.start)
        }
        for path in [folder.state.database, "\(folder.state.database)-wal"] {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(path)")
        }
    }

    @Test func `a file in the folder's place is named`() throws {
        let folder = try Folder()
        let file = StateFolder(path: folder.state.path + "/file")
        try Data().write(to: URL(fileURLWithPath: file.path))
        #expect(throws: StoreError.self) { try file.create() }
    }

    @Test func `a second writer waits as long as it is told, then learns who writes`() async throws {
        let folder = try Folder()
        let holder = FolderLock.Holder(pid: 4_711, command: "serve", since: Sample.start)
        let lock = try #require(try folder.state.tryLock(as: holder))
        #expect(folder.state.lockHolder() == holder)

        let waits = Waits()
        let error = await #expect(throws: StoreError.self) {
            try await folder.state.lock(as: .thisProcess("sync", since: Sample.start), timeout: .seconds(1)) { pause in
                await waits.add(pause)
            }
        }
        #expect(await waits.total == .seconds(1))
        #expect(error?.kind == .busy)
        #expect(error?.reason.contains("serve (process 4711, since 2018-05-31T12:16:00Z)") == true)

        lock.release()
        #expect(folder.state.lockHolder() == nil)
    }

    @Test func `a lock that is given back while somebody waits goes to them`() async throws {
        let folder = try Folder()
        let lock = try #require(try folder.state.tryLock(as: .thisProcess("serve", since: Sample.start)))
        let second = try await folder.state.lock(as: .thisProcess("sync", since: Sample.start), timeout: .seconds(1)) {
            _ in
            lock.release()
        }
        #expect(folder.state.lockHolder()?.command == "sync")
        second.release()
    }

    @Test func `another process holds the lock as well`() throws {
        let folder = try Folder()
        // flock(1) takes the lock, says so, and holds it until its input ends.
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["flock", folder.state.lockFile, "sh", "-c", "echo held; cat > /dev/null"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        _ = output.fileHandleForReading.readData(ofLength: 5)
        #expect(try folder.state.tryLock(as: .thisProcess("sync", since: Sample.start)) == nil)
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        #expect(try folder.state.tryLock(as: .thisProcess("sync", since: Sample.start)) != nil)
    }
}

/// Adds up how long was waited, without waiting.
private actor Waits {
    private(set) var total = Duration.zero

    func add(_ pause: Duration) { total += pause }

    @Test func `a backup holds what was committed, while the store stays open, and begins another folder`() async throws
    {
        let folder = try Folder()
        let store = try folder.open()
        let key = Key(.buildTemplate, "default", "a")
        let object = Object(kind: .buildTemplate, metadata: Metadata(name: "a", namespace: "default"), spec: .map([:]))
        try await store.commit(durably: true) { state in
            try state.apply([.put(object)], at: Instant(milliseconds: 1))
        }
        let other = StateFolder(path: folder.state.path + "/other")
        try other.create()
        try folder.state.backup(to: other.database)
        #expect(try Store.read(other)[key]?.key == key)
        #expect(try Store.read(other).id == store.state.id)
        let checked = try other.check()
        #expect(checked.damages.isEmpty)
        #expect(checked.objects == 1)
        #expect(throws: StoreError.self) { try folder.state.backup(to: other.database) }
        let mode = try FileManager.default.attributesOfItem(atPath: other.database)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func `a check tells of damage, and of a folder without a state`() async throws {
        let folder = try Folder()
        let store = try folder.open()
        for number in 0..<200 {
            let metadata = Metadata(name: "a\(number)", namespace: "default")
            let object = Object(
                kind: .buildTemplate,
                metadata: metadata,
                spec: ["x": .string(String(repeating: "y", count: 500))]
            )
            try await store.commit(durably: true) { state in
                try state.apply([.put(object)], at: Instant(milliseconds: 1))
            }
        }
        try await store.close()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.state.database))
        // Everything but the first pages, which say what the tables are.
        for index in stride(from: 40_960, to: bytes.count, by: 7) { bytes[index] = 0xA5 }
        try bytes.write(to: URL(fileURLWithPath: folder.state.database))
        let damages = (try? folder.state.check().damages) ?? ["cannot even be opened"]
        #expect(!damages.isEmpty)
        #expect(throws: StoreError.self) { try StateFolder(path: folder.state.path + "/none").check() }
    }
}
