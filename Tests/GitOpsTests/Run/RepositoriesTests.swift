import Foundation
import TestSupport
import Testing

@testable import GitOps

/// There and back with the repositories that stand in this one.
@Suite struct RepositoriesTests {
    private static let folders = ["examples/quickstart", "examples/scenarios", "fixtures/scenarios"]

    /// The manifests of a folder, by name.
    private func manifests(in folder: String) throws -> [(name: String, text: String)] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
        let files = try FileManager.default.contentsOfDirectory(
            at: root.appendingPathComponent(folder).standardizedFileURL,
            includingPropertiesForKeys: nil
        )
        return try files.filter { $0.pathExtension == "yaml" }.map {
            ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8))
        }.sorted { $0.0 < $1.0 }
    }

    @Test(arguments: folders)
    func `a folder that is pushed whole comes back from its report`(folder: String) async throws {
        let world = try World()
        let files = try manifests(in: folder)
        #expect(!files.isEmpty)
        try world.repository.commit(Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0.text) }))
        try await world.sync { $0.reportBranch = "status" }
        try await expectBack(world)
    }

    @Test(arguments: folders)
    func `manifests that update each other come back from their report at every step`(folder: String) async throws {
        let world = try World()
        for file in try manifests(in: folder) {
            try await world.push(["manifest.yaml": file.text]) {
                $0.reportBranch = "status"
                $0.allowsEmpty = true
            }
            try await expectBack(world)
        }
    }

    /// Loses the disk: what the report gives back is what was, and the next sync finds nothing to do.
    private func expectBack(_ world: World) async throws {
        #expect(try await Faults.rebuilt(world) == [])
        let head = try world.repository.id(of: "status")
        world.loseState()
        let again = try await world.sync { $0.reportBranch = "status" }
        #expect(again.summary == [])
        #expect(try await Faults.rebuilt(world) == [])
        #expect(try world.repository.id(of: "status") == head)
    }
}
