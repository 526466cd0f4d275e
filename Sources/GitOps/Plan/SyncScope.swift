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

    /// Whether it may touch that object. A Sync is in no namespace.
    func holds(_ key: Key) -> Bool {
        (key.kind == .sync || holds(namespace: key.namespace)) && holds(kind: key.kind)
    }

    /// Whether it may touch anything in that namespace.
    func holds(namespace: String) -> Bool { namespaces?.contains(namespace) ?? true }

    /// Whether it may touch objects of that kind.
    func holds(kind: Kind) -> Bool { kinds?.contains(kind) ?? true }

    /// Why it may not, and what to do; nothing where it may.
    func refusals(of key: Key) -> [String] {
        var messages: [String] = []
        if key.kind != .sync, !holds(namespace: key.namespace) {
            messages.append("\(refusal(of: key.namespace)); move the manifest, or widen spec.namespaces")
        }
        if !holds(kind: key.kind) {
            messages.append("\(refusal(of: key.kind)); move the manifest, or widen spec.kinds")
        }
        return messages
    }

    /// That it may not touch a namespace.
    func refusal(of namespace: String) -> String {
        "namespace \(namespace) is not among those \(allowed(namespaces ?? []))"
    }

    /// That it may not touch a kind.
    func refusal(of kind: Kind) -> String {
        "kind \(kind.name) is not among those \(allowed((kinds ?? []).map(\.name)))"
    }

    private func allowed(_ names: [String]) -> String {
        "that Sync \(sync) may touch (\(names.isEmpty ? "none" : names.joined(separator: ", ")))"
    }
}
