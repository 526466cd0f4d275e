internal import Resources
internal import Store
internal import YAML

/// Makes a Service's Configuration and Route, keeps them as the Service wants them, and mirrors their status
/// (specification §2).
struct ServiceReconciler: Reconciler {
    let settings: EngineSettings

    func reconcile(_ service: Object, in state: State, at now: Instant) -> Reconciled {
        var result = Reconciled()
        // A Service without a single mode was refused by admission; one that got here by another way waits for its author.
        guard let spec = service.serviceSpec else { return result }
        let configuration = Child(state[service.key.sibling(.configuration)], of: service)
        let route = Child(state[service.key.sibling(.route)], of: service)

        var notOwned: Key?
        if let wanted = spec.configuration, let targets = spec.targets(service: service.metadata.name) {
            notOwned = configuration.foreign ?? route.foreign
            // One foreign child does not keep the Service from the other.
            if configuration.needsWriting({ $0.spec == wanted }, for: service) {
                var draft = configuration.draft(.configuration, wanted, for: service)
                // Both come at once: the Route would label its Configuration in its first look.
                if configuration.mine == nil, route.isAbsent { draft = draft.reached(by: service.metadata.name) }
                result.changes.append(.put(draft))
            }
            let routed = RouteSpec(targets: targets, steps: spec.steps)
            if route.needsWriting({ $0.routeSpec == routed }, for: service) {
                // The author's form of the same targets stays.
                let isSame = route.mine?.routeSpec == routed
                let wanted = (isSame ? route.mine?.spec : nil) ?? routed.value
                result.changes.append(.put(route.draft(.route, wanted, for: service)))
            }
        }

        var status = ServiceStatus()
        let before = service.serviceStatus
        status.observedGeneration = notOwned == nil ? service.metadata.generation : before.observedGeneration
        if let mirrored = configuration.mine?.configurationStatus {
            status.latestCreatedRevisionName = mirrored.latestCreatedRevisionName
            status.latestReadyRevisionName = mirrored.latestReadyRevisionName
        }
        if let mirrored = route.mine?.routeStatus {
            status.domain = mirrored.domain
            status.traffic = mirrored.traffic
        }
        let wished = conditions(spec.mode, notOwned: notOwned, configuration.mine, route.mine)
        status.conditions = .settled(wished, in: before.conditions, at: now)
        result.write(.service(status), of: service)
        return result
    }

    private func conditions(
        _ mode: ServiceSpec.Mode,
        notOwned: Key?,
        _ configuration: Object?,
        _ route: Object?
    ) -> [Condition] {
        if case .manual = mode {
            return ["Ready", "LatestRevisionReady"].map { Condition(type: $0, status: .unknown, reason: "Manual") }
        }
        var ready =
            route?.routeStatus.conditions["Ready"]
            ?? Condition(type: "Ready", status: settings.inProgress, reason: "Deploying")
        if let notOwned {
            let message = Object.notOwnedMessage(notOwned)
            ready = Condition(type: "Ready", status: .false, reason: "NotOwned", message: message)
        }
        var conditions = [ready]
        if case .traffic = mode {
            // As Knative's shape has it beside `Ready`.
            for (type, child) in [("ConfigurationsReady", configuration), ("RoutesReady", route)] {
                if let told = child?.status.conditions["Ready"] { conditions.append(told.copied(as: type)) }
            }
        }
        if let latest = configuration?.configurationStatus.conditions["LatestRevisionReady"] {
            conditions.append(latest)
        }
        return conditions
    }
}

/// What stands under a child's name.
private struct Child {
    /// The child, where it is the Service's.
    var mine: Object?
    /// Its key, where it is somebody else's.
    var foreign: Key?

    init(_ object: Object?, of service: Object) {
        guard let object else { return }
        if object.isControlled(by: service) { mine = object } else { foreign = object.key }
    }

    var isAbsent: Bool { mine == nil && foreign == nil }

    /// Whether the child has to be made, or does not look as the Service wants it.
    func needsWriting(_ hasWantedSpec: (Object) -> Bool, for service: Object) -> Bool {
        guard let mine else { return foreign == nil }
        return !hasWantedSpec(mine) || !isLabelled(mine, for: service)
    }

    /// The child as the Service wants it.
    func draft(_ kind: Kind, _ spec: Value, for service: Object) -> Object {
        var metadata = Metadata(name: service.metadata.name, namespace: service.metadata.namespace)
        metadata.labels = service.metadata.labels
        metadata.labels[Labels.service] = service.metadata.name
        metadata.labels[Labels.route] = mine?.metadata.labels[Labels.route]
        let inherited = service.metadata.annotations.entries.filter { Self.isInherited($0.key) }
        metadata.annotations = StringMap(inherited.map { ($0.key, $0.value) })
        metadata.annotations[Labels.routes] = mine?.metadata.annotations[Labels.routes]
        metadata.owners = mine?.metadata.owners ?? [OwnerReference(controller: service)]
        return Object(kind: kind, metadata: metadata, spec: spec)
    }

    /// Whether the child has the labels and annotations of `draft`, found without making one: nearly always it has.
    private func isLabelled(_ mine: Object, for service: Object) -> Bool {
        let (wished, given) = (service.metadata.labels, mine.metadata.labels)
        var expected = 1
        guard given[Labels.service] == service.metadata.name else { return false }
        for entry in wished.entries where entry.key != Labels.service && entry.key != Labels.route {
            guard given[entry.key] == entry.value else { return false }
            expected += 1
        }
        if given[Labels.route] != nil { expected += 1 }
        guard given.entries.count == expected else { return false }
        expected = mine.metadata.annotations[Labels.routes] == nil ? 0 : 1
        for entry in service.metadata.annotations.entries where Self.isInherited(entry.key) {
            guard mine.metadata.annotations[entry.key] == entry.value else { return false }
            expected += 1
        }
        return mine.metadata.annotations.entries.count == expected
    }

    /// Kubectl's own record stays on the Service, as do its wave, which is about what is in git, and scaling, which belongs
    /// to a template; and the system's labels are not a Service's to give: nobody passes off another one's children as these.
    private static func isInherited(_ annotation: String) -> Bool {
        annotation != Labels.kubectlLastApplied && annotation != Labels.routes && annotation != Labels.syncWave
            && !annotation.hasPrefix(Labels.autoscalingPrefix)
    }
}
