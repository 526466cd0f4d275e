import Resources
import Testing
import YAML

/// The YAML of the specification's scenarios, with the indentation that its copy lost.
@Suite struct SeedManifestTests {
    @Test func `scenario 2 creates a Service with an environment`() throws {
        let service = try Reading.one(
            """
            apiVersion: elafros.dev/v1alpha1
            kind: Service
            metadata:
              name: my-service
            spec:
              runLatest:
                configuration:
                  revisionTemplate:  # template for building Revision
                    metadata:
                    spec:
                      container:  # k8s core.v1.Container
                        image: gcr.io/shop
                        env:
                        - name: FOO
                          value: bar
                        - name: HELLO
                          value: world
            """
        )
        #expect(service.key == Key(.service, "default", "my-service"))
        let mode = try #require(ServiceSpec(service.spec))
        #expect(mode.mode == .runLatest)
        #expect(mode.targets(service: "my-service") == [TrafficTarget(.configuration("my-service"), percent: 100)])
        let revision = RevisionSpec(ConfigurationSpec(try #require(mode.configuration)).template.spec)
        #expect(revision.image == "gcr.io/shop")
        #expect(revision.environment.map(\.name) == ["FOO", "HELLO"])
        let draft = service.draft.spec
        #expect(draft["runLatest"]?["configuration"]?["revisionTemplate"]?["spec"]?["concurrencyModel"] == "Multi")
    }

    @Test func `scenario 3 pins a Revision, with the spelling of the seed`() throws {
        let service = try Reading.one(
            """
            apiVersion: elafros.dev/v1alpha1
            kind: Service
            metadata:
              name: my-service
            spec:
              pinned:
                revisionname: ghi
                configuration:
                  revisionTemplate:
                    spec:
                      container:
                        image: gcr.io/shop
            """
        )
        #expect(service.spec["pinned"]?["revisionName"] == "ghi")
        #expect(
            ServiceSpec(service.spec)?.targets(service: "my-service") == [
                TrafficTarget(.revision("ghi"), name: "current", percent: 100),
                TrafficTarget(.configuration("my-service"), name: "next", percent: 0),
            ]
        )
    }

    @Test func `scenario 3 routes by name, with a kind in lower case`() throws {
        let route = try Reading.one(
            """
            apiVersion: elafros.dev/v1alpha1
            kind: route
            metadata:
              name: my-service
              generation: 2145
            spec:
              rollout:
                traffic:
                - revisionName: ghi
                  name: current
                  percent: 100
                - configurationName: my-service
                  name: next
                  percent: 0
            status:
              domain: my-service.default.mydomain.com
              conditions:
              - type: Ready
                status: True
            """
        )
        #expect(route.key == Key(.route, "default", "my-service"))
        let spec = RouteSpec(route.spec)
        #expect(spec.targets.map(\.name) == ["current", "next"])
        #expect(spec.consolidated == spec.targets)
        #expect(spec.value["rollout"]?["traffic"]?.list?.count == 2)
    }

    @Test func `scenario 5 deploys a function from source`() throws {
        let service = try Reading.one(
            """
            apiVersion: elafros.dev/v1alpha1
            kind: Service
            metadata:
              name: my-function
            spec:
              runLatest:
                configuration:
                  build:
                    source:
                      git:
                        url: https://example.com/shop
                        commit: 33643fc
                    template:
                      name: go_1_9_fn
                      namespace: build-templates
                      arguments:
                      - name: _IMAGE
                        value: gcr.io/shop
                      - name: _ENTRY_POINT
                        value: index
                  revisionTemplate:
                    metadata:
                      labels:
                        elafros.dev/type: "function"
                      annotations:
                        elafros.dev/configurationGeneration: 1234
                    spec:
                      container:
                        image: gcr.io/shop
                        env:
                        - name: FOO
                          value: bar
                      concurrencyModel: SingleThreaded
                      timeoutSeconds: 20
            """
        )
        let configuration = ConfigurationSpec(try #require(ServiceSpec(service.spec)?.configuration))
        #expect(configuration.template.labels["elafros.dev/type"] == "function")
        #expect(configuration.template.annotations["elafros.dev/configurationGeneration"] == "1234")
        #expect(configuration.build?["template"]?["name"] == "go_1_9_fn")
        let revision = RevisionSpec(configuration.template.spec)
        #expect(revision.concurrencyLimit == 1)
        #expect(revision.timeoutSeconds == 20)
        #expect(revision.servingState == .active)
    }

    @Test func `the flattened configuration of the 2018 specification means the same`() throws {
        func service(_ configuration: String) throws -> Desired {
            let lines = configuration.split(separator: "\n").map { "      " + $0 }.joined(separator: "\n")
            return try Reading.one(
                "apiVersion: elafros.dev/v1alpha1\nkind: Service\nmetadata: {name: shop}\nspec:\n  runLatest:\n"
                    + "    configuration:\n\(lines)\n"
            )
        }
        let flat = try service(
            "container:\n  image: shop:1\ntimeoutSeconds: 20\nrevisionTemplate:\n  metadata: {labels: {a: b}}"
        )
        let nested = try service(
            "revisionTemplate:\n  metadata: {labels: {a: b}}\n  spec:\n    container:\n      image: shop:1\n    timeoutSeconds: 20"
        )
        #expect(flat.spec == nested.spec)
    }

    @Test(arguments: ["elafros.dev/v1alpha1", "build.dev/v1alpha1", "build.knative.dev/v1alpha1"])
    func `templates of all groups may have underscores in their names`(apiVersion: String) throws {
        let template = try Reading.one(
            """
            apiVersion: \(apiVersion)
            kind: BuildTemplate
            metadata: {name: nodejs_8_9_4, namespace: build-templates}
            spec:
              parameters:
              - name: _IMAGE
                description: What to push.
              - name: DIRECTORY
                default: ""
              steps:
              - name: ftl
                image: gcr.io/ftl
                args: ["--name=${_IMAGE}:latest"]
                env:
                - name: DOCKER_CONFIG
                  value: /root/.docker
            """
        )
        #expect(template.key == Key(.buildTemplate, "build-templates", "nodejs_8_9_4"))
        #expect(BuildTemplateValidation.check(template.spec) == nil)
        #expect(template.spec["parameters"]?.list?.last?["default"] == "")
    }
}
