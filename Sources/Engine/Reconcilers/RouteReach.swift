internal import Resources
internal import Store
internal import YAML

/// The label and the annotation on the objects that a Route reaches (specification §1.6, §5.3).
///
/// Which objects carry them is kept in the Route's split. So the Route finds those that it no longer reaches without a
/// search; and when the Route is deleted, the split, being its child, is woken, takes the labels away, and goes too.
enum RouteReach {
    /// The Configurations and Revisions that a Route reaches, directly or through the other; ascending. Those that the data
    /// plane serves because it stands still are among them: nobody may take them for left behind.
    static func keys(of route: Object, _ targets: [RouteTraffic.Resolved], _ status: RouteStatus, in state: State)
        -> [Key]
    {
        var keys: [Key] = []
        func reach(_ key: Key) { if !keys.contains(key), state.contains(key) { keys.append(key) } }
        func reach(revision name: String) {
            guard let revision = state[route.key.sibling(.revision, name)] else { return }
            reach(revision.key)
            if let configuration = revision.metadata.labels[Labels.configuration] {
                reach(route.key.sibling(.configuration, configuration))
            }
        }
        for resolved in targets {
            switch resolved.target.destination {
            case .revision(let name): reach(revision: name)
            case .configuration(let name): reach(route.key.sibling(.configuration, name))
            }
        }
        for share in status.traffic { reach(revision: share.revisionName) }
        for name in status.served { reach(revision: name) }
        return keys.count < 2 ? keys : keys.sorted()
    }

    /// What brings the labels in line: on `reached` they name the Route, on what the split says of earlier they do not.
    static func changes(of route: Key, from split: Object?, to reached: [Key], in state: State) -> [Change] {
        changes(of: route, from: split.map(keys) ?? [], to: reached, in: state)
    }

    /// The same for a Route that looked before: where somebody deleted its split, it searches.
    static func changes(of route: Object, from split: Object?, to reached: [Key], in state: State) -> [Change] {
        guard split == nil, route.status.observedGeneration > 0 else {
            return changes(of: route.key, from: split, to: reached, in: state)
        }
        let all = [Kind.configuration, .revision].flatMap(state.keys).filter { $0.namespace == route.key.namespace }
        return changes(of: route.key, from: all, to: reached, in: state)
    }

    private static func changes(of route: Key, from earlier: [Key], to reached: [Key], in state: State) -> [Change] {
        var changes: [Change] = []
        for key in reached {
            if let object = state[key], let labelled = object.naming(route.name, true) {
                changes.append(.put(labelled))
            }
        }
        for key in earlier where !reached.contains(key) {
            if let object = state[key], let labelled = object.naming(route.name, false) {
                changes.append(.put(labelled))
            }
        }
        return changes
    }

    /// As a split keeps them.
    static func value(_ keys: [Key]) -> Value {
        .list(keys.map { ["kind": .string($0.kind.name), "name": .string($0.name)] })
    }

    /// What a split keeps.
    private static func keys(_ split: Object) -> [Key] {
        (split.spec["reached"]?.list ?? []).compactMap { item in
            guard let kind = item["kind"]?.string.flatMap(Kind.init(manifestName:)), let name = item["name"]?.string
            else { return nil }
            return split.key.sibling(kind, name)
        }
    }
}

extension Object {
    /// This object with the Route among those that reach it.
    func reached(by route: String) -> Object { naming(route, true) ?? self }

    /// This object with the Route among those that reach it, or not; nil where that is so already.
    fileprivate func naming(_ route: String, _ isReached: Bool) -> Object? {
        let (label, list) = (metadata.labels[Labels.route], metadata.annotations[Labels.routes])
        // Nearly always it is this one Route.
        if isReached, label == route, list == route { return nil }
        var routes = (list ?? "").split(separator: ",").map(String.init).filter { $0 != route }
        if isReached { routes.append(route) }
        routes.sort()
        let joined = routes.isEmpty ? nil : routes.joined(separator: ",")
        guard label != routes.first || list != joined else { return nil }
        var metadata = metadata
        metadata.labels[Labels.route] = routes.first
        metadata.annotations[Labels.routes] = joined
        return with(metadata: metadata, origin: nil)
    }
}
