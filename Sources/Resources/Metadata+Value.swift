public import YAML

extension Metadata {
    /// As objects show it; what is not set is left out, as is all that a draft does not have yet.
    public var value: Value {
        var map: Map = ["name": .string(name)]
        map["namespace"] = namespace.isEmpty ? nil : .string(namespace)
        if !labels.isEmpty { map["labels"] = labels.value }
        if !annotations.isEmpty { map["annotations"] = annotations.value }
        if !owners.isEmpty { map["ownerReferences"] = .list(owners.map(\.value)) }
        map["uid"] = uid.isEmpty ? nil : .string(uid)
        map["generation"] = generation == 0 ? nil : .int(generation)
        // Text, because clients must not count with it.
        map["resourceVersion"] = resourceVersion == 0 ? nil : .string(String(resourceVersion))
        map["creationTimestamp"] = creationTimestamp.milliseconds == 0 ? nil : .string(creationTimestamp.description)
        map["deletionTimestamp"] = deletionTimestamp.map { .string($0.description) }
        return .map(map)
    }

    /// Reads what `value` wrote.
    public init(_ value: Value) {
        self.init(
            name: value["name"]?.string ?? "",
            namespace: value["namespace"]?.string ?? "",
            labels: StringMap(value["labels"]),
            annotations: StringMap(value["annotations"]),
            owners: (value["ownerReferences"]?.list ?? []).compactMap(OwnerReference.init)
        )
        uid = value["uid"]?.string ?? ""
        generation = value["generation"]?.int ?? 0
        resourceVersion = value["resourceVersion"]?.string.flatMap { Int($0) } ?? 0
        creationTimestamp =
            value["creationTimestamp"]?.string.flatMap(Instant.init) ?? Instant(milliseconds: 0)
        deletionTimestamp = value["deletionTimestamp"]?.string.flatMap(Instant.init)
    }
}

extension OwnerReference {
    /// As `metadata.ownerReferences` shows it (specification §1.7).
    public var value: Value {
        var map: Map = [
            "apiVersion": .string(apiVersion), "kind": .string(kind.name), "name": .string(name), "uid": .string(uid),
        ]
        if isController {
            map["controller"] = true
            map["blockOwnerDeletion"] = true
        }
        return .map(map)
    }

    /// Reads a reference; nil where it is to an object that is not of ours.
    public init?(_ value: Value) {
        guard let apiVersion = value["apiVersion"]?.string, let written = value["kind"]?.string,
            let kind = Kind(apiVersion: apiVersion, kind: written)
        else { return nil }
        self.init(
            apiVersion: apiVersion,
            kind: kind,
            name: value["name"]?.string ?? "",
            uid: value["uid"]?.string ?? "",
            isController: value["controller"]?.bool ?? false
        )
    }
}
