internal import Resources
internal import Store
internal import YAML

extension State {
    /// Where another Sync names an object, and holds it back because it is that one's: then it is handed over, with what git
    /// said of it last, so that the heir knows which of its fields are nobody's any more.
    ///
    /// - Parameters:
    ///   - sync: whose it is.
    ///   - commit: what the heir is said to have applied, where it applied nothing yet; in hex.
    func heir(to object: Object, of sync: String, commit: String) -> Origin? {
        for referrer in referrers(of: object.key) where referrer.kind == .manifestFile {
            guard referrer.namespace != sync, let record = self[referrer].map(ManifestRecord.init) else { continue }
            let document = record.documents.first { $0.key == object.key && $0.outcome == .heldBack(.conflict) }
            guard let document else { continue }
            return Origin(
                sync: record.sync,
                path: record.path,
                line: document.position?.line ?? 1,
                commit: self[Key(.sync, "", record.sync)]?.syncStatus.commit ?? commit,
                lastApplied: object.origin?.lastApplied ?? .map([:])
            )
        }
        return nil
    }
}
