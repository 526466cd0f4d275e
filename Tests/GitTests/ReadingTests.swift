import Foundation
import Git
import TestSupport
import Testing

@Suite struct ReadingTests {
    let source: GitRepository
    let folder: TemporaryFolder
    let mirror: Mirror

    init() throws {
        source = try GitRepository()
        folder = try TemporaryFolder()
        mirror = try makeMirror(source.path, in: folder)
    }

    /// The tree of what is checked out in the source, fetched.
    private func fetchTree() async throws -> ObjectID {
        try await mirror.tree(of: mirror.fetch(.head, known: nil).commit)
    }

    @Test func `links, submodules and programs are told apart`() async throws {
        try source.commit(["run.sh": "#!/bin/sh\n", "plain": "x"])
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(source.path)/run.sh")
        try FileManager.default.createSymbolicLink(atPath: "\(source.path)/link", withDestinationPath: "/etc/passwd")
        let head = try source.id(of: "HEAD")
        try source.git("update-index", "--add", "--cacheinfo", "160000,\(head),module")
        try source.git("add", "run.sh", "link")
        try source.git("commit", "-q", "-m", "Kinds")
        let changes = try await mirror.changes(from: nil, to: fetchTree())
        let kinds = Dictionary(uniqueKeysWithValues: changes.map { ($0.path.text, $0.new?.kind) })
        #expect(kinds == ["link": .symlink, "module": .submodule, "plain": .file, "run.sh": .executable])
    }

    @Test func `a file becomes a folder, a link, a program, and is gone`() async throws {
        try source.commit(["a": "1", "b": "2", "c": "3", "d": "4"])
        let before = try await fetchTree()
        for name in ["a", "b"] { try FileManager.default.removeItem(atPath: "\(source.path)/\(name)") }
        try FileManager.default.createSymbolicLink(atPath: "\(source.path)/b", withDestinationPath: "c")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(source.path)/c")
        try source.commit(["a/in": "5", "d": nil])
        let changes = try await mirror.changes(from: before, to: fetchTree())
        let seen = changes.map {
            "\($0.path) \($0.old.map { "\($0.kind)" } ?? "-") \($0.new.map { "\($0.kind)" } ?? "-")"
        }
        #expect(seen == ["a file -", "a/in - file", "b file symlink", "c file executable", "d file -"])
    }

    @Test func `a folder is compared alone`() async throws {
        try source.commit(["apps/shop/a.yaml": "1", "other/b.yaml": "2"])
        let before = try await fetchTree()
        try source.commit(["apps/shop/a.yaml": "1b", "apps/cart/c.yaml": "3", "other/b.yaml": "2b"])
        let after = try await fetchTree()
        #expect(
            try await mirror.changes(from: before, to: after, under: "apps/shop").map(\.path.text) == [
                "apps/shop/a.yaml"
            ]
        )
        // Not there before: all of it is new.
        #expect(
            try await mirror.changes(from: before, to: after, under: "/apps/cart/").map(\.path.text) == [
                "apps/cart/c.yaml"
            ]
        )
        let error = await #expect(throws: GitError.self) {
            try await mirror.changes(from: before, to: after, under: "apps/none")
        }
        #expect(error?.kind == .notFound)
        #expect(error?.doing == "read folder \"apps/none\"")
    }

    @Test func `a folder of an empty repository is empty`() async throws {
        try source.commitAll()
        #expect(try await mirror.changes(from: nil, to: fetchTree(), under: "apps").isEmpty)
    }

    @Test func `names with spaces, line ends and other alphabets are kept`() async throws {
        try source.commit(["a b.yaml": "1", "new\nline": "2", "grüße/日本.yaml": "3", "back\\slash": "4"])
        let paths = try await mirror.changes(from: nil, to: fetchTree()).map(\.path)
        #expect(paths.map(\.text) == ["a b.yaml", "back\\slash", "grüße/日本.yaml", "new\nline"])
        #expect(paths.map(\.description) == ["a b.yaml", "back\\slash", "grüße/日本.yaml", "new\\nline"])
        #expect(!paths.contains { !$0.isText })
    }

    @Test func `a name that is not UTF-8 is kept apart`() async throws {
        // Only index information takes bytes that are no text.
        let blob = try source.git("hash-object", "-w", "--stdin", input: Data("x".utf8))
        let line = Data("100644 \(blob)\tcaf".utf8) + Data([0xe9]) + Data(".yaml\n".utf8)
        try source.git("update-index", "--index-info", input: line)
        try source.git("commit", "-q", "-m", "Latin")
        let path = try #require(try await mirror.changes(from: nil, to: fetchTree()).first?.path)
        #expect(path.text == "caf\\xe9.yaml")
        #expect(!path.isText)
        #expect(path != GitPath("caf\\xe9.yaml"))
    }

    @Test func `blobs are read in order`() async throws {
        try source.commit(["a": "one", "b": "two", "c": ""])
        let ids = try await mirror.changes(from: nil, to: fetchTree()).compactMap(\.new?.id)
        let blobs = try await mirror.blobs(ids.reversed(), maxBytes: 100)
        #expect(blobs == [.bytes([]), .bytes(Array("two".utf8)), .bytes(Array("one".utf8))])
        #expect(await mirror.counters.blobsRead == 3)
        #expect(await mirror.counters.bytesRead >= 6)
    }

    @Test func `a blob of 200 MB is refused by its header`() async throws {
        try Program.run("truncate", ["-s", "200M", "\(source.path)/large"])
        try source.commit(["small": "s"])
        try source.git("repack", "-adq")
        let ids = try await mirror.changes(from: nil, to: fetchTree()).compactMap(\.new?.id)
        let before = await mirror.counters.bytesRead
        #expect(
            try await mirror.blobs(ids, maxBytes: 1 << 20) == [.tooLarge(bytes: 200 << 20), .bytes(Array("s".utf8))]
        )
        #expect(await mirror.counters.bytesRead == before + 1)
    }

    @Test func `a pointer of LFS is recognised`() {
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"
        #expect(Blob.isLFSPointer(Array(pointer.utf8)))
        #expect(!Blob.isLFSPointer(Array("kind: Service\n".utf8)))
        #expect(!Blob.isLFSPointer(Array((pointer + String(repeating: "x", count: 1024)).utf8)))
    }

    @Test(arguments: ["..", ".", "a/b", ""])
    func `a tree with a name that leads elsewhere is refused`(name: String) async throws {
        let blob = try source.git("hash-object", "-w", "--stdin", input: Data("x".utf8))
        let id = try #require(ObjectID(hex: blob))
        let raw =
            Data("100644 \(name)\0".utf8)
            + Data(
                stride(from: 0, to: 40, by: 2).map { offset in
                    let start = id.hex.index(id.hex.startIndex, offsetBy: offset)
                    return UInt8(id.hex[start...].prefix(2), radix: 16) ?? 0
                }
            )
        let tree = try source.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", input: raw)
        let commit = try source.git("commit-tree", "-m", "Hostile", tree)
        try source.git("update-ref", "refs/heads/main", commit)
        let error = await #expect(throws: GitError.self) { try await mirror.changes(from: nil, to: fetchTree()) }
        #expect(error?.reason.contains("is no name for a file") == true)
    }

    @Test func `reading before anything was fetched says so`() async throws {
        let error = await #expect(throws: GitError.self) {
            try await mirror.tree(of: id(String(repeating: "1", count: 40)))
        }
        #expect(error?.kind == .notFound)
        #expect(error?.reason == "nothing was fetched yet")
    }
}
