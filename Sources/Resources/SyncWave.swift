internal import YAML

/// In which wave of a sync an object from git is applied, as an annotation says: `elafros.dev/sync-wave: "-1"`.
///
/// Waves go in ascending order, each when what the ones before it changed is ready. What names none is in wave 0.
public enum SyncWave {
    /// The wave of those annotations; 0 where they name none, and where what they name is no wave, which admission refuses.
    public static func number(in annotations: StringMap) -> Int {
        annotations[Labels.syncWave].flatMap(read) ?? 0
    }

    /// The admission rule.
    static func check(_ annotations: StringMap) -> [AdmissionError] {
        guard let text = annotations[Labels.syncWave], read(text) == nil else { return [] }
        let advice = "write a whole number between quotes, as \"1\" or \"-1\""
        return [
            AdmissionError(
                "invalid value: \(text): sync-wave",
                advice,
                at: ["metadata", "annotations", Labels.syncWave]
            )
        ]
    }

    private static func read(_ text: String) -> Int? { Int32(text).map(Int.init) }
}

extension Object {
    /// The wave in which git has the object; of one that is not from git, what its own annotation says.
    public var syncWave: Int {
        guard let origin else { return SyncWave.number(in: metadata.annotations) }
        return SyncWave.number(in: StringMap(origin.lastApplied["metadata"]?["annotations"]))
    }
}
