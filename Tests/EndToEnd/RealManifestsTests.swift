import Foundation
import TestSupport
import Testing
import YAML

/// Manifests that people wrote for this API in 2018, each in a repository of its own.
///
/// They stand beside the project, not in it: where they are not there, these tests are skipped, and
/// `ManifestShapeTests` covers the same shapes with manifests of our own.
@Suite(.enabled(if: RealManifests.areThere, "the manifests of 2018 are not beside this checkout"))
struct RealManifestsTests {
    @Test(arguments: RealManifests.table)
    func `each file does in a repository of its own what the specification says`(expected: RealManifests.Row) throws {
        let scene = try Scene()
        for (number, step) in expected.steps.enumerated() {
            let text = try String(contentsOfFile: RealManifests.folder + step.file, encoding: .utf8)
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

    @Test func `the whole folder as one repository holds back what stands twice and applies the rest`() throws {
        let scene = try Scene()
        let files = try FileManager.default.subpathsOfDirectory(atPath: RealManifests.folder)
            .filter { $0.hasSuffix(".yaml") }
        var manifests: [String: String?] = [:]
        for file in files {
            manifests[file] = try String(contentsOfFile: RealManifests.folder + file, encoding: .utf8)
        }
        try scene.push(manifests)

        let outcome = try scene.sync("--timeout", "30")

        #expect(outcome.status == 3, "\(outcome.text)")
        // Each of these is given by two or three files that were meant to follow one another.
        let twice = [
            "configuration-example", "service-example", "stock-configuration-example", "thumb", "thumbtemplate",
        ]
        let names = try scene.elafros.objects("services,configurations,routes,buildtemplates", state: scene.state)
            .compactMap { $0["metadata"]?["name"]?.string }
        for name in twice { #expect(!names.contains(name)) }
        #expect(
            Set(names) == [
                "autoscale-route", "autoscale-configuration", "buildpack-sample-app", "buildpack-function",
                "git-webhook", "route-example", "private-repos", "route-python-example",
                "configuration-python-example", "steren-sample-app", "steren-sample-fn", "steren-sample-function",
                "stock-route-example", "telemetrysample-configuration", "telemetrysample-route", "node-app", "node-fn",
            ]
        )
        #expect(outcome.text.contains("service/updated_service.yaml:"))
        #expect(outcome.text.contains("thumbnailer/sample-prebuilt.yaml:"))
    }
}

/// What each file must do, written from the specification before any of them was run.
enum RealManifests {
    static let folder: String = {
        let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return project.deletingLastPathComponent()
            .appendingPathComponent("shared/manifests/elafros-2018/sample/").path + "/"
    }()

    static var areThere: Bool { FileManager.default.fileExists(atPath: folder) }

    /// A repository whose one manifest goes through the files of `steps`, one commit each.
    struct Row: CustomTestStringConvertible, Sendable {
        let steps: [Step]
        var testDescription: String { steps.map(\.file).joined(separator: ", ") }
    }

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

    static let table = [
        Row(steps: [
            Step(
                "autoscale/sample.yaml",
                revisions: ["autoscale-configuration-00001"],
                traffic: ["autoscale-route": ["autoscale-configuration-00001=100"]]
            )
        ]),
        // No builder is carried inside: the Revision waits for its Build, and so the Route has nowhere to send traffic.
        Row(steps: [
            Step(
                "buildpack-app/sample.yaml",
                status: 4,
                revisions: ["buildpack-sample-app-00001"],
                traffic: ["buildpack-sample-app": []],
                messages: ["NoBuilder"]
            )
        ]),
        Row(steps: [
            Step(
                "buildpack-function/sample.yaml",
                status: 4,
                revisions: ["buildpack-function-00001"],
                traffic: ["buildpack-function": []],
                messages: ["NoBuilder"]
            )
        ]),
        Row(steps: [
            Step(
                "gitwebhook/sample.yaml",
                revisions: ["git-webhook-00001"],
                traffic: ["git-webhook": ["git-webhook-00001=100"]]
            )
        ]),
        // The update names the Configuration alone; its Route is pruned, for the file no longer gives it.
        Row(steps: [
            Step(
                "helloworld/sample.yaml",
                revisions: ["configuration-example-00001"],
                traffic: ["route-example": ["configuration-example-00001=100"]]
            ),
            Step(
                "helloworld/updated_configuration.yaml",
                revisions: ["configuration-example-00001", "configuration-example-00002"],
                messages: ["route-example"]
            ),
        ]),
        Row(steps: [
            Step(
                "private-repos/manifest.yaml",
                status: 4,
                revisions: ["private-repos-00001"],
                traffic: ["private-repos": []],
                messages: ["NoBuilder"]
            )
        ]),
        Row(steps: [
            Step(
                "pythonsimple/manifest.yaml",
                revisions: ["configuration-python-example-00001"],
                traffic: ["route-python-example": ["configuration-python-example-00001=100"]]
            )
        ]),
        Row(steps: [
            Step(
                "service/sample.yaml",
                revisions: ["service-example-00001"],
                traffic: ["service-example": ["service-example-00001=100"]]
            ),
            Step(
                "service/updated_service.yaml",
                revisions: ["service-example-00001", "service-example-00002"],
                traffic: ["service-example": ["service-example-00002=100"]]
            ),
            // Pinned to the first Revision, while the changed configuration makes a third, reachable as `next`.
            Step(
                "service/pinned_service.yaml",
                revisions: ["service-example-00001", "service-example-00002", "service-example-00003"],
                traffic: ["service-example": ["current:service-example-00001=100", "next:service-example-00003=0"]]
            ),
        ]),
        Row(steps: [
            Step(
                "steren-app/sample.yaml",
                status: 4,
                revisions: ["steren-sample-app-00001"],
                traffic: ["steren-sample-app": []],
                messages: ["NoBuilder"]
            )
        ]),
        Row(steps: [
            Step(
                "steren-function/sample.yaml",
                status: 4,
                revisions: ["steren-sample-function-00001"],
                traffic: ["steren-sample-fn": []],
                messages: ["NoBuilder"]
            )
        ]),
        Row(steps: [
            Step(
                "stock-rest-app/sample.yaml",
                revisions: ["stock-configuration-example-00001"],
                traffic: ["stock-route-example": ["stock-configuration-example-00001=100"]]
            ),
            Step(
                "stock-rest-app/updated_configuration.yaml",
                revisions: ["stock-configuration-example-00001", "stock-configuration-example-00002"],
                messages: ["stock-route-example"]
            ),
        ]),
        Row(steps: [
            Step("telemetrysample/configuration.yaml", revisions: ["telemetrysample-configuration-00001"])
        ]),
        // Five documents of other groups: noted, and nothing else.
        Row(steps: [
            Step(
                "telemetrysample/prometheus-test.yaml",
                messages: ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "ConfigMap", "Deployment"]
            )
        ]),
        // A Route to a Configuration that nobody has written says so.
        Row(steps: [
            Step(
                "telemetrysample/route.yaml",
                status: 4,
                traffic: ["telemetrysample-route": []],
                messages: ["Configuration 'telemetrysample-configuration' referenced in traffic not found"]
            )
        ]),
        Row(steps: [Step("templates/node-app.yaml")]),
        Row(steps: [Step("templates/node-fn.yaml")]),
        // From a ready-made image to one that is built: the first Revision goes on serving.
        Row(steps: [
            Step(
                "thumbnailer/sample-prebuilt.yaml",
                revisions: ["thumbtemplate-00001"],
                traffic: ["thumb": ["thumbtemplate-00001=100"]]
            ),
            Step(
                "thumbnailer/sample.yaml",
                status: 4,
                revisions: ["thumbtemplate-00001", "thumbtemplate-00002"],
                traffic: ["thumb": ["thumbtemplate-00001=100"]],
                messages: ["NoBuilder"]
            ),
        ]),
    ]
}
