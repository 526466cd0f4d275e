internal import Resources
internal import YAML

/// What a Sync in a repository may not say.
extension SyncReading {
    /// Refuses what a followed repository has no say in (decisions on its duties).
    mutating func checkDuties(_ definition: SyncDefinition) {
        guard isInRepository else { return }
        for field in ["domain", "inProgress", "keepRevisions"] where spec[field] != nil {
            refuse(
                ["spec", .init(field)],
                "\(field) holds for all that one program follows, and no repository says it; remove it"
            )
        }
        if spec["report"]?["directory"] != nil {
            refuse(
                ["spec", "report", "directory"],
                "a repository has no say about the disk of whoever follows it; name a branch, or remove it"
            )
        }
        guard let parent else { return }
        if document.name == parent.name {
            refuse(["metadata", "name"], "this is the name of the Sync that follows this repository; choose another")
        }
        let scope = SyncScope(parent)
        for (index, namespace) in texts(["namespaces"]).enumerated() where !scope.holds(namespace: namespace) {
            refuse(item(["namespaces"], index), scope.refusal(of: namespace))
        }
        for (index, kind) in (definition.options.kinds ?? []).enumerated() where !scope.holds(kind: kind) {
            refuse(item(["kinds"], index), scope.refusal(of: kind))
        }
    }
}
