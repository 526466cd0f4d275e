public import YAML

extension Object {
    /// The whole object as manifests, lists and reports show it: apiVersion, kind, metadata, spec, status.
    ///
    /// The origin is not part of it: provenance stays out of objects.
    public var value: Value {
        var entries = [
            Map.Entry(key: "apiVersion", value: .string(apiVersion)),
            Map.Entry(key: "kind", value: .string(kind.name)),
            Map.Entry(key: "metadata", value: metadata.value),
            Map.Entry(key: "spec", value: spec),
        ]
        if let status = shownStatus { entries.append(Map.Entry(key: "status", value: status)) }
        return .map(Map(uniqueEntries: entries))
    }

    /// The version that its author wrote it in: Knative's where the spec has its shape, else ours.
    public var apiVersion: String {
        isKnativeShaped ? "\(KnativeShape.group)/\(KnativeShape.versions[0])" : kind.apiVersion
    }

    /// Whether this is a Service in Knative's shape.
    public var isKnativeShaped: Bool { kind == .service && spec["template"] != nil }

    private var shownStatus: Value? {
        guard isKnativeShaped, case .service(let status) = status else { return status.value }
        return KnativeShape.status(status, spec)
    }

    /// Reads what `value` wrote, for rebuilding from reports; manifests of people are read by `ManifestReader`, which
    /// checks them.
    public convenience init(value: Value) throws(ResourcesError) {
        guard let apiVersion = value["apiVersion"]?.string, let name = value["kind"]?.string else {
            throw ResourcesError(.invalid, "not an object: it has no apiVersion and kind")
        }
        guard let kind = Kind(apiVersion: apiVersion, kind: name) else {
            throw ResourcesError(.invalid, "not an object of ours: kind \"\(name)\" of \"\(apiVersion)\"")
        }
        guard let metadata = value["metadata"].map(Metadata.init), !metadata.name.isEmpty else {
            throw ResourcesError(.invalid, "not an object: \(name) without a name")
        }
        self.init(
            kind: kind,
            metadata: metadata,
            spec: value["spec"] ?? .map([:]),
            status: Status(kind: kind, value: value["status"])
        )
    }
}
