public import Resources
public import YAML

/// What answers for one Revision inside this process: a responder that says which Revision it stands for.
///
/// It holds what a `.workload` object wishes, and of the environment the names alone: a value may be a secret, and an
/// endpoint that never had it cannot give it away.
public struct Endpoint: Hashable, Sendable {
    /// The Revision that it answers for.
    public let revision: Key
    /// The Service that the Revision belongs to; nil where a Configuration was written without a Service.
    public let service: String?
    /// The image that a container engine would run.
    public let image: String
    /// The names of the environment's variables, in the author's order.
    public let environmentNames: [String]

    /// What every answer of the in-process runtime calls itself.
    public static let note = "in-process responder; no container is run"

    /// Creates the endpoint that a workload wishes for.
    public init(workload: Object) {
        let spec = workload.spec
        revision = workload.key.sibling(.revision, spec["revision"]?.string ?? workload.metadata.name)
        service = spec["service"]?.string ?? workload.metadata.labels[Labels.service]
        image = spec["image"]?.string ?? ""
        environmentNames = (spec["env"]?.list ?? []).compactMap(\.string)
    }
}

extension Endpoint {
    /// What a request is answered with, in the order in which it is shown.
    public var answer: Map {
        var map = Map()
        map["service"] = service.map(Value.string)
        map["revision"] = .string(revision.name)
        map["namespace"] = .string(revision.namespace)
        map["image"] = .string(image)
        map["environment"] = .list(environmentNames.map(Value.string))
        map["note"] = .string(Self.note)
        return map
    }
}
