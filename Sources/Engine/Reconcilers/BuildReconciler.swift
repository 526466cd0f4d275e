internal import Resources
internal import Store
internal import YAML

/// Checks a Build before it starts, and says what it waits for; running it is a builder's work, which then writes the
/// status itself (specification §6).
struct BuildReconciler: Reconciler {
    let settings: EngineSettings

    /// How long a Build waits for its template.
    private static let templateDeadline = Duration.seconds(120)
    private static let templateMissing = "BuildTemplateMissing"

    func reconcile(_ build: Object, in state: State, at now: Instant) -> Reconciled {
        var result = Reconciled()
        let before = build.buildStatus
        let told = before.conditions["Succeeded"]
        // A Build that is over is never looked at again.
        guard told?.status ?? .unknown == .unknown else { return result }

        var status = before
        status.observedGeneration = build.metadata.generation
        let wished: [Condition]
        if build.spec["status"]?.string == "BuildCancelled" {
            let message = "Build \"\(build.metadata.name)\" was cancelled"
            wished = BuildStatus.failed("BuildCancelled", message)
        } else if before.startTime != nil {
            wished = running(build, before, at: now, &result)
        } else {
            wished = toBegin(build, &status, told, in: state, at: now, &result)
        }
        status.conditions = .settled(wished, in: before.conditions, at: now)
        if status.conditions.isFalse("Succeeded") { status.completionTime = status.completionTime ?? now }
        result.write(.build(status), of: build)
        return result
    }

    /// A Build that runs is its builder's, for as long as it may take.
    private func running(_ build: Object, _ status: BuildStatus, at now: Instant, _ result: inout Reconciled)
        -> [Condition]
    {
        guard settings.hasBuilder else { return Self.unfinished("NoBuilder", Self.nobodyBuilds) }
        let timeout = build.buildTimeout
        let deadline = (status.startTime ?? now) + timeout
        guard now < deadline else {
            let name = build.metadata.name
            return BuildStatus.failed("BuildTimeout", "Build \"\(name)\" failed to finish within \"\(timeout.goText)\"")
        }
        result.wake(at: deadline)
        // Whoever began and was gone for a while takes it up again.
        return status.conditions["Succeeded"]?.reason == "NoBuilder"
            ? Self.unfinished("Building", nil) : status.conditions.list
    }

    /// A Build that nobody has begun: whether it may begin, and what it waits for.
    private func toBegin(
        _ build: Object,
        _ status: inout BuildStatus,
        _ told: Condition?,
        in state: State,
        at now: Instant,
        _ result: inout Reconciled
    ) -> [Condition] {
        if let fault = BuildValidation.check(build.spec) { return Self.invalid(fault.code, fault.message) }
        guard let key = build.references.first(where: { $0.kind == .buildTemplate }) else { return waiting }
        // Taking the template away, or changing it, concerns only later Builds.
        if status.plan != nil { return waiting }
        guard let template = state[key] else {
            if settings.hasBuilder { return missing(key, told, at: now, &result) }
            // Nobody is kept waiting by the template: it has no deadline either.
            return Self.unfinished("NoBuilder", "\(Self.nobodyBuilds) \(Self.isMissing(key))")
        }
        if let fault = BuildValidation.check(build.spec, template: template.spec) {
            return Self.invalid(fault.code, fault.message)
        }
        if settings.hasBuilder { status.plan = BuildPlan(build.spec, template: template.spec) }
        return waiting
    }

    private static func invalid(_ code: String, _ message: String) -> [Condition] {
        [
            Condition(type: "Succeeded", status: .false, reason: code, message: message),
            Condition(type: "Invalid", status: .true, reason: code, message: message),
        ]
    }

    /// Valid, and nobody has begun.
    private var waiting: [Condition] {
        let (reason, message) =
            settings.hasBuilder
            ? ("Pending", nil)
            : ("NoBuilder", Self.nobodyBuilds)
        return Self.unfinished(reason, message)
    }

    /// The template is not there: it may still be on its way.
    private func missing(_ key: Key, _ told: Condition?, at now: Instant, _ result: inout Reconciled) -> [Condition] {
        let reason = Self.templateMissing
        let message = Self.isMissing(key)
        let since = told?.lastTransitionTime ?? now
        let deadline = since + Self.templateDeadline
        guard now < deadline else {
            return BuildStatus.failed(reason, message)
        }
        result.wake(at: deadline)
        return Self.unfinished(reason, message)
    }

    private static let nobodyBuilds = "There is no builder; the Build waits until somebody carries it out."

    private static func isMissing(_ template: Key) -> String {
        "The BuildTemplate \"\(template.name)\" was not found in namespace \"\(template.namespace)\"."
    }

    private static func unfinished(_ reason: String, _ message: String?) -> [Condition] {
        [
            Condition(type: "Succeeded", status: .unknown, reason: reason, message: message),
            Condition(type: "Complete", status: .false, reason: reason, message: message),
        ]
    }
}

extension Object {
    /// How long a Build may run (specification §6.1).
    fileprivate var buildTimeout: Duration {
        guard let text = spec["timeout"]?.string, let timeout = Duration(go: text), timeout > .zero else {
            return .seconds(600)
        }
        return timeout
    }
}
