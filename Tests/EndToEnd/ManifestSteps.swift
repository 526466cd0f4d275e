import Foundation
import TestSupport
import Testing
import YAML

/// A repository whose one manifest goes through files, one commit each, and what a sync of each has to come to.
struct ManifestSteps: CustomTestStringConvertible, Sendable {
    let steps: [Step]
    var testDescription: String { steps.map(\.file).joined(separator: ", ") }

    init(_ steps: [Step]) { self.steps = steps }

    struct Step: Sendable {
        let file: String
        let status: Int32
        let revisions: [String]
        let traffic: [String: [String]]
        let messages: [String]

        init(
            _ file: String,
            status: Int32 = 0,
            revisions: [String] = [],
            traffic: [String: [String]] = [:],
            messages: [String] = []
        ) {
            self.file = file
            self.status = status
            self.revisions = revisions
            self.traffic = traffic
            self.messages = messages
        }
    }

    /// Syncs one file of a folder after the other.
    func check(in folder: String) throws {
        let scene = try Scene()
        for (number, step) in steps.enumerated() {
            let text = try String(contentsOfFile: folder + step.file, encoding: .utf8)
            try scene.push(["manifest.yaml": text], message: step.file)
            let outcome = try scene.sync("--timeout", "30")
            #expect(outcome.status == step.status, "\(step.file): \(outcome.text)")
            for message in step.messages { #expect(outcome.text.contains(message), "\(step.file): \(outcome.text)") }
            for (route, shares) in step.traffic { #expect(try scene.traffic(route) == shares, "step \(number)") }
            let made = try scene.elafros.objects("revisions", state: scene.state)
                .compactMap { $0["metadata"]?["name"]?.string }
            #expect(made.sorted() == step.revisions, "\(step.file)")
        }
    }
}
