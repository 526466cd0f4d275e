public import YAML

/// How many instances a Revision may have, as annotations of its template say (specification §15.3).
///
/// Kept on the workload, for whichever runtime scales.
public struct ScaleBounds: Hashable, Sendable {
    /// At least so many at any time; nil for the runtime's own way.
    public let min: Int?
    /// At most so many; 0 for no limit.
    public let max: Int?
    /// So many before the Revision is ready.
    public let initial: Int?

    /// Reads admitted annotations; nil where they say nothing of this.
    public init?(_ annotations: StringMap) {
        guard annotations.entries.contains(where: { $0.key.hasPrefix(Labels.autoscalingPrefix) }) else { return nil }
        func number(_ bound: Bound) -> Int? { bound.given(in: annotations).first.flatMap { Int($0.text) } }
        min = number(.min)
        max = number(.max)
        initial = number(.initial)
        if min == nil, max == nil, initial == nil { return nil }
    }

    /// As a workload's spec keeps it.
    public var value: Value {
        var map = Map()
        map["min"] = min.map(Value.int)
        map["max"] = max.map(Value.int)
        map["initial"] = initial.map(Value.int)
        return .map(map)
    }
}

extension ScaleBounds {
    /// A bound by its annotation, the usual spelling first.
    private enum Bound: String, CaseIterable {
        case min = "min-scale"
        case max = "max-scale"
        case initial = "initial-scale"

        /// What annotations say of it: each spelling that is there.
        func given(in annotations: StringMap) -> [(key: String, text: String)] {
            let older = "\(self)Scale"
            return [rawValue, older].compactMap { name in
                let key = Labels.autoscalingPrefix + name
                return annotations[key].map { (key, $0) }
            }
        }

        /// The least that may be written: a new Revision starts at least one instance before it may become ready.
        var least: Int { self == .initial ? 1 : 0 }
    }

    /// The admission rules of a template's annotations.
    static func check(_ annotations: StringMap, at path: FieldPath) -> [AdmissionError] {
        guard annotations.entries.contains(where: { $0.key.hasPrefix(Labels.autoscalingPrefix) }) else { return [] }
        var errors: [AdmissionError] = []
        for bound in Bound.allCases {
            let given = bound.given(in: annotations)
            for (key, text) in given {
                let place = path.appending(key: key)
                guard let number = Int(text) else {
                    errors.append(AdmissionError("invalid value: \(text): \(key)", "write a whole number", at: place))
                    continue
                }
                if number < bound.least || number > Int(Int32.max) {
                    let text = "expected \(bound.least) <= \(number) <= \(Int32.max): \(key)"
                    errors.append(AdmissionError(text, "choose a number in that range", at: place))
                }
            }
            if given.count == 2, given[0].text != given[1].text {
                let text = "\(given[0].key) and \(given[1].key) are one annotation, with different values"
                errors.append(AdmissionError(text, "keep the first", at: path.appending(key: given[1].key)))
            }
        }
        guard errors.isEmpty, let bounds = ScaleBounds(annotations), let max = bounds.max, max > 0 else {
            return errors
        }
        let place = path.appending(key: Bound.max.given(in: annotations).first?.key ?? "")
        if let min = bounds.min, min > max {
            let text = "max-scale=\(max) is less than min-scale=\(min)"
            errors.append(AdmissionError(text, "raise the one or lower the other; 0 is no limit", at: place))
        }
        return errors
    }

    /// The admission rule of a Service's or Configuration's own annotations: there they would do nothing.
    static func checkMisplaced(_ annotations: StringMap) -> [AdmissionError] {
        annotations.entries.filter { $0.key.hasPrefix(Labels.autoscalingPrefix) }.map { entry in
            AdmissionError(
                "autoscaling annotations must be put under the template's metadata.annotations to work",
                "move \"\(entry.key)\" there",
                at: ["metadata", "annotations", entry.key]
            )
        }
    }
}
