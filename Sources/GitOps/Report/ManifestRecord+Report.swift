internal import Resources
internal import Store
internal import YAML

extension ManifestRecord {
    /// Where the record stands in a report: with the least of the objects that it gave and that are there, or, with none,
    /// in a file of its own.
    ///
    /// So nearly every record costs no file, and a change of one document in a file of a hundred rewrites that document's
    /// report and at most one more.
    func home(in state: State) -> Key? {
        documents.lazy.filter { $0.outcome == .applied }.compactMap(\.key).filter { key in
            state[key]?.origin.map(gave) ?? false
        }.min()
    }

    private func gave(_ origin: Origin) -> Bool { origin.sync == sync && origin.path == path }

    /// The line of the document that gave an object.
    func line(of key: Key) -> Int? {
        documents.first { $0.key == key && $0.outcome == .applied }?.position?.line
    }
}
