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
        let configuration = state[service.key.sibling(.configuration)]
        let route = state[service.key.sibling(.route)]
        var notOwned: Key?

        if let wanted = spec.configuration, let targets = spec.targets(service: service.metadata.name) {
            if let configuration, !configuration.isControlled(by: service) { notOwned = configuration.key }
            if let route, !route.isControlled(by: service) { notOwned = notOwned ?? route.key }
            // One foreign child does not keep the Service from the other.
            if configuration?.isControlled(by: service) ?? true,
                configuration?.spec != wanted
                    || configuration.map({ !hasLabels(of: service, $0) }) ?? true
            {
                result.changes.append(.put(child(.configuration, of: service, spec: wanted, existing: configuration)))
            }
            if route?.isControlled(by: service) ?? true,
                route?.routeSpec.targets != targets
                    || route.map({ !hasLabels(of: service, $0) }) ?? true
            {
                let spec = route?.routeSpec.targets == targets ? route?.spec : nil
                let wanted = spec ?? RouteSpec(targets: targets).value
                result.changes.append(.put(child(.route, of: service, spec: wanted, existing: route)))
            }
        }

        var status = ServiceStatus()
        let before = service.serviceStatus
        status.observedGeneration = notOwned == nil ? service.metadata.generation : before.observedGeneration
        let mine = configuration.flatMap { $0.isControlled(by: service) ? $0.configurationStatus : nil }
        status.latestCreatedRevisionName = mine?.latestCreatedRevisionName
        status.latestReadyRevisionName = mine?.latestReadyRevisionName
        let routed = route.flatMap { $0.isControlled(by: service) ? $0.routeStatus : nil }
        status.domain = routed?.domain
        status.traffic = routed?.traffic ?? []
        let wished = conditions(spec.mode, notOwned: notOwned, configuration: mine, route: routed)
        status.conditions = .settled(wished, in: before.conditions, at: now)
        result.write(.service(status), of: service)
        return result
    }

    private func conditions(
        _ mode: ServiceSpec.Mode,
        notOwned: Key?,
        configuration: ConfigurationStatus?,
        route: RouteStatus?
    ) -> [Condition] {
        if case .manual = mode {
            return ["Ready", "LatestRevisionReady"].map { Condition(type: $0, status: .unknown, reason: "Manual") }
        }
        var ready =
            route?.conditions["Ready"]
            ?? Condition(type: "Ready", status: settings.inProgress, reason: "Deploying")
        if let notOwned {
            let message = Object.notOwnedMessage(notOwned)
            ready = Condition(type: "Ready", status: .false, reason: "NotOwned", message: message)
        }
        guard let latest = configuration?.conditions["LatestRevisionReady"] else { return [ready] }
        return [ready, latest]
    }
}

// MARK: - Children

extension ServiceReconciler {
    private func child(_ kind: Kind, of service: Object, spec: Value, existing: Object?) -> Object {
        Object(
            kind: kind,
            metadata: Metadata(
                name: service.metadata.name,
                namespace: service.metadata.namespace,
                labels: labels(of: service, for: existing),
                annotations: annotations(of: service, for: existing),
                owners: existing?.metadata.owners ?? [OwnerReference(controller: service)]
            ),
            spec: spec
        )
    }

    private func hasLabels(of service: Object, _ child: Object) -> Bool {
        child.metadata.labels == labels(of: service, for: child)
            && child.metadata.annotations == annotations(of: service, for: child)
    }

    /// The Service's labels, and the system's own over them: nobody passes off another Service's children as these.
    private func labels(of service: Object, for child: Object?) -> StringMap {
        var labels = service.metadata.labels
        labels[Labels.service] = service.metadata.name
        labels[Labels.route] = child?.metadata.labels[Labels.route]
        return labels
    }

    private func annotations(of service: Object, for child: Object?) -> StringMap {
        var annotations = service.metadata.annotations
        for entry in service.metadata.annotations.entries where isKept(entry.key) { annotations[entry.key] = nil }
        annotations[Labels.routes] = child?.metadata.annotations[Labels.routes]
        return annotations
    }

    /// What stays on the Service: kubectl's own record, and scaling, which belongs to a template.
    private func isKept(_ annotation: String) -> Bool {
        annotation == Labels.kubectlLastApplied || annotation.hasPrefix(Labels.autoscalingPrefix)
    }
}
