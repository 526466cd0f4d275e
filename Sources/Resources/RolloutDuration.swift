/// How long a rollout takes, as an annotation of a Service or Route says (specification §5.5).
public enum RolloutDuration {
    /// The annotation's whole seconds; nil where none is set, and where it is no duration, which admission refuses.
    public static func seconds(in annotations: StringMap) -> Int? {
        guard let (_, text) = annotation(annotations), case .success(let seconds) = read(text) else { return nil }
        return seconds
    }

    /// The admission rule.
    static func check(_ annotations: StringMap) -> [AdmissionError] {
        guard let (key, text) = annotation(annotations), case .failure(let refusal) = read(text) else { return [] }
        return [AdmissionError(refusal.text, refusal.advice, at: ["metadata", "annotations", key])]
    }

    /// The annotation that says how long a rollout takes, in whichever spelling; nil where none does.
    static func key(in annotations: StringMap) -> String? { annotation(annotations)?.key }

    private struct Refusal: Error {
        let text: String
        let advice: String
    }

    /// Ours, else Knative's; an empty one says nothing.
    private static func annotation(_ annotations: StringMap) -> (key: String, text: String)? {
        guard !annotations.isEmpty else { return nil }
        for key in [Labels.rolloutDuration, Labels.knativeRolloutDuration] {
            if let text = annotations[key], !text.isEmpty { return (key, text) }
        }
        return nil
    }

    private static func read(_ text: String) -> Result<Int, Refusal> {
        guard let duration = Duration(go: text) else {
            return .failure(
                Refusal(text: "invalid value: \(text): rollout-duration", advice: "write it as in 90s or 1h30m")
            )
        }
        guard duration.components.attoseconds == 0 else {
            let text = "rollout-duration=\(text) is not at second precision"
            return .failure(Refusal(text: text, advice: "write whole seconds, as in 90s"))
        }
        guard duration >= .zero else {
            let text = "rollout-duration=\(text) must be positive"
            return .failure(Refusal(text: text, advice: "write 0s to move all traffic at once"))
        }
        return .success(Int(duration.components.seconds))
    }
}
