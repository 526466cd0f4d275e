internal import YAML

extension Object {
    /// The objects that this one names and whose changes its reconciler must see, ascending and each once.
    ///
    /// Owners are not among them: those are known from the metadata.
    public var references: [Key] {
        var keys: Set<Key> = []
        switch kind {
        case .route: keys = routeReferences
        case .revision:
            if let build = spec["buildName"]?.string, !build.isEmpty { keys.insert(key.sibling(.build, build)) }
        case .build:
            if let template = spec["template"], let name = template["name"]?.string, !name.isEmpty {
                let namespace = template["namespace"]?.string.flatMap { $0.isEmpty ? nil : $0 }
                keys.insert(Key(.buildTemplate, namespace ?? metadata.namespace, name))
            }
        case .manifestFile: keys = claims
        case .service:
            // What it may not write is none of its children, and yet it has to know when that goes.
            if status.conditions["Ready"]?.reason == "NotOwned" {
                keys = [key.sibling(.configuration), key.sibling(.route)]
            }
        case .configuration:
            if ["NotOwned", "RevisionFailed"].contains(status.conditions["Ready"]?.reason) {
                let name =
                    configurationSpec.template.name
                    ?? RevisionName.make(configuration: metadata.name, generation: metadata.generation)
                keys = [key.sibling(.revision, name), key.sibling(.build, name)]
            }
        case .wave: keys = awaited
        case .buildTemplate, .workload, .split, .sync, .appliedCommit: break
        }
        return keys.count < 2 ? Array(keys) : keys.sorted()
    }

    private var routeReferences: Set<Key> {
        var keys: Set<Key> = []
        for target in routeSpec.targets {
            switch target.destination {
            case .revision(let name): keys.insert(key.sibling(.revision, name))
            case .configuration(let name): keys.insert(key.sibling(.configuration, name))
            }
        }
        let status = routeStatus
        for share in status.traffic { keys.insert(key.sibling(.revision, share.revisionName)) }
        for name in status.awaited + status.served { keys.insert(key.sibling(.revision, name)) }
        for rollout in status.rollouts {
            keys.insert(key.sibling(.revision, rollout.to))
            for share in rollout.from { keys.insert(key.sibling(.revision, share.revisionName)) }
        }
        // What status says where a Configuration has no Revision (§5.6) is not a name.
        keys.remove(key.sibling(.revision, "Not found"))
        return keys
    }

    /// The keys that a manifest file's documents name, whatever became of them.
    private var claims: Set<Key> {
        var keys: Set<Key> = []
        for document in spec["documents"]?.list ?? [] {
            guard let kind = document["kind"]?.string.flatMap(Kind.init(manifestName:)), kind.isAPI,
                let name = document["name"]?.string
            else { continue }
            keys.insert(Key(kind, document["namespace"]?.string ?? "", name))
        }
        return keys
    }

    /// What must be ready before a wave's turn, and the wave before it.
    private var awaited: Set<Key> {
        var keys = Set((spec["waitsFor"]?.list ?? []).compactMap { $0.string.flatMap(Key.init(path:)) })
        if let earlier = spec["after"]?.string { keys.insert(key.sibling(.wave, earlier)) }
        return keys
    }
}
