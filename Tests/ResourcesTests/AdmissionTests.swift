import Resources
import Testing
import YAML

@Suite struct AdmissionTests {
    private static let template: Value = ["spec": ["container": ["image": "shop:1"]]]
    private static let configuration: Value = ["revisionTemplate": template]

    private func texts(_ kind: Kind, _ spec: Value, name: String = "shop", old: Value? = nil) -> [String] {
        Admission.check(.make(kind, spec, name: name), old: old.map { .make(kind, $0, name: name) }).map(\.text)
    }

    @Test(arguments: [
        ("shop.one", "special character . must not be present"),
        (String(repeating: "a", count: 64), "length must be no more than 63 characters"),
        ("Shop", "only a-z, 0-9 and - may be present, a letter first and no - last"),
        ("1shop", "only a-z, 0-9 and - may be present, a letter first and no - last"),
        ("shop_one", "only a-z, 0-9 and - may be present, a letter first and no - last"),
    ])
    func `names of Routes are labels of hosts`(name: String, why: String) {
        #expect(texts(.route, [:], name: name) == ["Failed to validate: Invalid resource name: \(why)"])
    }

    @Test(arguments: [("0", 0), ("-3", -3), ("12", 12), ("", nil), ("first", nil), ("1.5", nil), ("9999999999", nil)])
    func `a wave is a whole number`(text: String, wave: Int?) {
        let annotations: StringMap = [Labels.syncWave: text]
        for kind in Kind.allCases.filter(\.isAPI) {
            let metadata = Metadata(name: "shop", namespace: "default", annotations: annotations)
            let errors = Admission.check(Object(kind: kind, metadata: metadata, spec: [:]), old: nil)
            let found = errors.filter { $0.path == ["metadata", "annotations", Labels.syncWave] }
            #expect(found.map(\.text) == (wave == nil ? ["invalid value: \(text): sync-wave"] : []))
        }
        #expect(SyncWave.number(in: annotations) == wave ?? 0)
    }

    @Test(arguments: [[:], ["runLatest": ["configuration": configuration], "manual": [:]]] as [Value])
    func `a Service has one mode`(spec: Value) {
        let text = "the service must have exactly one of runLatest or pinned in spec field, release or manual"
        #expect(texts(.service, spec) == [text])
    }

    @Test(
        arguments: [
            (["runLatest": [:]], ["Service is missing \"spec.runLatest.configuration\""]),
            (
                ["runLatest": ["configuration": ["revisionTemplate": [:]]]],
                ["Service is missing \"spec.runLatest.configuration\""]
            ),
            (
                ["pinned": [:]],
                ["Service is missing \"spec.pinned.revisionName\"", "Service is missing \"spec.pinned.configuration\""]
            ),
            (["pinned": ["configuration": configuration]], ["Service is missing \"spec.pinned.revisionName\""]),
            (
                ["pinned": ["revisionName": "shop-00001", "rolloutPercent": 101, "configuration": configuration]],
                ["expected 0 <= 101 <= 100: rolloutPercent"]
            ),
            (["release": ["configuration": configuration]], ["Service is missing \"spec.release.revisions\""]),
            (
                ["release": ["revisions": ["a", "b", "c"], "configuration": configuration]],
                ["expected 1 <= 3 <= 2: revisions"]
            ),
            (
                ["release": ["revisions": ["a"], "rolloutPercent": 5, "configuration": configuration]],
                ["the service must have two revisions in spec.release.revisions when rolloutPercent is not 0"]
            ),
            (["manual": [:]], []),
            (["runLatest": ["configuration": ["build": [:]]]], ["Configuration is missing \"spec.revisionTemplate\""]),
        ] as [(Value, [String])]
    )
    func `a Service's mode is complete`(spec: Value, expected: [String]) {
        #expect(texts(.service, spec) == expected)
    }

    @Test(
        arguments: [
            ([:], ["Configuration is missing \"spec\""]),
            (["revisionTemplate": ["spec": [:]]], ["Configuration is missing \"spec\""]),
            (["build": [:]], ["Configuration is missing \"spec.revisionTemplate\""]),
            (
                ["revisionTemplate": ["spec": ["timeoutSeconds": 5]]],
                ["Configuration is missing \"spec.revisionTemplate.spec.container\""]
            ),
            (
                ["revisionTemplate": ["spec": ["servingState": "Active"]]],
                [
                    "The configuration spec must not set the field(s): revisionTemplate.spec.servingState",
                    "Configuration is missing \"spec.revisionTemplate.spec.container\"",
                ]
            ),
            (
                [
                    "revisionTemplate": [
                        "spec": [
                            "container": [
                                "name": "a", "image": "b", "ports": [["containerPort": 1]],
                                "resources": ["limits": ["cpu": "1"]],
                                "volumeMounts": [["name": "c", "mountPath": "d"]],
                            ]
                        ]
                    ]
                ],
                [
                    "The configuration spec must not set the field(s): revisionTemplate.spec.container.name, "
                        + "revisionTemplate.spec.container.resources, revisionTemplate.spec.container.ports, "
                        + "revisionTemplate.spec.container.volumeMounts"
                ]
            ),
            (
                ["revisionTemplate": ["spec": ["container": ["image": "b"], "concurrencyModel": "single"]]],
                ["Unrecognized value for concurrencyModel: \"single\""]
            ),
            (
                ["revisionTemplate": ["spec": ["container": ["image": "b"], "timeoutSeconds": -1]]],
                ["expected 0 <= -1 <= 600: timeoutSeconds"]
            ),
            (
                [
                    "revisionTemplate": [
                        "spec": ["container": ["image": "b"], "concurrencyModel": "Single", "containerConcurrency": 5]
                    ]
                ],
                ["containerConcurrency 5 contradicts concurrencyModel \"Single\""]
            ),
            (
                ["revisionTemplate": ["metadata": ["name": "v1"], "spec": ["container": ["image": "b"]]]],
                ["\"v1\" must have prefix \"shop-\""]
            ),
        ] as [(Value, [String])]
    )
    func `a Configuration's template is complete, alone and in a Service`(spec: Value, expected: [String]) {
        #expect(texts(.configuration, spec) == expected)
        guard expected != ["Configuration is missing \"spec\""] else { return }
        #expect(texts(.service, ["runLatest": ["configuration": spec]]) == expected)
    }

    @Test func `a template with a name of its own changes its name with its content`() {
        func named(_ name: String, _ image: Value) -> Value {
            ["revisionTemplate": ["metadata": ["name": .string(name)], "spec": ["container": ["image": image]]]]
        }
        #expect(texts(.configuration, named("shop-b", "2"), old: named("shop-a", "1")) == [])
        #expect(texts(.configuration, named("shop-a", "1"), old: named("shop-a", "1")) == [])
        #expect(
            texts(.configuration, named("shop-a", "2"), old: named("shop-a", "1")) == [
                "Saw the following changes without a name change (-old +new): "
                    + "spec.revisionTemplate.spec.container.image: \"1\" → \"2\""
            ]
        )
    }

    @Test(
        arguments: [
            (
                [["percent": 100]],
                ["the route must have exactly one of revisionName or configurationName in traffic field"]
            ),
            (
                [["revisionName": "a", "configurationName": "b", "percent": 100]],
                ["the route must have exactly one of revisionName or configurationName in traffic field"]
            ),
            (
                [["revisionName": "a", "percent": -10], ["revisionName": "b", "percent": 110]],
                ["the route cannot have a negative traffic percent"]
            ),
            ([], ["the route must have traffic percent sum equal to 100"]),
            ([["revisionName": "a", "percent": 99]], ["the route must have traffic percent sum equal to 100"]),
            (
                [["revisionName": "a", "percent": .int(.max)], ["revisionName": "b", "percent": .int(.max)]],
                ["the route must have traffic percent sum equal to 100"]
            ),
            (
                [
                    ["name": "a", "revisionName": "a", "percent": 50],
                    ["name": "a", "revisionName": "b", "percent": 50],
                ],
                ["the traffic targets must be unique"]
            ),
            (
                [
                    ["name": "a", "revisionName": "a", "percent": 50],
                    ["name": "a", "revisionName": "a", "percent": 50],
                ], []
            ),
            ([["revisionName": "a", "percent": 100], ["revisionName": "b"]], []),
        ] as [(Value, [String])]
    )
    func `a Route's targets are whole, in both forms`(traffic: Value, expected: [String]) {
        #expect(texts(.route, ["traffic": traffic]) == expected)
        #expect(texts(.route, ["rollout": ["traffic": traffic]]) == expected)
    }

    @Test func `both forms of a Route's targets must agree`() {
        let one: Value = [["revisionName": "a", "percent": 100]]
        let two: Value = [["revisionName": "b", "percent": 100]]
        #expect(texts(.route, ["rollout": ["traffic": one], "traffic": one]) == [])
        #expect(
            texts(.route, ["rollout": ["traffic": one], "traffic": two]) == [
                "the route must not set both spec.traffic and spec.rollout.traffic"
            ]
        )
    }

    @Test func `a Revision is made by the system and changes its serving state alone`() {
        let spec: Value = ["container": ["image": "1"], "concurrencyModel": "Multi", "servingState": "Active"]
        #expect(texts(.revision, spec) == ["Revisions are made by Configurations"])
        #expect(texts(.revision, spec, old: spec) == [])
        #expect(texts(.revision, ["container": ["image": "1"], "servingState": "Reserve"], old: spec) == [])
        #expect(
            texts(.revision, ["container": ["image": "2"]], old: spec) == [
                "Revision spec should not change (-old +new): spec.container.image: \"1\" → \"2\""
            ]
        )
    }

    @Test func `a Build changes no more, but may be cancelled`() {
        let spec: Value = ["steps": [["image": "a"]]]
        #expect(texts(.build, ["steps": [["image": "a"]], "status": "BuildCancelled"], old: spec) == [])
        #expect(
            texts(.build, ["steps": [["image": "b"]]], old: spec) == [
                "Build spec should not change (-old +new): spec.steps[0].image: \"a\" → \"b\""
            ]
        )
    }

    @Test(arguments: [
        ("timeout", "24h", nil), ("timeout", "0s", nil), ("timeout", "", nil),
        ("timeout", "24h1ns", "expected 0 <= 24h1ns <= 24h: timeout"),
        ("timeout", "-1s", "expected 0 <= -1s <= 24h: timeout"),
        ("timeout", "600", "invalid value: 600: timeout"),
        ("status", "BuildCancelled", nil), ("status", "Cancelled", "invalid value: Cancelled: status"),
    ])
    func `a Build's fields are checked, alone and in a Configuration`(field: String, text: String, expected: String?) {
        let build: Value = .map([field: .string(text)])
        #expect(texts(.build, build) == [expected].compactMap(\.self))
        let configuration: Value = ["build": build, "revisionTemplate": Self.template]
        #expect(texts(.configuration, configuration) == [expected].compactMap(\.self))
    }

    @Test(arguments: [
        ("0", 0, nil), ("0s", 0, nil), ("90s", 90, nil), ("1m30s", 90, nil), ("2h", 7_200, nil), ("1.5m", 90, nil),
        ("500ms500ms", 1, nil), ("", nil, nil),
        ("10", nil, "invalid value: 10: rollout-duration"), ("5d", nil, "invalid value: 5d: rollout-duration"),
        ("1..5s", nil, "invalid value: 1..5s: rollout-duration"), ("s", nil, "invalid value: s: rollout-duration"),
        (
            "99999999999999999999s", nil, "invalid value: 99999999999999999999s: rollout-duration"
        ),
        ("2562048h", nil, "invalid value: 2562048h: rollout-duration"),
        ("1.5s", nil, "rollout-duration=1.5s is not at second precision"),
        ("1ns", nil, "rollout-duration=1ns is not at second precision"),
        ("-90s", nil, "rollout-duration=-90s must be positive"),
    ])
    func `a rollout's duration is whole seconds in Go's form`(text: String, seconds: Int?, expected: String?) {
        for key in [Labels.rolloutDuration, Labels.knativeRolloutDuration] {
            let annotations: StringMap = [key: text]
            #expect(RolloutDuration.seconds(in: annotations) == seconds)
            let services: [(Kind, Value)] = [(.service, ["manual": [:]]), (.route, [:])]
            for (kind, spec) in services {
                let metadata = Metadata(name: "shop", namespace: "default", annotations: annotations)
                let errors = Admission.check(Object(kind: kind, metadata: metadata, spec: spec), old: nil)
                #expect(errors.map(\.text) == [expected].compactMap(\.self))
            }
        }
    }

    @Test func `a rollout's duration that is wrong is found in its file`() {
        let errors = Reading.errors(
            """
            apiVersion: elafros.dev/v1alpha1
            kind: Route
            metadata:
              name: shop
              annotations:
                elafros.dev/rolloutDuration: 1.5s
            """
        )
        #expect(
            errors == [
                "6:34: rollout-duration=1.5s is not at second precision; write whole seconds, as in 90s"
            ]
        )
    }
}
