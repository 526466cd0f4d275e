public import YAML

/// What a Revision's status says (specification §4.1).
public struct RevisionStatus: Hashable, Sendable {
    /// The last generation that was acted on.
    public var observedGeneration = 0
    /// `{revision}-service`.
    public var serviceName: String?
    /// Where the Revision's logs are, where a template for it is set.
    public var logURL: String?
    /// Where the image was built from: `{archive|manifest|repository: …, context}`.
    public var imageSource: Value?
    /// The digest that the image's tag stood for when the Revision was made.
    public var imageDigest: String?
    /// `Ready`, then `BuildComplete` and `BuildSucceeded` (with a build alone), `ResourcesAvailable`,
    /// `ContainerHealthy`, and the informational `Active` (§4.3).
    public var conditions = Conditions()

    /// The status before anyone has written one.
    public init() {}
}

extension RevisionStatus {
    /// As it is shown; what is not set is left out.
    public var value: Value {
        var map = Map()
        map["conditions"] = conditions.value
        map["imageDigest"] = imageDigest.map(Value.string)
        map["imageSource"] = imageSource
        map["logUrl"] = logURL.map(Value.string)
        map["observedGeneration"] = observedGeneration == 0 ? nil : .int(observedGeneration)
        map["serviceName"] = serviceName.map(Value.string)
        return .map(map)
    }

    /// Reads what `value` wrote.
    public init(_ value: Value) {
        observedGeneration = value["observedGeneration"]?.int ?? 0
        serviceName = value["serviceName"]?.string
        logURL = value["logUrl"]?.string
        imageSource = value["imageSource"]
        imageDigest = value["imageDigest"]?.string
        conditions = Conditions(value["conditions"])
    }
}
