import Foundation
import TestSupport
import Testing

/// Manifests of our own in all the shapes of those that people wrote in 2018: what syncs, what is another group's, and what
/// has to wait.
@Suite struct ManifestShapeTests {
    private static let folder = Golden.fixtures.appendingPathComponent("shapes").path + "/"

    private static let table = [
        ManifestSteps([
            .init(
                "probe.yaml",
                revisions: ["prices-configuration-00001"],
                traffic: ["prices-route": ["prices-configuration-00001=100"]]
            ),
            // The update names the Configuration alone; its Route is pruned, for the file no longer gives it.
            .init(
                "probe-updated.yaml",
                revisions: ["prices-configuration-00001", "prices-configuration-00002"],
                messages: ["prices-route"]
            ),
        ]),
        ManifestSteps([
            .init("secrets.yaml", revisions: ["hook-00001"], traffic: ["hook": ["hook-00001=100"]])
        ]),
        // From a ready-made image to one that is built: the first Revision goes on serving.
        ManifestSteps([
            .init(
                "prebuilt.yaml",
                revisions: ["thumbs-template-00001"],
                traffic: ["thumbs": ["thumbs-template-00001=100"]]
            ),
            .init(
                "built.yaml",
                status: 4,
                revisions: ["thumbs-template-00001", "thumbs-template-00002"],
                traffic: ["thumbs": ["thumbs-template-00001=100"]],
                messages: ["NoBuilder", "BuildTemplate \"pack\" was not found"]
            ),
        ]),
        ManifestSteps([.init("template.yaml")]),
        ManifestSteps([
            .init("others.yaml", messages: ["ServiceAccount", "ClusterRole", "ConfigMap", "Deployment"])
        ]),
        ManifestSteps([
            .init(
                "route.yaml",
                status: 4,
                traffic: ["lonely-route": []],
                messages: ["Configuration 'lonely-configuration' referenced in traffic not found"]
            )
        ]),
        ManifestSteps([.init("configuration.yaml", revisions: ["lonely-configuration-00001"])]),
        ManifestSteps([
            .init("service.yaml", revisions: ["greeter-00001"], traffic: ["greeter": ["greeter-00001=100"]]),
            .init(
                "service-updated.yaml",
                revisions: ["greeter-00001", "greeter-00002"],
                traffic: ["greeter": ["greeter-00002=100"]]
            ),
            .init(
                "service-pinned.yaml",
                revisions: ["greeter-00001", "greeter-00002", "greeter-00003"],
                traffic: ["greeter": ["current:greeter-00001=100", "next:greeter-00003=0"]]
            ),
        ]),
    ]

    @Test(arguments: table)
    func `each shape does in a repository of its own what the specification says`(expected: ManifestSteps) throws {
        try expected.check(in: Self.folder)
    }
}
