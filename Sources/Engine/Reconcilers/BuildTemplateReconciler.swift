internal import Resources
internal import Store
internal import YAML

/// Says what is wrong with a BuildTemplate, and takes it back when it is mended (specification §7).
struct BuildTemplateReconciler: Reconciler {
    func reconcile(_ template: Object, in state: State, at now: Instant) -> Reconciled {
        var result = Reconciled()
        var before = Conditions()
        if case .buildTemplate(let status) = template.status { before = status.conditions }
        let wished = BuildTemplateValidation.check(template.spec).map {
            [Condition(type: "Invalid", status: .true, reason: $0.code, message: $0.message)]
        }
        var status = BuildTemplateStatus()
        status.conditions = .settled(wished ?? [], in: before, at: now)
        // A valid template says nothing, and so nothing is written for it.
        if status.conditions.list.isEmpty, template.status == .none { return result }
        result.write(.buildTemplate(status), of: template)
        return result
    }
}
