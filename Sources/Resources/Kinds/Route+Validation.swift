internal import YAML

/// The admission rules of a Route (specification §5.1, §5.2, §8).
enum RouteValidation {
    static func check(_ spec: Value, _ annotations: StringMap) -> [AdmissionError] {
        traffic(spec) + RolloutSteps.check(spec["rollout"], annotations, at: ["spec", "rollout"])
    }

    private static func traffic(_ spec: Value) -> [AdmissionError] {
        var errors: [AdmissionError] = []
        let canonical = spec["rollout"]?["traffic"]
        let alias = spec["traffic"]
        if let canonical, let alias, canonical != alias {
            let text = "the route must not set both spec.traffic and spec.rollout.traffic"
            errors.append(AdmissionError(text, "keep one of them", at: ["spec", "traffic"]))
            return errors
        }
        if alias != nil, canonical == nil, RolloutSteps(spec["rollout"]) != nil {
            let text = "the route must set spec.rollout.traffic, not spec.traffic, beside steps"
            return [AdmissionError(text, "move the targets below spec.rollout", at: ["spec", "traffic"])]
        }
        let path: FieldPath = canonical == nil ? ["spec", "traffic"] : ["spec", "rollout", "traffic"]
        guard let targets = (canonical ?? alias)?.list else { return [] }
        for (index, target) in targets.enumerated() {
            let place = path.appending(.item(index))
            if target["revisionName"].isZero == target["configurationName"].isZero {
                let text = "the route must have exactly one of revisionName or configurationName in traffic field"
                let advice = target["revisionName"].isZero ? "add one of them" : "remove one of them"
                errors.append(AdmissionError(text, advice, at: place))
            }
            if let percent = target["percent"]?.int, percent < 0 {
                let text = "the route cannot have a negative traffic percent"
                errors.append(AdmissionError(text, "choose 0 to 100", at: place.appending(key: "percent")))
            }
        }
        return errors + sum(targets, path) + uniqueness(targets, path)
    }

    private static func sum(_ targets: [Value], _ path: FieldPath) -> [AdmissionError] {
        var sum = 0
        for percent in targets.compactMap({ $0["percent"]?.int }) {
            // Numbers of a manifest may be as large as they like; a sum that overflows is not 100 either.
            let (total, hasOverflown) = sum.addingReportingOverflow(percent)
            sum = hasOverflown ? .max : total
        }
        guard sum != 100 else { return [] }
        let advice =
            targets.isEmpty ? "add a target, or remove the empty list" : "it is \(sum) now, change the percents"
        return [AdmissionError("the route must have traffic percent sum equal to 100", advice, at: path)]
    }

    private static func uniqueness(_ targets: [Value], _ path: FieldPath) -> [AdmissionError] {
        var named: [String: Value] = [:]
        for (index, target) in targets.enumerated() {
            guard let name = target["name"]?.string, !name.isEmpty else { continue }
            let destination: Value = [
                "revision": target["revisionName"] ?? .null, "configuration": target["configurationName"] ?? .null,
            ]
            if let first = named[name], first != destination {
                let advice = "\"\(name)\" names another target before, rename one"
                let place = path.appending(.item(index)).appending(key: "name")
                return [AdmissionError("the traffic targets must be unique", advice, at: place)]
            }
            named[name] = destination
        }
        return []
    }
}
