public import YAML

extension Object {
    /// The whole object as manifests, lists and reports show it: apiVersion, kind, metadata, spec, status.
    ///
    /// The origin is not part of it: provenance stays out of objects.
    public var value: Value {
        var entries = [
            Map.Entry(key: "apiVersion", value: .string(kind.apiVersion)),
            Map.Entry(key: "kind", value: .string(kind.name)),
            Map.Entry(key: "metadata", value: metadata.value),
            Map.Entry(key: "spec", value: spec),
        ]
        if let status = status.value { entries.append(Map.Entry(key: "status", value: status)) }
        return .map(Map(uniqueEntries: entries))
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
