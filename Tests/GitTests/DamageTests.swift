import Foundation
import Git
import TestSupport
import Testing

@Suite struct DamageTests {
    let source: GitRepository
    let folder: TemporaryFolder
    let commit: ObjectID

    init() throws {
        source = try GitRepository()
        folder = try TemporaryFolder()
        commit = try id(source.commit(["a": "1", "b/c": "2"]))
        try source.git("repack", "-adq")
    }

    private func mirror() throws -> Mirror { try makeMirror(source.path, in: folder) }

    private func fetchAnew() async throws -> Fetched {
        let mirror = try mirror()
        let fetched = try await mirror.fetch(.head, known: commit)
        #expect(try await mirror.file(at: "b/c", in: fetched.commit) == Array("2".utf8))
        return fetched
    }

    private var objects: String { folder.path("mirrors/mirror.git/objects") }

    @Test(arguments: ["incomplete", "no HEAD", "no packs", "cut pack", "empty reference", "other remote"])
    func `a mirror that cannot be used is made anew`(damage: String) async throws {
        _ = try await mirror().fetch(.head, known: nil)
        let manager = FileManager.default
        let here = folder.path("mirrors/mirror.git")
        let packs = try manager.contentsOfDirectory(atPath: "\(objects)/pack")
        switch damage {
        case "incomplete": try folder.write("", to: "mirrors/mirror.git/incomplete")
        case "no HEAD": try manager.removeItem(atPath: "\(here)/HEAD")
        case "no packs": for name in packs { try manager.removeItem(atPath: "\(objects)/pack/\(name)") }
        case "cut pack":
            for name in packs where name.hasSuffix(".pack") {
                try Program.run("truncate", ["-s", "40", "\(objects)/pack/\(name)"])
            }
        case "empty reference": try folder.write("", to: "mirrors/mirror.git/refs/elafros/followed")
        default: try folder.write("https://example.com/other", to: "mirrors/mirror.git/elafros-remote")
        }
        let fetched = try await fetchAnew()
        #expect(fetched.rebuiltMirror)
        #expect(!fetched.isNew)
        #expect(!fetched.rewroteHistory)
    }

    @Test func `damage that shows only when something is read is mended by the next fetch`() async throws {
        let mirror = try mirror()
        let tree = try await mirror.tree(of: mirror.fetch(.head, known: nil).commit)
        let blob = try #require(try await mirror.changes(from: nil, to: tree).first?.new?.id)
        // The blob alone: everything up to the tree is still whole.
        try await damage(blob)
        let again = try self.mirror()
        _ = try await again.fetch(.head, known: commit)
        let error = await #expect(throws: GitError.self) { try await again.blobs([blob], maxBytes: 100) }
        #expect(error?.kind == .damaged)
        #expect(try await again.fetch(.head, known: commit).rebuiltMirror)
        #expect(try await again.blobs([blob], maxBytes: 100) == [.bytes(Array("1".utf8))])
    }

    /// Turns the mirror's pack into loose objects and spoils one of them.
    private func damage(_ blob: ObjectID) async throws {
        let manager = FileManager.default
        let packs = try manager.contentsOfDirectory(atPath: "\(objects)/pack").filter { $0.hasSuffix(".pack") }
        for name in packs {
            let data = try Data(contentsOf: URL(fileURLWithPath: "\(objects)/pack/\(name)"))
            for file in [name, name.replacing(".pack", with: ".idx")] {
                try manager.removeItem(atPath: "\(objects)/pack/\(file)")
            }
            try Program.run("git", ["unpack-objects", "-q"], in: folder.path("mirrors/mirror.git"), input: data)
        }
        let path = "\(objects)/\(blob.hex.prefix(2))/\(blob.hex.dropFirst(2))"
        try manager.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        try Data("spoiled".utf8).write(to: URL(fileURLWithPath: path))
    }

    @Test(arguments: ["refs/elafros/followed", "elafros-remote", "pack", "idx"], [0, 7, 400])
    func `garbage in place of a file is found, and the mirror made anew`(name: String, count: Int) async throws {
        _ = try await mirror().fetch(.head, known: nil)
        let packs = try FileManager.default.contentsOfDirectory(atPath: "\(objects)/pack")
        let pack = packs.first { $0.hasSuffix(".\(name)") }.map { "objects/pack/\($0)" }
        let path = "mirrors/mirror.git/\(pack ?? name)"
        // Another file in its place, as objects of git are not to be written to.
        try FileManager.default.removeItem(atPath: folder.path(path))
        try folder.write(Data((0..<count).map { UInt8(truncatingIfNeeded: $0 * 97 + 13) }), to: path)
        #expect(try await fetchAnew().rebuiltMirror)
    }

    @Test func `a pack that is cut off anywhere is found by the fetch, or by the reading and the next fetch`()
        async throws
    {
        _ = try await mirror().fetch(.head, known: nil)
        let pack = try #require(
            FileManager.default.contentsOfDirectory(atPath: "\(objects)/pack").first { $0.hasSuffix(".pack") }
        )
        let whole = try Data(contentsOf: URL(fileURLWithPath: "\(objects)/pack/\(pack)"))
        for length in stride(from: 0, to: whole.count, by: 23) {
            try FileManager.default.removeItem(atPath: "\(objects)/pack/\(pack)")
            try folder.write(whole.prefix(length), to: "mirrors/mirror.git/objects/pack/\(pack)")
            let mirror = try mirror()
            let fetched = try await mirror.fetch(.head, known: commit)
            if !fetched.rebuiltMirror {
                await #expect(throws: GitError.self) { try await mirror.file(at: "b/c", in: fetched.commit) }
                #expect(try await mirror.fetch(.head, known: commit).rebuiltMirror)
            }
            #expect(try await mirror.file(at: "b/c", in: commit) == Array("2".utf8))
        }
    }

    @Test func `what new objects build upon is damaged: one fetch mends it`() async throws {
        _ = try await mirror().fetch(.head, known: nil)
        let again = try mirror()
        _ = try await again.fetch(.head, known: commit)
        // Open, and its objects are gone.
        for name in try FileManager.default.contentsOfDirectory(atPath: objects) {
            try FileManager.default.removeItem(atPath: "\(objects)/\(name)")
        }
        let second = try source.commit(["b/c": "3"])
        let fetched = try await self.mirror().fetch(.head, known: commit)
        #expect(fetched.commit.hex == second)
        #expect(fetched.rebuiltMirror)
    }

    @Test func `a mirror that is deleted while it is open is made anew`() async throws {
        let mirror = try mirror()
        _ = try await mirror.fetch(.head, known: nil)
        try FileManager.default.removeItem(atPath: folder.path("mirrors"))
        #expect(try await mirror.fetch(.head, known: commit).commit == commit)
        let second = try source.commit(["b/c": "3"])
        #expect(try await mirror.fetch(.head, known: commit).commit.hex == second)
        #expect(try await mirror.file(at: "b/c", in: id(second)) == Array("3".utf8))
    }

    @Test func `a lock that a killed process left in the mirror does not stop the next`() async throws {
        _ = try await mirror().fetch(.head, known: nil)
        try folder.write("", to: "mirrors/mirror.git/refs/elafros/followed.lock")
        let second = try source.commit(["b/c": "3"])
        #expect(try await mirror().fetch(.head, known: commit).commit.hex == second)
        #expect(folder.text(of: "mirrors/mirror.git/refs/elafros/followed.lock") == nil)
    }

    @Test func `a folder that holds something else is left alone`() async throws {
        try folder.write("mine", to: "mirrors/mirror.git/precious")
        let mirror = try mirror()
        await #expect(throws: GitError.self) { try await mirror.fetch(.head, known: nil) }
        #expect(folder.text(of: "mirrors/mirror.git/precious") == "mine")
    }

    @Test func `a mirror can be deleted at any time`() async throws {
        _ = try await mirror().fetch(.head, known: nil)
        try FileManager.default.removeItem(atPath: folder.path("mirrors"))
        #expect(try await fetchAnew().commit == commit)
    }
}
