internal import Resources
internal import Store
internal import YAML

/// Holding back what broken files gave before: nobody can know that they do not name it any more.
extension Planner {
    /// Holds back what a file gave the last time that it could be read, and may name still. What a document that was read
    /// names has moved there, be it read now or before.
    ///
    /// - Parameter giver: the file that gave it, where that is another one: then it is worth saying that it stays.
    mutating func keep(_ documents: [ManifestRecord.Document], in indices: [Int], from giver: String? = nil) {
        for document in documents {
            guard let key = document.key, claims[key] == nil, !isReadElsewhere(key) else { continue }
            for index in indices {
                claims[key, default: []].append(Place(record: index, document: records[index].documents.count))
                let stays = giver.map { giver in
                    "\(key) may have moved here from \(giver); it stays live until this file is mended"
                }
                records[index].documents.append(
                    ManifestRecord.Document(
                        position: giver == nil ? document.position : nil,
                        key: key,
                        outcome: .heldBack(.unreadable),
                        messages: stays.map { [Diagnostic(.note, at: nil, $0)] } ?? []
                    )
                )
            }
        }
    }

    /// Whether a document names the object that was read before, in a file that did not change.
    private func isReadElsewhere(_ key: Key) -> Bool {
        untouchedClaims(on: key).contains { path in
            record(path)?.documents.contains { $0.key == key && $0.outcome != .heldBack(.unreadable) } ?? false
        }
    }

    /// Has broken files let go of what they kept and a file that was read names: it has moved there.
    mutating func yieldKept() {
        guard status.heldBack > 0 else { return }
        for key in claims.keys.sorted() {
            for path in untouchedClaims(on: key) {
                guard var record = refreshed[path] ?? record(path) else { continue }
                let count = record.documents.count
                record.documents.removeAll { $0.key == key && $0.outcome == .heldBack(.unreadable) }
                if record.documents.count < count { refreshed[path] = record }
            }
        }
    }

    /// Holds back what files that are gone gave, while a broken file may be what became of them.
    mutating func handOver(_ gone: [ManifestRecord]) {
        handOver(gone, to: records.indices.filter { input.readings[$0].isBroken })
    }

    /// Holds back what files gave that are there and give it no more, while a broken file that is new may hold it: documents
    /// were moved into a file of their own.
    mutating func handOverDropped() {
        let new = records.indices.filter { input.readings[$0].isBroken && record(records[$0].path) == nil }
        guard !new.isEmpty else { return }
        handOver(records.compactMap { record($0.path) }, to: new)
    }

    private mutating func handOver(_ givers: [ManifestRecord], to broken: [Int]) {
        guard !broken.isEmpty else { return }
        for old in givers {
            let documents = old.documents.filter { document in
                guard let key = document.key else { return false }
                return state[key]?.origin?.sync == sync && claims[key] == nil && untouchedClaims(on: key).isEmpty
            }
            guard !documents.isEmpty else { continue }
            keep(documents, in: heirs(of: old, among: broken), from: old.shownPath)
        }
    }

    /// The broken files that a file may have become: those of the same content, else those of the same name in another
    /// folder, else any of them. All of them then keep what it gave, until the last is mended.
    private func heirs(of old: ManifestRecord, among broken: [Int]) -> [Int] {
        let name = old.path.split(separator: "/").last
        let equal = broken.filter { records[$0].blob == old.blob }
        let namesakes = broken.filter { records[$0].path.split(separator: "/").last == name }
        return [equal, namesakes, broken].first { !$0.isEmpty } ?? []
    }
}
