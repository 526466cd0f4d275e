import Resources
import Testing
import YAML

@Suite struct ObjectTests {
    private var whole: Object {
        var metadata = Metadata(
            name: "shop-00001",
            namespace: "default",
            labels: ["elafros.dev/service": "shop"],
            annotations: ["a": "1"],
            owners: [
                OwnerReference(
                    apiVersion: "elafros.dev/v1alpha1",
                    kind: .configuration,
                    name: "shop",
                    uid: "u-1",
                    isController: true
                )
            ]
        )
        metadata.uid = "u-2"
        metadata.generation = 3
        metadata.resourceVersion = 42
        metadata.creationTimestamp = Instant(milliseconds: 1_527_768_960_123)
        var status = RevisionStatus()
        status.observedGeneration = 3
        status.conditions = Conditions([Condition(type: "Ready", status: .true)])
        return Object(
            kind: .revision,
            metadata: metadata,
            spec: ["buildName": "b", "container": ["image": "shop:1"]],
            status: .revision(status)
        )
    }

    @Test(arguments: [
        "", "u-1", "0f3b1c5e-8a2d-8e41-b0c9-5d7f00a1e2ff", "0F3B1C5E-8A2D-8E41-B0C9-5D7F00A1E2FF",
        "0f3b1c5e-8a2d-8e41-b0c9-5d7f00a1e2fg", "0f3b1c5e08a2d-8e41-b0c9-5d7f00a1e2ff",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ])
    func `a uid is given back as it was written`(uid: String) {
        var metadata = Metadata(name: "shop", namespace: "default")
        metadata.uid = uid
        #expect(metadata.uid == uid)
        let owner = OwnerReference(controller: Object(kind: .service, metadata: metadata, spec: [:]))
        #expect(owner.uid == uid)
    }

    @Test func `an object is read back as it was written`() throws {
        let value = whole.value
        #expect(value.map?.keys.map { $0 } == ["apiVersion", "kind", "metadata", "spec", "status"])
        #expect(value["metadata"]?["resourceVersion"] == "42")
        #expect(try Object(value: value) == whole)
        let text = try #require(YAMLParser().parse(value.yaml).documents.first)
        #expect(try Object(value: text.root.value) == whole)
    }

    @Test func `a draft shows nothing that it does not have`() throws {
        let draft = Object.make(.route, [:])
        #expect(draft.value["metadata"] == ["name": "shop", "namespace": "default"])
        #expect(try Object(value: draft.value) == draft)
    }

    @Test(
        arguments: [
            [:], ["apiVersion": "v1", "kind": "Service", "metadata": ["name": "a"]],
            ["apiVersion": "elafros.dev/v1alpha1", "kind": "Service"],
        ] as [Value]
    )
    func `other values are no objects`(value: Value) {
        #expect(throws: ResourcesError.self) { try Object(value: value) }
    }

    @Test func `a Route refers to what its spec and status name`() {
        var status = RouteStatus()
        status.traffic = [TrafficShare(revisionName: "Not found", name: nil, percent: 100)]
        status.rollouts = [
            RolloutProgress(
                configurationName: "c",
                name: nil,
                to: "r3",
                start: Instant(milliseconds: 0),
                step: 1,
                from: [TrafficShare(revisionName: "r2", name: nil, percent: 100)]
            )
        ]
        let route = Object.make(
            .route,
            ["traffic": [["configurationName": "c", "percent": 100], ["revisionName": "r1", "percent": 0]]],
            status: .route(status)
        )
        #expect(
            route.references.map(\.description) == [
                "Configuration default/c", "Revision default/r1", "Revision default/r2", "Revision default/r3",
            ]
        )
    }

    @Test func `Revisions, Builds and manifest files refer to what they name`() {
        #expect(whole.references == [Key(.build, "default", "b")])
        let build = Object.make(.build, ["template": ["name": "t", "namespace": "templates"]])
        #expect(build.references == [Key(.buildTemplate, "templates", "t")])
        let file = Object.make(
            .manifestFile,
            [
                "documents": [
                    ["kind": "Route", "namespace": "b", "name": "a"], ["kind": "ConfigMap", "name": "a"],
                    ["kind": "Service", "namespace": "a", "name": "a"], ["line": 3],
                ]
            ]
        )
        #expect(file.references == [Key(.service, "a", "a"), Key(.route, "b", "a")])
        #expect(Object.make(.service, ["pinned": ["revisionName": "r"]]).references == [])
    }

    @Test func `an edit by hand is read and checked like a manifest`() throws {
        let live = Object.make(
            .configuration,
            ["revisionTemplate": ["spec": ["container": ["image": "a"], "concurrencyModel": "Multi"]]]
        )
        let patch = Reading.value(
            "{spec: {revisionTemplate: {spec: {Container: {image: b}}}}, metadata: {labels: {a: 1}}}"
        )
        let edited = try live.edited(StrategicMerge.apply(patch: patch, to: live.value, kind: .configuration))
        #expect(RevisionSpec(edited.configurationSpec.template.spec).image == "b")
        #expect(edited.metadata.labels == ["a": "1"])

        var wrong = live.value
        #expect(
            throws: ResourcesError(
                .invalid,
                "spec.container: unknown field \"container\" in Configuration spec; known are build, revisionTemplate"
            )
        ) {
            wrong = try StrategicMerge.apply(patch: ["spec": ["container": [:]]], to: wrong, kind: .configuration)
            _ = try live.edited(wrong)
        }
        #expect(
            throws: ResourcesError(
                .invalid,
                "kind, namespace and name cannot be changed; make a new object instead"
            )
        ) {
            try live.edited(MergePatch.apply(patch: ["metadata": ["name": "x"]], to: live.value, kind: .configuration))
        }
    }
}

@Suite struct FieldChangeTests {
    @Test func `differences have paths with names`() {
        func service(_ env: String) -> Value {
            Reading.value(
                "{spec: {runLatest: {configuration: {revisionTemplate: {spec: {container: {env: \(env)}}}}}}}"
            )
        }
        let changes = FieldChange.between(
            service("[{name: FOO, value: a}, {name: OLD, value: x}]"),
            service("[{name: NEW, value: y}, {name: FOO, value: b}]"),
            kind: .service
        )
        let container = "spec.runLatest.configuration.revisionTemplate.spec.container"
        #expect(
            changes.map(\.description) == [
                "\(container).env[FOO].value: \"a\" → \"b\"",
                "\(container).env[OLD]: {\"name\":\"OLD\",\"value\":\"x\"} → nothing",
                "\(container).env[NEW]: nothing → {\"name\":\"NEW\",\"value\":\"y\"}",
            ]
        )
    }

    @Test func `other lists are compared by place, labels by key`() {
        let changes = FieldChange.between(
            ["metadata": ["labels": ["elafros.dev/type": "app", "b": "1"]], "spec": ["traffic": [["percent": 100]]]],
            [
                "metadata": ["labels": ["elafros.dev/type": "function"]],
                "spec": ["traffic": [["percent": 50], ["percent": 50]]],
            ],
            kind: .route
        )
        #expect(
            changes.map(\.path.description) == [
                "metadata.labels.b", "metadata.labels[\"elafros.dev/type\"]", "spec.traffic[0].percent",
                "spec.traffic[1]",
            ]
        )
    }

    @Test func `an order alone is one change of the list`() {
        func build(_ env: String) -> Value { Reading.value("{spec: {template: {env: \(env)}}}") }
        let changes = FieldChange.between(
            build("[{name: A}, {name: B}]"),
            build("[{name: B}, {name: A}]"),
            kind: .build
        )
        #expect(changes.map(\.path.description) == ["spec.template.env"])
    }
}

@Suite struct TrafficTests {
    @Test func `targets with one name and destination are made one, in the first one's place`() {
        let targets: [TrafficTarget] = [
            TrafficTarget(.revision("a"), name: "x", percent: 0), TrafficTarget(.revision("b"), percent: 30),
            TrafficTarget(.revision("a"), name: "x", percent: 10),
            TrafficTarget(.revision("a"), name: "y", percent: 40),
            TrafficTarget(.revision("b"), percent: 20),
        ]
        #expect(
            targets.consolidated == [
                TrafficTarget(.revision("a"), name: "x", percent: 10), TrafficTarget(.revision("b"), percent: 50),
                TrafficTarget(.revision("a"), name: "y", percent: 40),
            ]
        )
    }

    @Test(arguments: [[], [99], [50, 51], [100, 100], [-1, 101]])
    func `percents that do not sum to 100 are refused`(percents: [Int]) {
        let shares = percents.map { TrafficSplit.Share(revision: "shop-00001", percent: $0) }
        #expect(throws: ResourcesError.self) { try TrafficSplit(shares) }
    }

    @Test func `a point belongs to the share that covers it`() throws {
        let split = try TrafficSplit([
            .init(revision: "a", percent: 75), .init(revision: "b", percent: 0), .init(revision: "c", percent: 25),
        ])
        #expect([0, 74, 75, 99].map(split.revision) == ["a", "a", "c", "c"])
        #expect(try TrafficSplit(split.value) == split)
    }

    @Test func `a release has a current Revision, a candidate and the latest`() {
        let spec: Value = ["release": ["revisions": ["a", "@latest"], "rolloutPercent": 20, "configuration": [:]]]
        #expect(
            ServiceSpec(spec)?.targets(service: "s") == [
                TrafficTarget(.revision("a"), name: "current", percent: 80),
                TrafficTarget(.configuration("s"), name: "candidate", percent: 20),
                TrafficTarget(.configuration("s"), name: "latest", percent: 0),
            ]
        )
        #expect(ServiceSpec(["manual": [:]])?.targets(service: "s") == nil)
        #expect(ServiceSpec(["manual": [:]])?.configuration == nil)
        #expect(ServiceSpec([:]) == nil)
    }
}

@Suite struct LabelSelectorTests {
    private let labels: StringMap = ["app": "shop", "tier": "web", "old": ""]

    @Test(arguments: [
        ("", true), ("app=shop", true), ("app == shop , tier!=cache", true), ("app in (shop, cart)", true),
        ("app notin (shop)", false), ("missing notin (a)", true), ("missing!=a", true), ("old", true), ("!old", false),
        ("! missing", true), ("old=", true), ("app=cart", false), ("in in (a)", false), ("elafros.dev/type=x", false),
    ])
    func `kubectl's selectors are understood`(text: String, expected: Bool) throws {
        #expect(try LabelSelector(text).matches(labels) == expected)
    }

    @Test(arguments: ["=a", "a in b", "a in (b", "a,", "a b", "a=b c", "(", "a=b,,c"])
    func `others are refused`(text: String) {
        #expect(throws: ResourcesError.self) { try LabelSelector(text) }
    }
}

@Suite struct BuildValidationTests {
    @Test(arguments: [
        ("{steps: [{image: a}], template: {name: t}}", "TemplateAndSteps"), ("{template: {}}", "MissingTemplateName"),
        ("{template: {name: t, arguments: [{name: a}, {name: a}]}}", "DuplicateArgName"),
        ("{template: {name: t}}", "UnsatisfiedParameter"), ("{steps: [{name: a}, {name: a}]}", "DuplicateStepName"),
        ("{volumes: [{name: a}, {name: a}]}", "DuplicateVolumeName"), ("{volumes: [{name: home}]}", "DuplicateVolume"),
        ("{template: {name: t, arguments: [{name: P, value: x}]}, volumes: [{name: tv}]}", "DuplicateVolume"),
        ("{source: {git: {branch: a}}}", "MissingUrl"), ("{source: {git: {url: a}}}", "MissingCommitish"),
        ("{source: {gcs: {type: Archive}}}", "MissingLocation"), ("{source: {custom: {name: a}}}", "OmitName"),
        ("{source: {}}", "UnrecognizedSource"), ("{source: {gcs: {type: Zip, location: a}}}", "UnrecognizedSource"),
        ("{}", "valid"),
        ("{template: {name: t, arguments: [{name: P, value: x}, {name: unknown, value: y}]}}", "valid"),
        ("{steps: [{image: a}, {image: b}], source: {git: {url: a, tag: b}}}", "valid"),
    ])
    func `builds have the codes of the specification`(spec: String, code: String) {
        let template = Reading.value("{parameters: [{name: P}, {name: Q, default: ''}], volumes: [{name: tv}]}")
        #expect(BuildValidation.check(Reading.value(spec), template: template)?.code ?? "valid" == code)
    }

    @Test(arguments: [
        ("{steps: [{name: a}, {name: a}]}", "DuplicateStepName"),
        ("{volumes: [{name: a}, {name: a}]}", "DuplicateVolumeName"),
        ("{parameters: [{name: a}, {name: a}]}", "DuplicateParamName"),
        ("{steps: [{args: ['${A${B}}']}]}", "NestedPlaceholder"),
        ("{steps: [{env: [{name: A, value: '${A$B}'}]}]}", "NestedPlaceholder"),
        ("{steps: [{args: ['${A}${B} $C ${D} $(E)']}, {args: ['${A']}]}", "valid"), ("{}", "valid"),
    ])
    func `templates have the codes of the specification`(spec: String, code: String) {
        #expect(BuildTemplateValidation.check(Reading.value(spec))?.code ?? "valid" == code)
        let build = Reading.value("{template: {name: t}}")
        let found = BuildValidation.check(build, template: Reading.value(spec))?.code
        #expect((found == "InvalidTemplate") == (code != "valid"))
    }
}
