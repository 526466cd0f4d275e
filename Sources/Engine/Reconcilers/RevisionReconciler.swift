internal import Resources
internal import Store
internal import YAML

/// Wishes for a Revision's workload once its image is there, and tells from the workload's status whether the Revision
/// is ready, still starting, or has failed (specification §4).
struct RevisionReconciler: Reconciler {
    let settings: EngineSettings

    func reconcile(_ revision: Object, in state: State, at now: Instant) -> Reconciled {
        var result = Reconciled()
        let labelled = labelled(revision)
        if let labelled { result.changes.append(.put(labelled)) }

        let spec = revision.revisionSpec
        let before = revision.revisionStatus
        var status = before
        status.observedGeneration = revision.metadata.generation
        status.logURL = settings.logURLTemplate.map {
            $0.replacingPlaceholder("${REVISION_UID}", with: revision.metadata.uid)
        }
        let build = spec.buildName.map { buildCondition(state[revision.key.sibling(.build, $0)], before.conditions) }
        var dependents: [Condition] = []
        if let build {
            dependents = [build, build.copied(as: "BuildSucceeded")]
            if build.status == .true, let name = spec.buildName, let built = state[revision.key.sibling(.build, name)] {
                status.imageSource = Self.imageSource(of: built)
            }
        }
        var active: Condition?
        if build?.status ?? .true == .true {
            if status.serviceName == nil {
                status.serviceName = RevisionName.child(of: revision.metadata.name, suffix: "-service")
            }
            let workload = state[revision.key.sibling(.workload)]
            active = wish(for: labelled ?? revision, spec, workload, before.conditions, &result)
            let mine = workload.flatMap { $0.isControlled(by: revision) ? $0 : nil }
            dependents += workloadConditions(
                mine,
                isWished: spec.servingState == .active,
                before.conditions,
                now,
                &result
            )
        }
        var wished = dependents.withReady(inProgress: settings.inProgress, whenTrue: Self.readyText(dependents))
        if let build, build.status == .false {
            let message = build.message.map { "Build " + $0 } ?? "Build failed."
            wished[0] = Condition(type: "Ready", status: .false, reason: "BuildFailed", message: message)
        }
        if let active { wished.append(active) }
        status.conditions = .settled(wished, in: before.conditions, at: now)
        result.write(.revision(status), of: revision)
        return result
    }

    /// The Revision with its own labels, which need its uid and so cannot be given at its creation; nil where it has them.
    private func labelled(_ revision: Object) -> Object? {
        var metadata = revision.metadata
        guard
            metadata.labels[Labels.revisionUID] != metadata.uid || metadata.labels[Labels.revision] != metadata.name
        else { return nil }
        metadata.labels[Labels.revision] = metadata.name
        metadata.labels[Labels.revisionUID] = metadata.uid
        return revision.with(metadata: metadata, origin: nil)
    }
}

// MARK: - Build

extension RevisionReconciler {
    /// What the Build means for the Revision. Once it is over it stays so, also when somebody deletes the Build.
    private func buildCondition(_ build: Object?, _ before: Conditions) -> Condition {
        let type = "BuildComplete"
        guard let build else {
            if let told = before[type], told.status != .unknown { return told }
            return Condition(type: type, status: .unknown, reason: "Building")
        }
        guard let told = build.buildStatus.conditions["Succeeded"] else {
            return Condition(type: type, status: .unknown, reason: "Building")
        }
        switch told.status {
        case .true: return Condition(type: type, status: .true)
        case .false: return told.copied(as: type)
        case .unknown:
            let reason = told.reason == "NoBuilder" ? "NoBuilder" : "Building"
            return Condition(type: type, status: .unknown, reason: reason, message: told.message)
        }
    }

    /// Where the image was built from, in the specification's words: `repository`, `archive` or `manifest`.
    private static func imageSource(of build: Object) -> Value? {
        let source = build.spec["source"]
        if let git = source?["git"] {
            var repository = Map()
            repository["url"] = git["url"]
            // In the order in which a Build reads them.
            for field in ["tag", "branch", "commit", "ref"] {
                guard let value = git[field] else { continue }
                repository[field] = value
                break
            }
            return .map(["repository": .map(repository)])
        }
        if let gcs = source?["gcs"], let location = gcs["location"] {
            let isManifest = gcs["type"]?.string?.lowercased() == "manifest"
            return .map([isManifest ? "manifest" : "archive": ["location": location]])
        }
        return nil
    }
}

// MARK: - Workload

extension RevisionReconciler {
    private static let assumed = "NoRuntime"
    private static let assumedMessage = "Readiness is assumed; nothing runs."

    /// Puts or takes away the workload, and says what that makes of `Active`, where that is worth saying.
    private func wish(
        for revision: Object,
        _ spec: RevisionSpec,
        _ workload: Object?,
        _ before: Conditions,
        _ result: inout Reconciled
    ) -> Condition? {
        guard spec.servingState == .active else {
            if let workload, workload.isControlled(by: revision) {
                result.changes.append(.delete(workload.key, .background))
            }
            return Condition(
                type: "Active",
                status: .false,
                reason: "NoTraffic",
                message: "The target is not receiving traffic."
            )
        }
        // One that an earlier Revision of this name left behind goes by itself, and then we are woken.
        if let workload {
            let scale = ScaleBounds(revision.metadata.annotations)?.value
            if workload.spec["scale"] != scale, workload.isControlled(by: revision) {
                var wished = workload.spec.map ?? Map()
                wished["scale"] = scale
                result.changes.append(.put(workload.with(spec: .map(wished), origin: nil)))
            }
        } else {
            result.changes.append(.put(Self.workload(of: revision, spec)))
        }
        guard before["Active"] != nil else { return nil }
        if case .ready = workload?.workloadStatus.phase { return Condition(type: "Active", status: .true) }
        return Condition(type: "Active", status: .unknown, reason: "Queued")
    }

    private static func workload(of revision: Object, _ spec: RevisionSpec) -> Object {
        let labels = revision.metadata.labels
        var entries: [Map.Entry] = []
        entries.reserveCapacity(5)
        func add(_ key: String, _ value: Value?) {
            if let value { entries.append(Map.Entry(key: key, value: value)) }
        }
        add("revision", .string(revision.metadata.name))
        add("image", .string(spec.image))
        add("service", labels[Labels.service].map(Value.string))
        add("configuration", labels[Labels.configuration].map(Value.string))
        // Names alone: values may be secrets, and nobody who shows a workload needs them.
        add("env", .list(spec.environment.map { .string($0.name) }))
        add("scale", ScaleBounds(revision.metadata.annotations)?.value)
        return Object(
            kind: .workload,
            metadata: Metadata(
                name: revision.metadata.name,
                namespace: revision.metadata.namespace,
                labels: [
                    Labels.revision: revision.metadata.name,
                    Labels.revisionUID: labels[Labels.revisionUID] ?? revision.metadata.uid,
                ],
                owners: [OwnerReference(controller: revision)]
            ),
            spec: .map(Map(uniqueEntries: entries))
        )
    }

    /// `ResourcesAvailable` and `ContainerHealthy` as the table of §4.3 has them.
    private func workloadConditions(
        _ workload: Object?,
        isWished: Bool,
        _ before: Conditions,
        _ now: Instant,
        _ result: inout Reconciled
    ) -> [Condition] {
        let (resources, container) = (before["ResourcesAvailable"], before["ContainerHealthy"])
        if let resources, let container {
            let isSettled = resources.status != .unknown && container.status != .unknown
            let hasFailed = resources.status == .false || container.status == .false
            let stays: Bool
            switch workload?.workloadStatus.phase ?? .pending {
            // An endpoint that comes and goes changes nothing, nor does one that is not wished for.
            case .pending: stays = isSettled || hasFailed || !isWished
            case .ready, .failed: stays = Self.isTerminal(resources)
            }
            if stays { return [resources, container] }
        }
        func other(_ type: String) -> Condition {
            if let told = before[type], told.status == .true { return told }
            return Condition(type: type, status: .unknown, reason: "Deploying")
        }
        let told = workload?.workloadStatus ?? WorkloadStatus()
        switch told.phase {
        case .ready:
            let isAssumed = told.runtime == "none"
            let message = isAssumed ? Self.assumedMessage : nil
            return ["ResourcesAvailable", "ContainerHealthy"].map {
                Condition(type: $0, status: .true, reason: isAssumed ? Self.assumed : nil, message: message)
            }
        case .failed(let failure):
            let failed = Condition(
                type: failure.condition,
                status: .false,
                reason: failure.reason,
                message: failure.message
            )
            return failure.condition == "ResourcesAvailable"
                ? [failed, other("ContainerHealthy")]
                : [other("ResourcesAvailable"), failed.copied(as: "ContainerHealthy")]
        case .pending:
            guard isWished else {
                return ["ResourcesAvailable", "ContainerHealthy"].map {
                    Condition(type: $0, status: .unknown, reason: "Inactive")
                }
            }
            let since = resources?.status == .unknown ? resources?.lastTransitionTime ?? now : now
            if let expired = expired(since, isHeardOf: !told.runtime.isEmpty, now, &result) {
                return [expired, other("ContainerHealthy")]
            }
            return ["ResourcesAvailable", "ContainerHealthy"].map {
                Condition(type: $0, status: .unknown, reason: "Deploying", message: "Starting Instances")
            }
        }
    }

    /// The failure of a workload that took too long, or nil, and then the deadline is when to look again.
    private func expired(
        _ since: Instant,
        isHeardOf: Bool,
        _ now: Instant,
        _ result: inout Reconciled
    ) -> Condition? {
        let deadline = since + min(settings.progressDeadline, settings.serviceTimeout)
        guard now >= deadline else {
            result.wake(at: deadline)
            return nil
        }
        let type = "ResourcesAvailable"
        if settings.serviceTimeout < settings.progressDeadline {
            let message = "Timed out waiting for a service endpoint to become ready"
            return Condition(type: type, status: .false, reason: "ServiceTimeout", message: message)
        }
        let seconds = settings.progressDeadline.components.seconds
        let message =
            isHeardOf
            ? "Did not pass readiness checks in \(seconds) seconds."
            : "Unable to create pods for more than \(seconds) seconds."
        return Condition(type: type, status: .false, reason: "ProgressDeadlineExceeded", message: message)
    }

    /// A deadline that passed is final: the next Revision is the way out, not a late success of this one.
    private static func isTerminal(_ resources: Condition) -> Bool {
        resources.status == .false && ["ProgressDeadlineExceeded", "ServiceTimeout"].contains(resources.reason)
    }

    /// What `Ready` says when it is `True`: that nothing runs, where that is so.
    private static func readyText(_ dependents: [Condition]) -> (reason: String?, message: String?) {
        dependents.contains { $0.reason == assumed } ? (assumed, assumedMessage) : ("ServiceReady", nil)
    }
}

extension String {
    /// This text with another for each occurrence of a placeholder.
    fileprivate func replacingPlaceholder(_ placeholder: String, with text: String) -> String {
        var result = ""
        var rest = self[...]
        while let range = rest.firstRange(of: placeholder) {
            result += rest[..<range.lowerBound] + text
            rest = rest[range.upperBound...]
        }
        return result + rest
    }
}
