internal import YAML

/// The admission rules of a Service (specification §8).
enum ServiceValidation {
    static func check(_ new: Object, old: Object?) -> [AdmissionError] {
        let modes = ServiceSpec.modes(of: new.spec)
        if modes.isEmpty, new.spec["template"] != nil || new.spec["traffic"] != nil {
            return KnativeShape.check(new, old: old)
        }
        guard modes.count == 1, new.spec["template"] == nil, let mode = modes.first, let body = new.spec[mode] else {
            let text =
                "the service must have exactly one of runLatest or pinned in spec field, release or manual"
            let advice =
                modes.isEmpty
                ? "add \"runLatest:\" with a configuration below spec"
                : "it has \((modes + (new.spec["template"] == nil ? [] : ["template"])).joined(separator: " and ")), "
                    + "remove all but one"
            return [AdmissionError(text, advice, at: ["spec"])]
        }
        let path: FieldPath = ["spec", mode]
        var errors: [AdmissionError] = []
        switch mode {
        case "pinned":
            if body["revisionName"].isZero {
                errors.append(missing("spec.pinned.revisionName", "name the Revision that gets the traffic", at: path))
            }
            errors += percent(body, 0...100, path)
        case "release": errors += release(body, path)
        case "manual": return []
        default: break
        }
        errors += RolloutSteps.check(body["rollout"], new.metadata.annotations, at: path.appending(key: "rollout"))
        guard let configuration = body["configuration"], !ConfigurationValidation.isZero(configuration) else {
            let advice = "add its revisionTemplate.spec.container"
            return errors + [missing("spec.\(mode).configuration", advice, at: path)]
        }
        let place = path.appending(key: "configuration")
        let before = old?.serviceSpec?.configuration
        return errors + ConfigurationValidation.check(configuration, new.metadata.name, before: before, at: place)
    }

    private static func release(_ body: Value, _ path: FieldPath) -> [AdmissionError] {
        let revisions = body["revisions"]?.list ?? []
        let percent = body["rolloutPercent"]?.int ?? 0
        var errors: [AdmissionError] = []
        if revisions.isEmpty {
            errors.append(missing("spec.release.revisions", "name the current Revision, and a candidate", at: path))
        } else if revisions.count > 2 {
            let text = "expected 1 <= \(revisions.count) <= 2: revisions"
            errors.append(
                AdmissionError(text, "keep the current one and the candidate", at: path.appending(key: "revisions"))
            )
        }
        errors += self.percent(body, 0...99, path)
        if percent > 0, revisions.count == 1 {
            let text = "the service must have two revisions in spec.release.revisions when rolloutPercent is not 0"
            errors.append(AdmissionError(text, "add the candidate", at: path.appending(key: "rolloutPercent")))
        }
        return errors
    }

    private static func percent(_ body: Value, _ range: ClosedRange<Int>, _ path: FieldPath) -> [AdmissionError] {
        guard let percent = body["rolloutPercent"]?.int, !range.contains(percent) else { return [] }
        return [.outOfBounds(percent, range, at: path.appending(key: "rolloutPercent"))]
    }

    private static func missing(_ field: String, _ advice: String, at path: FieldPath) -> AdmissionError {
        AdmissionError("Service is missing \"\(field)\"", advice, at: path)
    }
}

extension AdmissionError {
    /// A number that is too small or too large.
    static func outOfBounds(_ number: Int, _ range: ClosedRange<Int>, at path: FieldPath) -> AdmissionError {
        var field = ""
        if case .key(let key)? = path.steps.last { field = key }
        return AdmissionError(
            "expected \(range.lowerBound) <= \(number) <= \(range.upperBound): \(field)",
            "choose a number in that range",
            at: path
        )
    }
}

extension Value? {
    /// Whether nothing stands here, or what Go calls a zero value: an empty text, map or list, 0 or false.
    ///
    /// The original could not tell these from an absent field, and its texts depend on it.
    var isZero: Bool { self.map(\.isZero) ?? true }
}

extension Value {
    /// See the optional's.
    var isZero: Bool {
        switch self {
        case .null: true
        case .bool(let bool): !bool
        case .int(let int): int == 0
        case .double(let double): double == 0
        case .string(let string): string.isEmpty
        case .list(let list): list.isEmpty
        case .map(let map): map.entries.allSatisfy { $0.value.isZero }
        }
    }
}
