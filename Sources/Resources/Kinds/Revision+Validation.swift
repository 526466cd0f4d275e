internal import YAML

/// The admission rules of a Revision (specification §4.4, §8), and of its fields wherever they stand.
enum RevisionValidation {
    static func check(_ new: Object, old: Object?) -> [AdmissionError] {
        guard let old else {
            let text = "Revisions are made by Configurations"
            return [AdmissionError(text, "write a Configuration or a Service instead", at: ["kind"])]
        }
        let changes = FieldChange.between(["spec": frozen(old.spec)], ["spec": frozen(new.spec)], kind: .revision)
        var errors: [AdmissionError] = []
        if let first = changes.first, !Schema.isSameSpec(.revision, frozen(old.spec), frozen(new.spec)) {
            errors.append(
                AdmissionError(
                    "Revision spec should not change (-old +new): \(changes.summary)",
                    "change the Configuration, which makes a new Revision",
                    at: first.path
                )
            )
        }
        if let state = new.spec["servingState"]?.string, !state.isEmpty,
            RevisionSpec.ServingState(rawValue: state) == nil
        {
            let text = "Unrecognized value for servingState: \"\(state)\""
            errors.append(AdmissionError(text, "write Active, Reserve or Retired", at: ["spec", "servingState"]))
        }
        return errors
    }

    /// What may never change: all but `servingState`.
    private static func frozen(_ spec: Value) -> Value {
        var spec = Schema.defaulted(.revision, spec)
        spec.set(["servingState"], to: nil)
        return spec
    }

    /// The rules of single fields.
    static func fields(_ spec: Value, at path: FieldPath) -> [AdmissionError] {
        var errors: [AdmissionError] = []
        let model = spec["concurrencyModel"]?.string ?? ""
        if !ConcurrencyModel.isKnown(model) {
            let text = "Unrecognized value for concurrencyModel: \"\(model)\""
            errors.append(AdmissionError(text, advice(model), at: path.appending(key: "concurrencyModel")))
        } else if let limit = spec["containerConcurrency"]?.int {
            let place = path.appending(key: "containerConcurrency")
            if !(0...1_000).contains(limit) { errors.append(.outOfBounds(limit, 0...1_000, at: place)) }
            if !model.isEmpty, model.hasPrefix("Single") != (limit == 1) {
                let text = "containerConcurrency \(limit) contradicts concurrencyModel \"\(model)\""
                errors.append(AdmissionError(text, "keep one of them", at: place))
            }
        }
        if let timeout = spec["timeoutSeconds"]?.int, !(0...600).contains(timeout) {
            errors.append(.outOfBounds(timeout, 0...600, at: path.appending(key: "timeoutSeconds")))
        }
        return errors
    }

    private static func advice(_ model: String) -> String {
        if let meant = didYouMean(model, among: ConcurrencyModel.spellings) { return "did you mean \"\(meant)\"?" }
        return "write Single or Multi"
    }
}
