public import Resources
public import Store
internal import YAML

extension Readiness {
    /// How objects fare, in the order of `keys`; those that are gone are left out.
    static func of(_ keys: [Key], in state: State) -> [Readiness] {
        keys.compactMap { key in state[key].map { Readiness($0, in: state) } }
    }

    /// How an object fares, by its own conditions and those of its children where they know more.
    public init(_ object: Object, in state: State) {
        let verdict = Verdict(object, in: state)
        let isReady = verdict.state == .ready
        self.init(
            key: object.key,
            standing: Standing(verdict.state),
            reason: isReady ? nil : verdict.reason,
            message: isReady ? nil : verdict.message
        )
    }

    /// Whether all of them are ready, or wait for a builder that nobody expects: what is due then is housekeeping.
    static func isSettled(_ keys: Set<Key>, in state: State) -> Bool {
        keys.allSatisfy { key in
            guard let object = state[key] else { return true }
            let verdict = Verdict(object, in: state)
            return verdict.state == .ready || verdict.state == .waitingForBuilder
        }
    }
}

extension Readiness.Standing {
    fileprivate init(_ state: Verdict.State) {
        self =
            switch state {
            case .ready: .ready
            case .rollingOut: .rollingOut
            case .starting: .starting
            case .waitingForBuilder: .waitingForBuilder
            case .failed: .failed
            }
    }
}

/// The objects of a Sync that were not ready when it last came to rest.
///
/// Kept as an annotation of the Sync, whose row is read first: so a run with nothing new knows that something is still
/// wrong without reading a single object.
struct Troubles {
    private static let annotation = "gitops.elafros.dev/not-ready"

    /// The objects, ascending.
    let keys: [Key]

    init(_ keys: [Key]) { self.keys = keys }

    /// Those that a Sync remembers.
    init(of sync: Object?) {
        let lines = sync?.metadata.annotations[Self.annotation]?.split(separator: "\n") ?? []
        keys = lines.compactMap { Key(path: $0) }
    }

    /// The Sync with these remembered, or nil where they are remembered already.
    func written(to sync: Object?) -> Object? {
        guard let sync else { return nil }
        let text = keys.isEmpty ? nil : keys.map(\.path).joined(separator: "\n")
        guard sync.metadata.annotations[Self.annotation] != text else { return nil }
        var metadata = sync.metadata
        metadata.annotations[Self.annotation] = text
        return sync.with(metadata: metadata, origin: nil)
    }
}
