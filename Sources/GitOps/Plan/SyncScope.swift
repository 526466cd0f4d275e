internal import Resources
internal import YAML

/// Which objects a Sync may touch.
struct SyncScope: Sendable {
    private let sync: String
    private let namespaces: [String]?
    private let kinds: [Kind]?

    init(_ options: SyncOptions) {
        sync = options.name
        namespaces = options.namespaces
        kinds = options.kinds
    }

    /// That of a Sync that is there; everything where there is none.
    init(of sync: Object?) {
        self.sync = sync?.metadata.name ?? ""
        namespaces = sync?.spec["namespaces"]?.list?.compactMap(\.string)
        kinds = sync?.spec["kinds"]?.list?.compactMap { $0.string.flatMap(Kind.init(manifestName:)) }
    }

    /// Whether it may touch that object.
    func holds(_ key: Key) -> Bool {
        (namespaces?.contains(key.namespace) ?? true) && (kinds?.contains(key.kind) ?? true)
    }

    /// Why it may not, and what to do; nothing where it may.
    func refusals(of key: Key) -> [String] {
        var messages: [String] = []
        if let namespaces, !namespaces.contains(key.namespace) {
            let what = "namespace \(key.namespace) is not among those"
            messages.append("\(what) \(allowed(namespaces)); move the manifest, or widen spec.namespaces")
        }
        if let kinds, !kinds.contains(key.kind) {
            let what = "kind \(key.kind.name) is not among those"
            messages.append("\(what) \(allowed(kinds.map(\.name))); move the manifest, or widen spec.kinds")
        }
        return messages
    }

    private func allowed(_ names: [String]) -> String {
        "that Sync \(sync) may touch (\(names.isEmpty ? "none" : names.joined(separator: ", ")))"
    }
}
