internal import Resources
internal import Store
internal import YAML

/// Makes one Revision for each generation of a Configuration, and a Build where the image is built, and says which
/// Revision is the newest and which was last ready (specification §3).
struct ConfigurationReconciler: Reconciler {
    let settings: EngineSettings

    func reconcile(_ configuration: Object, in state: State, at now: Instant) -> Reconciled {
        var result = Reconciled()
        let before = configuration.configurationStatus
        let newest = newest(of: configuration, before, in: state)
        result.changes += newest.changes

        var status = ConfigurationStatus()
        // Also where making the Revision failed for good: the spec was acted on, and the condition says how that went.
        status.observedGeneration = configuration.metadata.generation
        status.latestCreatedRevisionName = newest.revision?.metadata.name ?? before.latestCreatedRevisionName
        let ready = latestReady(of: configuration, newest, before, in: state)
        status.latestReadyRevisionName = ready?.metadata.name
        let wished = conditions(newest, isServing: ready?.isReadyRevision ?? false)
        status.conditions = .settled(wished, in: before.conditions, at: now)
        let housekeeping = RevisionHousekeeping(
            configuration,
            keeping: [status.latestCreatedRevisionName, status.latestReadyRevisionName],
            since: before.unreached,
            in: state,
            at: now,
            settings.retention
        )
        status.unreached = housekeeping.unreached
        result.changes += housekeeping.changes
        result.dueAgain = housekeeping.dueAgain
        result.isChore = true
        result.write(.configuration(status), of: configuration)
        return result
    }
}

/// What became of the Revision of a Configuration's present generation.
private struct Newest {
    var outcome: Outcome
    /// What has to be put so that it becomes true.
    var changes: [Change] = []

    enum Outcome {
        /// It is there.
        case there(Object)
        /// It was there and somebody deleted it; the next spec makes the next one.
        case deleted
        /// It could not be made: reason and message.
        case refused(String, String)
    }

    var revision: Object? { if case .there(let revision) = outcome { revision } else { nil } }
}

// MARK: - Making

extension ConfigurationReconciler {
    private func newest(of configuration: Object, _ before: ConfigurationStatus, in state: State) -> Newest {
        let generation = configuration.metadata.generation
        let isActedOn = before.observedGeneration == generation
        // Nearly always nothing is to be made; then not even the name is worked out.
        if isActedOn, let name = before.latestCreatedRevisionName,
            let made = state[configuration.key.sibling(.revision, name)],
            made.configurationGeneration == generation, made.isControlled(by: configuration)
        {
            return Newest(outcome: .there(made))
        }
        let spec = configuration.configurationSpec
        let name =
            spec.template.name
            ?? RevisionName.make(configuration: configuration.metadata.name, generation: generation)
        let key = configuration.key.sibling(.revision, name)
        guard let existing = state[key] else {
            if isActedOn, before.latestCreatedRevisionName == name { return Newest(outcome: .deleted) }
            return made(key, for: configuration, spec, before, in: state)
        }
        guard existing.isControlled(by: configuration) else {
            return Newest(outcome: .refused("NotOwned", Object.notOwnedMessage(key)))
        }
        if existing.configurationGeneration == generation { return Newest(outcome: .there(existing)) }
        return renamed(existing, for: configuration, spec)
    }

    private func made(
        _ key: Key,
        for configuration: Object,
        _ spec: ConfigurationSpec,
        _ before: ConfigurationStatus,
        in state: State
    ) -> Newest {
        var changes: [Change] = []
        var buildName: String?
        if let build = spec.build, spec.template.spec["buildName"]?.string ?? "" == "" {
            buildName = reusableBuild(build, of: configuration, before, in: state) ?? key.name
            let buildKey = key.sibling(.build, buildName ?? key.name)
            if let existing = state[buildKey] {
                guard existing.isControlled(by: configuration) else {
                    return Newest(outcome: .refused("NotOwned", Object.notOwnedMessage(buildKey)))
                }
            } else {
                var metadata = metadata(buildKey.name, for: configuration)
                metadata.labels = systemLabels(of: configuration)
                changes.append(.put(Object(kind: .build, metadata: metadata, spec: build)))
            }
        }
        var metadata = metadata(key.name, for: configuration)
        metadata.labels = spec.template.labels.merging(systemLabels(of: configuration))
        metadata.annotations = spec.template.annotations
        metadata.annotations[Labels.configurationGeneration] = String(configuration.metadata.generation)
        let revision = Object(
            kind: .revision,
            metadata: metadata,
            spec: Self.revisionSpec(spec.template.spec, buildName: buildName)
        )
        changes.append(.put(revision))
        return Newest(outcome: .there(revision), changes: changes)
    }

    /// A name that its author used before stands for the Revision of then, if that is still what is wanted: going back
    /// is then a matter of naming it. It becomes this generation's Revision, so that each generation has exactly one.
    private func renamed(_ existing: Object, for configuration: Object, _ spec: ConfigurationSpec) -> Newest {
        let wanted = Self.revisionSpec(spec.template.spec, buildName: existing.revisionSpec.buildName)
        var serving = existing.spec.map ?? Map()
        serving["servingState"] = wanted["servingState"]
        guard Schema.isSameSpec(.revision, .map(serving), wanted) else {
            let message =
                "Revision creation failed with message: "
                + "revision \"\(existing.metadata.name)\" already exists with another spec."
            return Newest(outcome: .refused("RevisionFailed", message))
        }
        var metadata = existing.metadata
        let generation = String(configuration.metadata.generation)
        metadata.labels[Labels.configurationGeneration] = generation
        metadata.annotations[Labels.configurationGeneration] = generation
        let revision = existing.with(metadata: metadata, origin: nil)
        return Newest(outcome: .there(revision), changes: [.put(revision)])
    }

    private func metadata(_ name: String, for configuration: Object) -> Metadata {
        Metadata(
            name: name,
            namespace: configuration.metadata.namespace,
            owners: [OwnerReference(controller: configuration)]
        )
    }

    private func systemLabels(of configuration: Object) -> StringMap {
        var labels: StringMap = [
            Labels.configuration: configuration.metadata.name,
            Labels.configurationGeneration: String(configuration.metadata.generation),
        ]
        labels[Labels.service] = configuration.metadata.labels[Labels.service]
        return labels
    }

    /// The template's spec with what the system adds, each in its place in the field table.
    private static func revisionSpec(_ template: Value, buildName: String?) -> Value {
        var entries = template.map?.entries ?? []
        if let buildName {
            entries.removeAll { $0.key == "buildName" }
            entries.insert(Map.Entry(key: "buildName", value: .string(buildName)), at: 0)
        }
        if !entries.contains(where: { $0.key == "servingState" }) {
            entries.reserveCapacity(entries.count + 1)
            entries.append(Map.Entry(key: "servingState", value: "Active"))
        }
        return .map(Map(uniqueEntries: entries))
    }
}

// MARK: - Builds

extension ConfigurationReconciler {
    /// The Build of the newest Revision, if building again would give the same image: its wish is the same, it
    /// succeeded, and what it was built from cannot have changed since (specification §3.2).
    private func reusableBuild(
        _ wanted: Value,
        of configuration: Object,
        _ before: ConfigurationStatus,
        in state: State
    ) -> String? {
        guard Self.hasImmutableSource(wanted), let name = before.latestCreatedRevisionName,
            let revision = state[configuration.key.sibling(.revision, name)],
            let buildName = revision.revisionSpec.buildName,
            let build = state[configuration.key.sibling(.build, buildName)],
            build.isControlled(by: configuration), build.spec == wanted,
            build.buildStatus.conditions.isTrue("Succeeded")
        else { return nil }
        return buildName
    }

    /// Whether the source is a git commit in full; branches and tags move.
    private static func hasImmutableSource(_ build: Value) -> Bool {
        let git = build["source"]?["git"]
        guard let commit = git?["commit"]?.string, git?["tag"] == nil, git?["branch"] == nil else { return false }
        return commit.utf8.count == 40 && commit.allSatisfy(\.isHexDigit)
    }
}

// MARK: - Status

extension ConfigurationReconciler {
    /// The newest Revision that was ever ready. Never an older one than before, unless that one was deleted.
    private func latestReady(
        of configuration: Object,
        _ newest: Newest,
        _ before: ConfigurationStatus,
        in state: State
    ) -> Object? {
        if let revision = newest.revision, revision.isReadyRevision { return revision }
        let current = before.latestReadyRevisionName
            .flatMap { state[configuration.key.sibling(.revision, $0)] }
            .flatMap { $0.isControlled(by: configuration) ? $0 : nil }
        // Whoever deletes the newest, and with it the latest ready one, is not given an older one unasked (§3.3).
        if case .deleted = newest.outcome, current == nil { return nil }
        if let current, let revision = newest.revision,
            current.configurationGeneration + 1 >= revision.configurationGeneration
        {
            return current
        }
        var best = current
        for key in state.children(of: configuration.key) where key.kind == .revision {
            guard let revision = state[key], revision.isReadyRevision, revision.isControlled(by: configuration),
                revision.configurationGeneration > best?.configurationGeneration ?? 0
            else { continue }
            best = revision
        }
        return best
    }

    /// The table of §3.3.
    private func conditions(_ newest: Newest, isServing: Bool) -> [Condition] {
        let revision: Object
        switch newest.outcome {
        case .there(let object): revision = object
        case .deleted:
            return Self.failed("RevisionMissing", "The latest Revision appears to have been deleted.")
        case .refused(let reason, let message): return Self.failed(reason, message)
        }
        let told = revision.revisionStatus.conditions["Ready"]
        if told?.status == .true {
            return [Condition(type: "Ready", status: .true, reason: "LatestRevisionReady")]
        }
        if revision.isFailedRevision { return Self.failed(told?.reason, told?.message) }
        let reason = told?.reason ?? "Deploying"
        let ready =
            isServing
            ? Condition(type: "Ready", status: .true, reason: "LatestRevisionReady")
            : Condition(type: "Ready", status: settings.inProgress, reason: "Deploying", message: told?.message)
        return [
            ready,
            Condition(type: "LatestRevisionReady", status: .unknown, reason: reason, message: told?.message),
        ]
    }

    private static func failed(_ reason: String?, _ message: String?) -> [Condition] {
        ["Ready", "LatestRevisionReady"].map {
            Condition(type: $0, status: .false, reason: reason, message: message)
        }
    }
}
