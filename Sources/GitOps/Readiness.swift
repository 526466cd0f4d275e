public import Resources
public import Store
internal import Engine
internal import Git
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
            message: isReady ? nil : verdict.message,
            advice: Self.unblocking(object, in: state)
        )
    }

    /// How to get rid of what stands where a Service's own children belong, as after `delete --cascade orphan`: nobody
    /// takes it over (specification §1.7), so that the Service waits for somebody who does this.
    private static func unblocking(_ service: Object, in state: State) -> String? {
        let blockers = Verdict.blockers(of: service, in: state)
        guard !blockers.isEmpty else { return nil }
        let handmade = blockers.filter { $0.origin == nil }
        var ways = blockers.compactMap { blocker in
            blocker.origin.map { "remove or rename the \(blocker.kind.name) in \(GitPath($0.path))" }
        }
        if !handmade.isEmpty {
            let words = handmade.map { "\($0.kind.name.lowercased())/\($0.metadata.name)" }.joined(separator: " ")
            let namespace = service.metadata.namespace == "default" ? "" : " -n \(service.metadata.namespace)"
            ways.append("`elafros delete \(words)\(namespace)` removes what is not from git")
        }
        return ways.joined(separator: "; ") + "; or rename the Service"
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

extension Object {
    /// Whether a Sync has been applied whole, and all that it gave came to rest ready: what others that depend on it wait for.
    public var isSyncedAndReady: Bool {
        let status = syncStatus
        return status.commit != nil && status.refusal == nil && status.heldBack == 0 && status.pruneRefused == 0
            && status.waves.waiting == 0
            && Troubles(of: self).keys.isEmpty
    }
}
