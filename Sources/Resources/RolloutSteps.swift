public import YAML

/// The steps in which an author wants traffic to move to a newer Revision: our extension of a Route's `rollout` and of a
/// Service's mode.
///
/// `steps: [5, 25, 50]` moves 5, then 25, then 50 percent of a target's traffic, and then all of it, with `interval`
/// between any two. The interval alone goes with the usual steps of a quarter.
public struct RolloutSteps: Hashable, Sendable {
    /// How many percent of a target's traffic have moved after each step but the last; nil for the usual ones.
    public let percents: [Int]?
    /// The time between two steps; nil for the usual one.
    public let interval: Duration?

    /// Reads an admitted `rollout`; nil where it says nothing of steps.
    public init?(_ rollout: Value?) {
        percents = rollout?["steps"]?.list.map { $0.compactMap(\.int) }
        interval = rollout?["interval"]?.string.flatMap { Duration(go: $0) }.map { .milliseconds($0.wholeMilliseconds) }
        if percents == nil, interval == nil { return nil }
    }
}

extension RolloutSteps {
    /// The rollout with these steps, in the order of the field table.
    func added(to rollout: Map) -> Map {
        var rollout = rollout
        rollout["steps"] = percents.map { .list($0.map(Value.int)) }
        rollout["interval"] = interval.map { .string($0.goText) }
        return rollout
    }

    /// The admission rules.
    ///
    /// - Parameters:
    ///   - rollout: the `rollout` of a Route or of a Service's mode.
    ///   - annotations: the object's, which may say the same in another way.
    static func check(_ rollout: Value?, _ annotations: StringMap, at path: FieldPath) -> [AdmissionError] {
        guard let rollout, rollout["steps"] != nil || rollout["interval"] != nil else { return [] }
        var errors: [AdmissionError] = []
        let place = path.appending(key: "steps")
        if let steps = rollout["steps"]?.list {
            if steps.isEmpty {
                errors.append(
                    AdmissionError("the rollout has no steps", "write percents, as in [5, 25, 50]", at: place)
                )
            }
            var before = 0
            for (index, step) in steps.enumerated() {
                guard let percent = step.int else { continue }
                let item = place.appending(.item(index))
                if !(1...99).contains(percent) {
                    errors.append(
                        AdmissionError(
                            "expected 1 <= \(percent) <= 99: steps",
                            "choose a number in that range; all traffic moves after the last step",
                            at: item
                        )
                    )
                } else if percent <= before {
                    let advice = "each percent counts from the start of the rollout, write more than \(before)"
                    errors.append(AdmissionError("the rollout steps must ascend", advice, at: item))
                }
                before = max(before, percent)
            }
        }
        errors += interval(rollout["interval"]?.string, at: path.appending(key: "interval"))
        if let annotation = RolloutDuration.key(in: annotations) {
            let text = "the rollout must not have both steps and the annotation \(annotation)"
            errors.append(AdmissionError(text, "keep one of them", at: path))
        }
        return errors
    }

    private static func interval(_ text: String?, at path: FieldPath) -> [AdmissionError] {
        guard let text else { return [] }
        guard let interval = Duration(go: text) else {
            return [AdmissionError("invalid value: \(text): interval", "write it as in 90s or 1h30m", at: path)]
        }
        guard interval.wholeMilliseconds > 0 else {
            let advice =
                "for all traffic at once leave the steps out, and set the annotation elafros.dev/rolloutDuration: 0s"
            return [AdmissionError("interval=\(text) must be positive", advice, at: path)]
        }
        return []
    }
}
