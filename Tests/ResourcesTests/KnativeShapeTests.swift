import Resources
import Testing
import YAML

/// Services in the shape that most people have today (specification §15.2).
@Suite struct KnativeShapeTests {
    private static let full = """
        apiVersion: serving.knative.dev/v1
        kind: Service
        metadata:
          name: shop
          annotations: {serving.knative.dev/rollout-duration: 10s}
        spec:
          template:
            metadata:
              name: shop-two
              annotations: {autoscaling.knative.dev/min-scale: "1"}
            spec:
              serviceAccountName: robot
              containerConcurrency: 10
              timeoutSeconds: 20
              volumes: [{name: data, emptyDir: {}}]
              containers:
                - name: user-container
                  image: shop:2
                  ports: [{containerPort: 8080}]
                  env: [{name: A, value: "1"}]
                  resources: {limits: {cpu: 500m}}
                  startupProbe: {httpGet: {path: /}}
          traffic:
            - {tag: current, revisionName: shop-one, percent: 90}
            - {tag: candidate, latestRevision: true, percent: 10}
        status: {url: "http://elsewhere"}
        """

    private func spec(_ template: String, _ traffic: String = "") -> String {
        """
        apiVersion: serving.knative.dev/v1
        kind: Service
        metadata: {name: shop}
        spec:
          template: \(template)
        \(traffic.isEmpty ? "" : "  traffic: \(traffic)")
        """
    }

    private static let plain = "{spec: {containers: [{image: a}]}}"

    @Test func `template and traffic mean a Configuration and a Route's targets`() throws {
        let service = try Reading.one(Self.full).draft
        let meant = try #require(service.serviceSpec)
        #expect(
            meant.configuration == [
                "revisionTemplate": [
                    "metadata": [
                        "name": "shop-two", "annotations": ["autoscaling.knative.dev/min-scale": "1"],
                    ],
                    "spec": [
                        "serviceAccountName": "robot",
                        "container": [
                            "name": "user-container", "image": "shop:2", "ports": [["containerPort": 8080]],
                            "env": [["name": "A", "value": "1"]], "resources": ["limits": ["cpu": "500m"]],
                            "startupProbe": ["httpGet": ["path": "/"]],
                        ],
                        "containerConcurrency": 10, "timeoutSeconds": 20,
                        "volumes": [["emptyDir": [:], "name": "data"]],
                    ],
                ]
            ]
        )
        #expect(
            meant.targets(service: "shop") == [
                TrafficTarget(.revision("shop-one"), name: "current", percent: 90),
                TrafficTarget(.configuration("shop"), name: "candidate", percent: 10),
            ]
        )
    }

    @Test func `without traffic the latest Revision gets everything`() throws {
        let service = try Reading.one(spec(Self.plain)).draft
        #expect(service.serviceSpec?.targets(service: "shop") == [TrafficTarget(.configuration("shop"), percent: 100)])
    }

    @Test func `the same in our shape is the same Configuration`() throws {
        let ours = try Reading.one(
            """
            apiVersion: elafros.dev/v1alpha1
            kind: Service
            metadata: {name: shop}
            spec: {runLatest: {configuration: {revisionTemplate: {spec: {container: {image: a}, timeoutSeconds: 9}}}}}
            """
        ).draft
        let theirs = try Reading.one(spec("{spec: {timeoutSeconds: 9, containers: [{image: a}]}}")).draft
        #expect(theirs.serviceSpec?.configuration == ours.serviceSpec?.configuration)
    }

    @Test func `it is kept and shown as its author wrote it`() throws {
        let service = try Reading.one(Self.full).draft
        var status = ServiceStatus()
        status.domain = "shop.default.mydomain.com"
        status.latestReadyRevisionName = "shop-two"
        status.traffic = [
            TrafficShare(revisionName: "shop-one", name: "current", percent: 90),
            TrafficShare(revisionName: "shop-two", name: "candidate", percent: 10),
        ]
        let live = service.with(status: .service(status))
        #expect(live.value["apiVersion"] == "serving.knative.dev/v1")
        #expect(live.value["spec"]?["template"]?["spec"]?["containers"]?.list?.first?["image"] == "shop:2")
        let shown = try #require(live.value["status"])
        #expect(shown["url"] == "http://shop.default.mydomain.com")
        #expect(
            shown["traffic"] == [
                [
                    "tag": "current", "revisionName": "shop-one", "latestRevision": false, "percent": 90,
                    "url": "http://current.shop.default.mydomain.com",
                ],
                [
                    "tag": "candidate", "revisionName": "shop-two", "latestRevision": true, "percent": 10,
                    "url": "http://candidate.shop.default.mydomain.com",
                ],
            ]
        )
        // And read back it is the same object.
        #expect(try Object(value: live.value) == live)
    }

    @Test(arguments: [
        ("{}", "", "5:3: missing field(s): spec.template; add it, with spec.containers"),
        (
            "{spec: {timeoutSeconds: 1}}", "",
            "5:14: missing field(s): spec.template.spec.containers; add one, with an image"
        ),
        (
            "{spec: {containers: []}}", "",
            "5:21: missing field(s): spec.template.spec.containers; add one, with an image"
        ),
        ("{spec: {}}", "", "5:14: missing field(s): spec.template.spec.containers; add one, with an image"),
        (
            "{metadata: {labels: {a: b}}}", "",
            "5:3: missing field(s): spec.template.spec.containers; add one, with an image"
        ),
        (
            "{spec: {containers: [{image: a}, {image: b}]}}", "",
            "5:21: expected exactly one container, found 2: spec.template.spec.containers; keep the one that answers requests"
        ),
        (
            "{spec: {containers: [{env: [{name: A}]}]}}", "",
            "5:34: missing field(s): spec.template.spec.containers[0].image; name the image that runs"
        ),
        (
            "{spec: {containers: [{imgae: a}]}}", "",
            "5:35: unknown field \"imgae\" in container; did you mean \"image\"?"
        ),
        (
            "{spec: {container: {image: a}}}", "",
            "5:21: unknown field \"container\" in template spec; did you mean \"containers\"?"
        ),
        (
            "{spec: {timeoutSeconds: 601, containers: [{image: a}]}}", "",
            "5:37: expected 0 <= 601 <= 600: timeoutSeconds; choose a number in that range"
        ),
        (
            "{metadata: {name: other}, spec: {containers: [{image: a}]}}", "",
            "5:31: \"other\" must have prefix \"shop-\"; write \"shop-other\", or leave the name out"
        ),
        (
            plain, "[{latestRevision: true, percent: 90}]",
            "6:3: Traffic targets sum to 90, want 100; change the percents"
        ),
        (
            plain, "[{latestRevision: true, percent: 50, tag: t}, {revisionName: a, percent: 50, tag: t}]",
            "6:94: Multiple definitions for \"t\"; rename one"
        ),
        (
            plain, "[{latestRevision: true, revisionName: r, percent: 100}]",
            "6:50: may not set revisionName \"r\" when latestRevision is true; remove one of them"
        ),
        (
            plain, "[{percent: 100}]",
            "6:13: expected exactly one, got neither: spec.traffic[0].latestRevision, revisionName; add one of them"
        ),
        (
            plain, "[{latestRevision: true, percent: 101}]",
            "6:45: expected 0 <= 101 <= 100: percent; choose a number in that range"
        ),
    ])
    func `what is wrong is told in its own words and places`(template: String, traffic: String, expected: String) {
        #expect(Reading.errors(spec(template, traffic)) == [expected])
    }

    @Test func `each version has its own fields`() {
        let modes = "{runLatest: {configuration: {revisionTemplate: {spec: {container: {image: a}}}}}}"
        let head = "kind: Service\nmetadata: {name: shop}\nspec: "
        #expect(
            Reading.errors("apiVersion: serving.knative.dev/v1\n" + head + modes).first
                == "4:8: unknown field \"runLatest\" in Service spec; known are template, traffic"
        )
        #expect(
            Reading.errors("apiVersion: serving.knative.dev/v1alpha1\n" + head + "{template: \(Self.plain)}").first
                == "4:8: unknown field \"template\" in Service spec; known are runLatest, pinned, release, manual"
        )
        #expect(Reading.errors("apiVersion: serving.knative.dev/v1beta1\n" + head + "{template: \(Self.plain)}") == [])
    }

    @Test func `equal meanings are no new generation`() throws {
        let one = try Reading.one(spec(Self.plain)).spec
        let same = try Reading.one(spec(Self.plain, "[{latestRevision: true, percent: 100}]")).spec
        let unlimited = try Reading.one(spec("{spec: {containerConcurrency: 0, containers: [{image: a}]}}")).spec
        let other = try Reading.one(spec("{spec: {containers: [{image: b}]}}")).spec
        #expect(Schema.isSameSpec(.service, one, same))
        #expect(Schema.isSameSpec(.service, one, unlimited))
        #expect(!Schema.isSameSpec(.service, one, other))
    }

    @Test func `a manifest that changes its shape drops the other one`() throws {
        let theirs = try Reading.one(spec(Self.plain, "[{latestRevision: true, percent: 100}]"))
        let ours = try Reading.one(
            """
            apiVersion: elafros.dev/v1alpha1
            kind: Service
            metadata: {name: shop}
            spec: {runLatest: {configuration: {revisionTemplate: {spec: {container: {image: a}}}}}}
            """
        )
        let there = ours.applied(over: theirs.draft, lastApplied: nil)
        #expect(there.spec.map?.entries.map(\.key) == ["runLatest"])
        let back = theirs.applied(over: ours.draft, lastApplied: nil)
        #expect(back.spec.map?.entries.map(\.key) == ["template", "traffic"])
    }

    @Test func `a patch and a hand edit work on the shape that is there`() throws {
        let live = try Reading.one(Self.full).draft
        let patch = Reading.value("{spec: {template: {metadata: {name: shop-three}, spec: {timeoutSeconds: 30}}}}")
        let edited = try live.edited(StrategicMerge.apply(patch: patch, to: live.value, kind: .service))
        #expect(edited.serviceSpec?.configuration?["revisionTemplate"]?["spec"]?["timeoutSeconds"] == 30)
        #expect(
            FieldChange.between(["spec": live.spec], ["spec": edited.spec], kind: .service).map(\.path.description) == [
                "spec.template.metadata.name", "spec.template.spec.timeoutSeconds",
            ]
        )
        let wrong = Reading.value(
            "{spec: {runLatest: {configuration: {revisionTemplate: {spec: {container: {image: a}}}}}}}"
        )
        let error = #expect(throws: ResourcesError.self) {
            try live.edited(StrategicMerge.apply(patch: wrong, to: live.value, kind: .service))
        }
        #expect(error?.message.contains("it has runLatest and template, remove all but one") == true)
        // A name of one's own stands for what it was made of.
        let unnamed = Reading.value("{spec: {template: {spec: {timeoutSeconds: 31}}}}")
        let refused = #expect(throws: ResourcesError.self) {
            try live.edited(StrategicMerge.apply(patch: unnamed, to: live.value, kind: .service))
        }
        #expect(refused?.message.contains("Saw the following changes without a name change") == true)
    }
}
