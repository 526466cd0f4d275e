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
        // A Build that is over is never looked at again, and one that runs is its builder's.
        guard told?.status ?? .unknown == .unknown, before.startTime == nil else { return result }

        var status = before
        status.observedGeneration = build.metadata.generation
        let wished: [Condition]
        if let fault = BuildValidation.check(build.spec) {
            wished = Self.invalid(fault.code, fault.message)
        } else if let key = build.references.first(where: { $0.kind == .buildTemplate }) {
            if let template = state[key] {
                let fault = BuildValidation.check(build.spec, template: template.spec)
                wished = fault.map { Self.invalid($0.code, $0.message) } ?? waiting
            } else if !settings.hasBuilder {
                // Nobody is kept waiting by the template: it has no deadline either.
                wished = Self.unfinished("NoBuilder", "\(Self.nobodyBuilds) \(Self.isMissing(key))")
            } else if let reason = told?.reason, reason != Self.templateMissing {
                // Taking a template away concerns only later Builds.
                wished = waiting
            } else {
                wished = missing(key, told, at: now, &result)
            }
        } else {
            wished = waiting
        }
        status.conditions = .settled(wished, in: before.conditions, at: now)
        if status.conditions.isFalse("Succeeded") { status.completionTime = status.completionTime ?? now }
        result.write(.build(status), of: build)
        return result
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
            return [
                Condition(type: "Succeeded", status: .false, reason: reason, message: message),
                Condition(type: "Failed", status: .true, reason: reason, message: message),
            ]
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
