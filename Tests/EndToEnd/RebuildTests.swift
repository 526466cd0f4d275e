import Foundation
import TestSupport
import Testing

/// There and back: what the report branch holds is enough to go on with an empty disk.
@Suite struct RebuildTests {
    /// Repositories as a sequence of commits: the paths of manifests in `examples/`, each under one name.
    private static let stories: [[String]] = [
        ["scenarios/2-create.yaml"],
        ["scenarios/2-create.yaml", "scenarios/1-automatic-rollout.yaml"],
        ["scenarios/2-create.yaml", "scenarios/1-automatic-rollout.yaml", "scenarios/3-manual-rollout.yaml"],
        ["scenarios/4-from-source.yaml"],
        ["scenarios/5-function.yaml"],
        ["quickstart/shop.yaml", "quickstart/cart.yaml"],
    ]

    @Test(arguments: stories)
    func `a state that is rebuilt from the report branch is the state that wrote it`(story: [String]) throws {
        let scene = try Scene()
        for manifest in story {
            try scene.push(["manifest.yaml": try example(manifest), "bad.yaml": "kind: ["])
            let outcome = try scene.sync("--report-branch", "status")
            #expect([3, 4].contains(outcome.status), "\(outcome.text)")
        }
        let live = try scene.elafros.digest(state: scene.state)
        let report = try scene.remote.id(of: "status")

        // When the disk is lost
        let empty = scene.folder.path("empty")
        let rebuilt = try scene.elafros(
            "state",
            "rebuild",
            "--from-report",
            "--repo",
            scene.remote.path,
            "--report-branch",
            "status",
            "--state",
            empty
        )

        // Then everything is as it was, and a sync finds nothing to do and reports nothing new.
        #expect(rebuilt.status == 0, "\(rebuilt.text)")
        #expect(try scene.elafros.digest(state: empty) == live)
        let again = try scene.elafros(
            "sync",
            "--repo",
            scene.remote.path,
            "--branch",
            "main",
            "--state",
            empty,
            "--report-branch",
            "status"
        )
        #expect([3, 4].contains(again.status), "\(again.text)")
        #expect(try scene.elafros.digest(state: empty) == live)
        #expect(try scene.remote.id(of: "status") == report)
    }

    @Test func `a sync on an empty disk rebuilds from the report branch by itself`() throws {
        let scene = try Scene(["shop.yaml": service("shop")])
        #expect(try scene.sync("--report-branch", "status").status == 0)
        try scene.push(["shop.yaml": service("shop", image: "registry.example.com/app:2")])
        #expect(try scene.sync("--report-branch", "status").status == 0)
        try FileManager.default.removeItem(atPath: scene.state)

        try scene.push(["shop.yaml": service("shop", image: "registry.example.com/app:3")])
        let outcome = try scene.sync("--report-branch", "status")

        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(try scene.traffic("shop") == ["shop-00003=100"])
    }
}

/// A manifest of `examples/`.
func example(_ name: String) throws -> String {
    let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    return try String(contentsOf: project.appendingPathComponent("examples/\(name)"), encoding: .utf8)
}
