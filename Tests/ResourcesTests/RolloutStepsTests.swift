import Resources
import Testing
import YAML

@Suite struct RolloutStepsTests {
    private func service(_ mode: String, _ rollout: String, annotations: String = "{}") -> String {
        """
        apiVersion: elafros.dev/v1alpha1
        kind: Service
        metadata:
          name: shop
          annotations: \(annotations)
        spec:
          \(mode):
            \(mode == "pinned" ? "revisionName: shop-00001" : mode == "release" ? "revisions: [shop-00001]" : "{}")
            rollout: \(rollout)
            configuration: {revisionTemplate: {spec: {container: {image: a}}}}
        """.replacing("    {}\n", with: "")
    }

    @Test(arguments: ["runLatest", "pinned", "release"])
    func `each mode may say its steps`(mode: String) throws {
        let desired = try Reading.one(service(mode, "{steps: [5, 25, 50], interval: 10m}"))
        let steps = try #require(desired.draft.serviceSpec?.steps)
        #expect(steps.percents == [5, 25, 50])
        #expect(steps.interval == .seconds(600))
    }

    @Test(arguments: [
        ("{steps: []}", "8:15: the rollout has no steps; write percents, as in [5, 25, 50]"),
        (
            "{steps: [0, 50]}",
            "8:23: expected 1 <= 0 <= 99: steps; choose a number in that range; all traffic moves after the last step"
        ),
        (
            "{steps: [50, 100]}",
            "8:27: expected 1 <= 100 <= 99: steps; choose a number in that range; all traffic moves after the last step"
        ),
        (
            "{steps: [50, 50]}",
            "8:27: the rollout steps must ascend; each percent counts from the start of the rollout, write more than 50"
        ),
        (
            "{steps: [5, ten]}",
            "8:26: expected a whole number, found a string \"ten\"; write each step as a percent from 1 to 99, more than the "
                + "one before, as in \"steps: [5, 25, 50]\""
        ),
        (
            "{steps: [{percent: 5}]}",
            "8:23: expected a whole number, found a map; write each step as a percent from 1 to 99, more than the one "
                + "before, as in \"steps: [5, 25, 50]\""
        ),
        (
            "{steps: [5%]}",
            "8:23: expected a whole number, found a string \"5%\"; write each step as a percent from 1 to 99, more than the "
                + "one before, as in \"steps: [5, 25, 50]\""
        ),
        ("{interval: soon}", "8:25: invalid value: soon: interval; write it as in 90s or 1h30m"),
        (
            "{steps: [5], interval: 0s}",
            "8:37: interval=0s must be positive; for all traffic at once leave the steps out, and set the annotation "
                + "elafros.dev/rolloutDuration: 0s"
        ),
        ("{step: [5]}", "8:15: unknown field \"step\" in rollout; did you mean \"steps\"?"),
    ])
    func `what is wrong with steps is told with its place`(rollout: String, expected: String) {
        #expect(Reading.errors(service("runLatest", rollout)) == [expected])
    }

    @Test func `steps and a duration exclude each other`() {
        let annotations = "{elafros.dev/rolloutDuration: 10s}"
        #expect(
            Reading.errors(service("runLatest", "{steps: [5]}", annotations: annotations)) == [
                "8:5: the rollout must not have both steps and the annotation elafros.dev/rolloutDuration; keep one of them"
            ]
        )
    }

    @Test func `on a Route they stand beside its targets`() throws {
        func route(_ spec: String) -> String {
            "apiVersion: elafros.dev/v1alpha1\nkind: Route\nmetadata: {name: shop}\nspec: \(spec)"
        }
        let targets = "traffic: [{configurationName: shop, percent: 100}]"
        let desired = try Reading.one(route("{rollout: {steps: [10], interval: 1m, \(targets)}}"))
        #expect(desired.draft.routeSpec.steps?.percents == [10])
        // Whatever order they were written in, and what a duration was called.
        let same = try Reading.one(route("{rollout: {\(targets), interval: 60s, steps: [10]}}"))
        #expect(Schema.isSameSpec(.route, desired.spec, same.spec))
        let other = try Reading.one(route("{rollout: {\(targets), steps: [11]}}"))
        #expect(!Schema.isSameSpec(.route, desired.spec, other.spec))
        #expect(
            Reading.errors(route("{\(targets), rollout: {steps: [10]}}")) == [
                "4:8: the route must set spec.rollout.traffic, not spec.traffic, beside steps; "
                    + "move the targets below spec.rollout"
            ]
        )
        #expect(Reading.errors(route("{rollout: {\(targets), steps: [100]}}")).count == 1)
    }
}
