public import YAML

/// What a Configuration wishes: the next Revision, and how its image is built (specification §3.1).
public struct ConfigurationSpec: Hashable, Sendable {
    /// How to build the image; nil where it exists already.
    public let build: Value?
    /// What its Revisions look like.
    public let template: RevisionTemplate

    /// Reads an admitted spec.
    public init(_ spec: Value) {
        build = spec["build"]
        template = RevisionTemplate(spec["revisionTemplate"] ?? .map([:]))
    }
}

/// What a Configuration's Revisions look like.
public struct RevisionTemplate: Hashable, Sendable {
    /// The name that the author chose for the next Revision; nil for a numbered one.
    public let name: String?
    /// For the Revision.
    public let labels: StringMap
    /// For the Revision.
    public let annotations: StringMap
    /// The Revision's spec, but for what the Configuration adds (`buildName`, `servingState`).
    public let spec: Value

    /// Reads an admitted `revisionTemplate`.
    public init(_ value: Value) {
        let metadata = value["metadata"]
        name = metadata?["name"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        labels = StringMap(metadata?["labels"])
        annotations = StringMap(metadata?["annotations"])
        spec = value["spec"] ?? .map([:])
    }
}

extension Object {
    /// The Configuration's wish.
    public var configurationSpec: ConfigurationSpec { ConfigurationSpec(spec) }
}
