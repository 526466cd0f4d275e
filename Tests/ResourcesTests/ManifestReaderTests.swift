import Resources
import Testing
import YAML

@Suite struct ManifestReaderTests {
    @Test func `all errors of a document are found, each at its place`() {
        let errors = Reading.errors(
            """
            apiVersion: elafros.dev/v1alpha1
            kind: Configuration
            metadata:
              name: shop.one
              lables: {}
            spec:
              revisionTemplate:
                spec:
                  container:
                    imgae: shop:1
                    env: FOO=bar
                    stdin: yes
                  timeoutSeconds: "five"
                  concurrencyModel: single
            """
        )
        #expect(
            errors == [
                "4:9: Failed to validate: Invalid resource name: special character . must not be present; "
                    + "write - instead, as in \"shop-one\"",
                "5:3: unknown field \"lables\" in metadata; did you mean \"labels\"?",
                "10:9: unknown field \"imgae\" in container; did you mean \"image\"?",
                "11:14: expected a list, found a string \"FOO=bar\"; begin each item of env with \"- \"",
                "12:16: expected true or false, found a string \"yes\"; write \"stdin: true\" or \"stdin: false\"",
                "13:23: expected a whole number, found a string \"five\"; "
                    + "write digits without quotes, as in \"timeoutSeconds: 1\"",
                "14:25: Unrecognized value for concurrencyModel: \"single\"; did you mean \"Single\"?",
            ]
        )
    }

    @Test(arguments: [
        ("Service", "{runLatest: {configuration: {contaner: {image: a}}}}", ["unknown field \"contaner\""]),
        ("Service", "{runLatest: {configuration: {container: {imgae: a}}}}", ["unknown field \"imgae\""]),
        ("Service", "{runLatst: {configuration: {container: {image: a}}}}", ["unknown field \"runLatst\""]),
        (
            "Service", "{runLatest: {configuration: {container: {image: a, ports: [{containerPort: x}]}}}}",
            ["expected a whole number"]
        ),
        ("Route", "{traffic: [{revisionName: a, percent: all}]}", ["expected a whole number"]),
        (
            "Route", "{traffic: [{revisionNme: a, percent: 40}, {revisionName: b, percent: -60}]}",
            ["unknown field \"revisionNme\"", "the route cannot have a negative traffic percent"]
        ),
        (
            "Service",
            "{runLatest: {configuration: {build: {sorce: {}}, container: {image: a, name: b}, timeoutSeconds: 601}}}",
            [
                "unknown field \"sorce\"",
                "The configuration spec must not set the field(s): revisionTemplate.spec.container.name",
                "expected 0 <= 601 <= 600: timeoutSeconds",
            ]
        ),
    ])
    func `what follows from another error alone is not reported, all else is`(
        kind: String,
        spec: String,
        expected: [String]
    ) {
        let errors = Reading.errors(
            "{apiVersion: elafros.dev/v1alpha1, kind: \(kind), metadata: {name: shop}, spec: \(spec)}"
        )
        #expect(errors.count == expected.count)
        for (error, text) in zip(errors, expected) { #expect(error.contains(": " + text), "\(error)") }
    }

    @Test(arguments: ["percent: x", "percent: -1", "percnt: 1"])
    func `errors without end are cut short`(field: String) {
        let targets = repeatElement("{\(field)}", count: 1_000).joined(separator: ", ")
        let errors = Reading.errors(
            "{apiVersion: elafros.dev/v1alpha1, kind: Route, metadata: {name: shop}, spec: {traffic: [\(targets)]}}"
        )
        #expect(errors.count == 101)
        #expect(errors.last == "1:1: further errors are left out; mend these first")
    }

    @Test func `what the rules refuse stands at the offending field, in any spelling`() {
        let errors = Reading.errors(
            """
            apiVersion: elafros.dev/v1alpha1
            kind: Service
            metadata:
              name: Shop.one
            spec:
              runlatest:
                configuration:
                  container:
                    image: shop:1
                    ports: [{containerPort: 80}]
                  timeoutSeconds: 601
            """
        )
        #expect(
            errors == [
                "4:9: Failed to validate: Invalid resource name: special character . must not be present; "
                    + "write - instead, as in \"Shop-one\"",
                "10:9: The configuration spec must not set the field(s): "
                    + "revisionTemplate.spec.container.ports; remove what Elafros sets itself",
                "11:23: expected 0 <= 601 <= 600: timeoutSeconds; choose a number in that range",
            ]
        )
    }

    @Test func `two spellings of a key with different values are refused`() {
        let errors = Reading.errors(
            """
            apiVersion: elafros.dev/v1alpha1
            kind: Route
            metadata: {name: shop}
            spec: {traffic: [
                {name: a, configurationName: shop, percent: 100,
                Name: b}]}
            """
        )
        #expect(errors == ["6:5: \"name\" stands twice in traffic target, with different values; keep one"])
    }

    @Test func `two spellings of a key with one value are one`() throws {
        let route = try Reading.one(
            """
            apiVersion: elafros.dev/v1alpha1
            kind: Route
            metadata: {name: shop}
            spec: {traffic: [{tag: a, name: a, configurationName: shop, percent: 100}]}
            """
        )
        #expect(RouteSpec(route.spec).targets == [TrafficTarget(.configuration("shop"), name: "a", percent: 100)])
    }

    @Test func `a field that stands flat and nested is refused`() {
        let errors = Reading.errors(
            """
            apiVersion: elafros.dev/v1alpha1
            kind: Service
            metadata: {name: shop}
            spec:
              runLatest:
                configuration:
                  timeoutSeconds: 20
                  revisionTemplate:
                    spec:
                      timeoutSeconds: 20
                      container: {image: "shop:1"}
            """
        )
        #expect(
            errors == [
                "7:7: \"timeoutSeconds\" is set here and in revisionTemplate.spec.timeoutSeconds; keep the latter"
            ]
        )
    }

    @Test(arguments: [
        ("kind: Servce", "2:7: unhandled kind: \"Servce\"; did you mean \"Service\"?"),
        (
            "kind: Pod",
            "2:7: unhandled kind: \"Pod\"; elafros.dev has Service, Configuration, Revision, Route, Build, BuildTemplate"
        ),
        (
            "metadata: {name: shop}",
            "1:13: kind is missing; write one of Service, Configuration, Revision, Route, Build, BuildTemplate"
        ),
        ("kind: Route", "1:1: metadata.name is missing; name the Route"),
        (
            "kind: Route\nmetadata: {generateName: shop-}",
            "3:26: metadata.generateName without metadata.name; write a name, a manifest stands for one object"
        ),
        (
            "kind: Revision\nmetadata: {name: shop-00001}",
            "2:7: Revisions are made by Configurations; write a Configuration or a Service instead"
        ),
        (
            "kind: Route\nmetadata: {name: shop, namespace: Shop}",
            "3:35: Failed to validate: Invalid namespace: only a-z, 0-9 and - may be present, "
                + "no - first or last, and at most 63 characters; rename it, or leave it out"
        ),
    ])
    func `documents that are meant for us and are none of ours say what to write`(rest: String, expected: String) {
        #expect(Reading.errors("apiVersion: elafros.dev/v1alpha1\n" + rest) == [expected])
    }

    @Test(arguments: [
        (
            "elafros.dev/v1", "Route",
            "1:13: elafros.dev has no version \"v1\"; write \"apiVersion: elafros.dev/v1alpha1\""
        ),
        (
            "serving.knative.dev/v1alpha1", "Build",
            "1:13: serving.knative.dev has no kind \"Build\"; write \"apiVersion: elafros.dev/v1alpha1\""
        ),
        (
            "serving.knative.dev/v1", "Route",
            "1:13: of serving.knative.dev/v1 only Service is read; write a Service with template and traffic, or the Route of "
                + "\"apiVersion: elafros.dev/v1alpha1\""
        ),
        (
            "serving.knative.dev/v1beta1", "configuration",
            "1:13: of serving.knative.dev/v1beta1 only Service is read; write a Service with template and traffic, or the "
                + "Configuration of \"apiVersion: elafros.dev/v1alpha1\""
        ),
        (
            "serving.knative.dev/v2", "Route",
            "1:13: serving.knative.dev has no version \"v2\"; write \"apiVersion: serving.knative.dev/v1alpha1\""
        ),
    ])
    func `other versions of our groups are refused`(apiVersion: String, kind: String, expected: String) {
        let errors = Reading.errors("apiVersion: \(apiVersion)\nkind: \(kind)\nmetadata: {name: shop}")
        #expect(errors == [expected])
    }

    @Test func `a wrong document claims its object, in the namespace that fills in`() {
        let text = "apiVersion: elafros.dev/v1\nKIND: service\nmetadata: {Name: shop}"
        let manifest = ManifestReader(defaultNamespace: "team").read(Reading.node(text))
        guard case .invalid(_, let claimed) = manifest else {
            Issue.record("not invalid")
            return
        }
        #expect(claimed == Key(.service, "team", "shop"))
    }

    @Test func `a build that makes another image is warned of`() {
        let manifests = Reading.manifests(
            """
            apiVersion: elafros.dev/v1alpha1
            kind: Configuration
            metadata: {name: shop}
            spec:
              build:
                template: {name: kaniko, arguments: [{name: IMAGE, value: shop:2}]}
              revisionTemplate:
                spec:
                  container:
                    image: shop:1
            """
        )
        guard case .desired(_, let warnings)? = manifests.first else {
            Issue.record("not desired")
            return
        }
        let message = "the build makes \"shop:2\", but \"shop:1\" is to run; write the same image in both places"
        #expect(warnings == [Diagnostic(.warning, at: Position(line: 10, column: 16), message)])
    }

    @Test func `what the server sets and an old generation are left out`() throws {
        let route = try Reading.one(
            """
            apiVersion: elafros.dev/v1alpha1
            kind: Route
            metadata:
              name: shop
              uid: 1
              resourceVersion: 12
              generation: 3
              creationTimestamp: null
              selfLink: /apis/x
              finalizers: [a]
              labels: {b: 1, a: True, c: }
              ownerReferences:
              - {apiVersion: elafros.dev/v1alpha1, kind: Service, name: shop, uid: u, controller: true}
              - {apiVersion: v1, kind: ConfigMap, name: other, uid: v}
            spec: {generation: 4}
            status: [anything]
            """
        )
        #expect(route.labels == ["a": "True", "b": "1", "c": ""])
        #expect(route.owners.map(\.kind) == [.service])
        #expect(route.spec == [:])
        #expect(route.draft.metadata.uid == "" && route.draft.metadata.generation == 0)
    }
}
