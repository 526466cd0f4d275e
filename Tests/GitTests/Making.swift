import Foundation
import Git
import TestSupport
import Testing

/// A mirror in the folder, with a deadline that no healthy test reaches.
func makeMirror(
    _ address: String,
    in folder: TemporaryFolder,
    credentials: Credentials = Credentials(),
    timeout: Duration = .seconds(60)
) throws -> Mirror {
    Mirror(
        folder: folder.path("mirrors/mirror.git"),
        remote: try RemoteURL(address),
        credentials: credentials,
        timeout: timeout
    )
}

/// The id that git printed.
func id(_ hex: String) throws -> ObjectID { try #require(ObjectID(hex: hex)) }

extension Signature {
    /// Someone who writes reports.
    static let elafros = Signature(name: "Elafros", email: "elafros@localhost", milliseconds: 1_700_000_000_123)
}

/// Publishes a large tree and then small changes, and counts the objects of the packs that the remote receives.
func expectOnlyNewObjects(through mirror: Mirror, to remote: GitRepository) async throws {
    // Packs are kept as they were sent.
    try remote.git("config", "receive.unpackLimit", "1")
    func packs() throws -> Set<String> {
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(remote.path)/objects/pack")
        return Set(names.filter { $0.hasSuffix(".idx") })
    }
    _ = try await mirror.fetch(.head, known: nil)
    var parent: ObjectID?
    let tree = Dictionary(uniqueKeysWithValues: (0..<500).map { ("f/\($0 % 7)/\($0).md", String?("report \($0)\n")) })
    // Files, their folders, the root and the commit.
    let publications: [(files: [String: String?], objects: Int)] = [
        (tree, 500 + 7 + 1 + 1 + 1), (["f/0/0.md": "changed"], 1 + 2 + 1 + 1),
        (["f/1/1.md": nil, "new": "n"], 1 + 2 + 1 + 1),
    ]
    for (files, objects) in publications {
        let before = try packs()
        guard case .pushed(let id, _) = try await mirror.publish("status", parent, files) else {
            return #expect(Bool(false), "not pushed")
        }
        parent = id
        let new = try packs().subtracting(before)
        #expect(new.count == 1)
        for name in new {
            let index = try Data(contentsOf: URL(fileURLWithPath: "\(remote.path)/objects/pack/\(name)"))
            #expect(try remote.git("show-index", input: index).split(separator: "\n").count == objects)
        }
    }
}
