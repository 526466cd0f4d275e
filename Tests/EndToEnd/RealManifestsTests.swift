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
    func `each file does in a repository of its own what the specification says`(expected: ManifestSteps) throws {
        try expected.check(in: RealManifests.folder)
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

    static let table = [
        ManifestSteps([
            .init(
                "autoscale/sample.yaml",
                revisions: ["autoscale-configuration-00001"],
                traffic: ["autoscale-route": ["autoscale-configuration-00001=100"]]
            )
        ]),
        // No builder is carried inside: the Revision waits for its Build, and so the Route has nowhere to send traffic.
        ManifestSteps([
            .init(
                "buildpack-app/sample.yaml",
                status: 4,
                revisions: ["buildpack-sample-app-00001"],
                traffic: ["buildpack-sample-app": []],
                messages: ["NoBuilder"]
            )
        ]),
        ManifestSteps([
            .init(
                "buildpack-function/sample.yaml",
                status: 4,
                revisions: ["buildpack-function-00001"],
                traffic: ["buildpack-function": []],
                messages: ["NoBuilder"]
            )
        ]),
        ManifestSteps([
            .init(
                "gitwebhook/sample.yaml",
                revisions: ["git-webhook-00001"],
                traffic: ["git-webhook": ["git-webhook-00001=100"]]
            )
        ]),
        // The update names the Configuration alone; its Route is pruned, for the file no longer gives it.
        ManifestSteps([
            .init(
                "helloworld/sample.yaml",
                revisions: ["configuration-example-00001"],
                traffic: ["route-example": ["configuration-example-00001=100"]]
            ),
            .init(
                "helloworld/updated_configuration.yaml",
                revisions: ["configuration-example-00001", "configuration-example-00002"],
                messages: ["route-example"]
            ),
        ]),
        ManifestSteps([
            .init(
                "private-repos/manifest.yaml",
                status: 4,
                revisions: ["private-repos-00001"],
                traffic: ["private-repos": []],
                messages: ["NoBuilder"]
            )
        ]),
        ManifestSteps([
            .init(
                "pythonsimple/manifest.yaml",
                revisions: ["configuration-python-example-00001"],
                traffic: ["route-python-example": ["configuration-python-example-00001=100"]]
            )
        ]),
        ManifestSteps([
            .init(
                "service/sample.yaml",
                revisions: ["service-example-00001"],
                traffic: ["service-example": ["service-example-00001=100"]]
            ),
            .init(
                "service/updated_service.yaml",
                revisions: ["service-example-00001", "service-example-00002"],
                traffic: ["service-example": ["service-example-00002=100"]]
            ),
            // Pinned to the first Revision, while the changed configuration makes a third, reachable as `next`.
            .init(
                "service/pinned_service.yaml",
                revisions: ["service-example-00001", "service-example-00002", "service-example-00003"],
                traffic: ["service-example": ["current:service-example-00001=100", "next:service-example-00003=0"]]
            ),
        ]),
        ManifestSteps([
            .init(
                "steren-app/sample.yaml",
                status: 4,
                revisions: ["steren-sample-app-00001"],
                traffic: ["steren-sample-app": []],
                messages: ["NoBuilder"]
            )
        ]),
        ManifestSteps([
            .init(
                "steren-function/sample.yaml",
                status: 4,
                revisions: ["steren-sample-function-00001"],
                traffic: ["steren-sample-fn": []],
                messages: ["NoBuilder"]
            )
        ]),
        ManifestSteps([
            .init(
                "stock-rest-app/sample.yaml",
                revisions: ["stock-configuration-example-00001"],
                traffic: ["stock-route-example": ["stock-configuration-example-00001=100"]]
            ),
            .init(
                "stock-rest-app/updated_configuration.yaml",
                revisions: ["stock-configuration-example-00001", "stock-configuration-example-00002"],
                messages: ["stock-route-example"]
            ),
        ]),
        ManifestSteps([
            .init("telemetrysample/configuration.yaml", revisions: ["telemetrysample-configuration-00001"])
        ]),
        // Five documents of other groups: noted, and nothing else.
        ManifestSteps([
            .init(
                "telemetrysample/prometheus-test.yaml",
                messages: ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "ConfigMap", "Deployment"]
            )
        ]),
        // A Route to a Configuration that nobody has written says so.
        ManifestSteps([
            .init(
                "telemetrysample/route.yaml",
                status: 4,
                traffic: ["telemetrysample-route": []],
                messages: ["Configuration 'telemetrysample-configuration' referenced in traffic not found"]
            )
        ]),
        ManifestSteps([.init("templates/node-app.yaml")]),
        ManifestSteps([.init("templates/node-fn.yaml")]),
        // From a ready-made image to one that is built: the first Revision goes on serving.
        ManifestSteps([
            .init(
                "thumbnailer/sample-prebuilt.yaml",
                revisions: ["thumbtemplate-00001"],
                traffic: ["thumb": ["thumbtemplate-00001=100"]]
            ),
            .init(
                "thumbnailer/sample.yaml",
                status: 4,
                revisions: ["thumbtemplate-00001", "thumbtemplate-00002"],
                traffic: ["thumb": ["thumbtemplate-00001=100"]],
                messages: ["NoBuilder"]
            ),
        ]),
    ]
}
