import Resources
import Testing
import YAML

@Suite struct ScaleBoundsTests {
    private func service(_ template: String, own: String = "{}") -> String {
        """
        apiVersion: elafros.dev/v1alpha1
        kind: Service
        metadata:
          name: shop
          annotations: \(own)
        spec:
          runLatest:
            configuration:
              revisionTemplate:
                metadata:
                  annotations:
                    \(template.replacing("\n", with: "\n            "))
                spec: {container: {image: a}}
        """
    }

    @Test(arguments: [
        ("autoscaling.knative.dev/min-scale: 1\nautoscaling.knative.dev/max-scale: \"5\"", 1, 5, nil),
        ("autoscaling.knative.dev/minScale: 2\nautoscaling.knative.dev/initialScale: 3", 2, nil, 3),
        ("autoscaling.knative.dev/min-scale: 4\nautoscaling.knative.dev/max-scale: 0", 4, 0, nil),
        ("autoscaling.knative.dev/min-scale: 4\nautoscaling.knative.dev/minScale: 4", 4, nil, nil),
    ])
    func `bounds are read in either spelling`(text: String, min: Int?, max: Int?, initial: Int?) throws {
        let configuration = try #require(try Reading.one(service(text)).draft.serviceSpec?.configuration)
        let annotations = StringMap(configuration["revisionTemplate"]?["metadata"]?["annotations"])
        let bounds = try #require(ScaleBounds(annotations))
        #expect([bounds.min, bounds.max, bounds.initial] == [min, max, initial])
    }

    @Test(arguments: [
        (
            "autoscaling.knative.dev/min-scale: few",
            "12:48: invalid value: few: autoscaling.knative.dev/min-scale; write a whole number"
        ),
        (
            "autoscaling.knative.dev/max-scale: -1",
            "12:48: expected 0 <= -1 <= 2147483647: autoscaling.knative.dev/max-scale; choose a number in that range"
        ),
        (
            "autoscaling.knative.dev/initial-scale: 0",
            "12:52: expected 1 <= 0 <= 2147483647: autoscaling.knative.dev/initial-scale; choose a number in that range"
        ),
        (
            "autoscaling.knative.dev/min-scale: 3\nautoscaling.knative.dev/max-scale: 2",
            "13:48: max-scale=2 is less than min-scale=3; raise the one or lower the other; 0 is no limit"
        ),
        (
            "autoscaling.knative.dev/min-scale: 3\nautoscaling.knative.dev/minScale: 2",
            "13:47: autoscaling.knative.dev/min-scale and autoscaling.knative.dev/minScale are one annotation, "
                + "with different values; keep the first"
        ),
    ])
    func `what is wrong with bounds is told with its place`(text: String, expected: String) {
        #expect(Reading.errors(service(text)) == [expected])
    }

    @Test func `on the Service itself they would do nothing`() {
        let yaml = service("note: x", own: "{autoscaling.knative.dev/max-scale: 2}")
        #expect(
            Reading.errors(yaml) == [
                "5:52: autoscaling annotations must be put under the template's metadata.annotations to work; "
                    + "move \"autoscaling.knative.dev/max-scale\" there"
            ]
        )
    }
}
