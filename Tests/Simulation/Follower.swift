import Engine
import Resources
import Store
import YAML

/// Follows a store by its watch alone, as a gateway does, and checks each change as it comes.
///
/// What it holds after a batch is what the store published, or an event was lost.
struct Follower {
    private(set) var objects: [Key: Object] = [:]
    private var version: Int
    /// The Revision of each generation of each Configuration, for as long as the seed lives.
    private var revisions: [String: String]
    /// The names of what lost its owner and was left there.
    private(set) var orphans: Set<String>

    /// What is going on while the events come.
    struct Context {
        /// The Sync that runs; nil where none does.
        var sync: String?
        /// The objects whose files are broken or doubled: they stay as they are.
        var heldBack: Set<Key> = []
        /// Whether the state may be rebuilt from a report, with splits that give traffic to what has failed since.
        var isRebuilding = false
        /// Whether people edit and delete meanwhile.
        var isAnythingTouched = false
        /// Whether old Revisions may go.
        var keepsFewRevisions = false
    }

    /// Begins with a state; `earlier` remembers what came before a restart.
    init(_ state: State, after earlier: Follower?) {
        version = state.version
        revisions = earlier?.revisions ?? [:]
        orphans = earlier?.orphans ?? []
        for kind in Kind.allCases {
            for key in state.keys(kind) { objects[key] = state[key] }
        }
        // Who dies as he makes them tells nobody of it. Nobody makes such without an owner.
        for kind in [Kind.configuration, .route] {
            for key in state.keys(kind) where state[key]?.metadata.controller == nil { orphans.insert(key.name) }
        }
    }

    /// Takes the events of one transaction, and says what is wrong with them.
    mutating func follow(_ events: [Event], _ context: Context) -> [String] {
        var faults: [String] = []
        for event in events {
            if event.version != version + 1 { faults.append("watch: version \(event.version) follows \(version)") }
            version = event.version
            if event.old?.metadata.resourceVersion != objects[event.key]?.metadata.resourceVersion {
                faults.append("watch: \(event.key) changed from another version than the last that was told")
            }
            faults += check(event, context)
            if let old = event.old, old.metadata.controller != nil, let new = event.new, new.metadata.controller == nil
            {
                orphans.insert(new.metadata.name)
            }
            objects[event.key] = event.new
            if event.key.kind == .split, event.old == nil { continue }
            faults += checkAfter(event)
        }
        // What is rebuilt from a report comes in the order of keys: a split before the Revisions that it leads to.
        for event in events where event.key.kind == .split && event.old == nil && !context.isRebuilding {
            faults += checkAfter(event)
        }
        return faults
    }

    /// Whether what was told is what is published.
    func faults(against state: State) -> [String] {
        var count = 0
        var faults: [String] = []
        for kind in Kind.allCases {
            for key in state.keys(kind) {
                count += 1
                if objects[key]?.metadata.resourceVersion != state[key]?.metadata.resourceVersion {
                    faults.append("watch: what was told of \(key) is not what is published")
                }
            }
        }
        if count != objects.count {
            faults.append("watch: \(objects.count) objects were told of, and there are \(count)")
        }
        return faults
    }

    // MARK: One change

    private func check(_ event: Event, _ context: Context) -> [String] {
        var faults: [String] = []
        if let old = event.old, let new = event.new {
            if old.metadata.uid != new.metadata.uid { faults.append("uid: \(event.key) has another") }
            let isSame = Schema.isSameSpec(event.key.kind, old.spec, new.spec)
            let expected = old.metadata.generation + (isSame ? 0 : 1)
            if new.metadata.generation != expected {
                faults.append(
                    "generation: \(event.key) went from \(old.metadata.generation) to \(new.metadata.generation)"
                )
            }
            if context.heldBack.contains(event.key), !isSame, !context.isAnythingTouched {
                faults.append("held back: the spec of \(event.key) changed")
            }
        }
        if let new = event.new, new.status.observedGeneration > new.metadata.generation {
            faults.append("observedGeneration: \(event.key) observed what is still to come")
        }
        if let old = event.old, let new = event.new, new.kind == .revision, Self.isRetired(new), !Self.isRetired(old),
            let split = splitOf(new)
        {
            faults.append("retired: \(new.key), though \(split) leads to it")
        }
        faults += checkRelease(event)
        if let old = event.old, event.new == nil { faults += checkGone(old, context) }
        return faults
    }

    private func checkGone(_ old: Object, _ context: Context) -> [String] {
        var faults: [String] = []
        let isByHand = context.isAnythingTouched
        if let sync = context.sync, let origin = old.origin, !isByHand {
            if origin.sync != sync, !isPruned(old.key, byWaveOf: origin.sync) {
                faults.append("prune: Sync \(sync) deleted \(old.key), which is Sync \(origin.sync)'s")
            }
            if context.heldBack.contains(old.key) { faults.append("prune: \(old.key) went while its file is broken") }
        }
        if context.sync != nil, old.kind == .service, old.origin == nil, !isByHand {
            faults.append("prune: \(old.key) was nobody's, and went")
        }
        if old.kind == .revision, !isByHand, let owner = old.controllerKey.flatMap({ objects[$0] }),
            old.isControlled(by: owner), let reason = reasonToStay(old, owner, context)
        {
            faults.append("removal: \(old.key) went though \(reason)")
        }
        return faults
    }

    /// Whether an object waits for its end: its Sync's turn may come while another Sync runs.
    private func isPruned(_ key: Key, byWaveOf sync: String) -> Bool {
        objects.values.filter { $0.kind == .wave && $0.metadata.namespace == sync }.map(Wave.init)
            .flatMap(\.changes).contains(.prune(key))
    }

    /// A wave goes when all that it waits for is ready. What a newer plan takes away is no release.
    private func checkRelease(_ event: Event) -> [String] {
        guard event.key.kind == .sync, let old = event.old?.syncStatus, let new = event.new?.syncStatus,
            old.commit == new.commit, old.waves.planned == new.waves.planned, new.waves.waiting < old.waves.waiting,
            let wave = objects.values.filter({ $0.kind == .wave && $0.metadata.namespace == event.key.name })
                .map(Wave.init).min(by: { $0.turn < $1.turn })
        else { return [] }
        return wave.waitsFor.filter { !isReady(objects[$0]) }.map { key in
            "waves: wave \(wave.number) went before \(key) was ready"
        }
    }

    private func isReady(_ service: Object?) -> Bool {
        guard let service else { return false }
        let conditions = service.status.conditions
        let isReady = conditions.isTrue("Ready") || conditions["Ready"]?.reason == "Manual"
        return isReady && !conditions.isFalse("LatestRevisionReady")
            && service.status.observedGeneration == service.metadata.generation
    }

    /// Why a Revision whose owner is there may not go.
    private func reasonToStay(_ revision: Object, _ owner: Object, _ context: Context) -> String? {
        guard context.keepsFewRevisions else { return "its owner is there" }
        let (name, status) = (revision.metadata.name, owner.configurationStatus)
        if name == status.latestCreatedRevisionName { return "it is the newest" }
        if name == status.latestReadyRevisionName { return "it is the newest that is ready" }
        return splitOf(revision).map { "\($0) leads to it" }
    }

    /// The split that leads to a Revision, be it with no request.
    private func splitOf(_ revision: Object) -> Key? {
        let name = revision.metadata.name
        return objects.first { key, object in
            guard key.kind == .split, key.namespace == revision.key.namespace else { return false }
            let isReached = object.spec["reached"]?.list?.contains { $0["name"]?.string == name } ?? false
            return isReached || Self.shares(object).contains { $0.revision == name }
        }?.key
    }

    private static func isRetired(_ revision: Object) -> Bool { revision.spec["servingState"]?.string == "Retired" }

    private mutating func checkAfter(_ event: Event) -> [String] {
        guard let new = event.new else { return [] }
        switch new.kind {
        case .split: return splitFaults(event.old, new)
        case .route:
            let status = new.routeStatus
            let sum = status.traffic.reduce(0) { $0 + $1.percent }
            guard sum != 100, !new.routeSpec.targets.isEmpty, let ready = status.conditions["Ready"] else { return [] }
            if ready.status == .true { return ["percents: \(new.key) is Ready with \(sum) %"] }
            return ready.reason == nil ? ["percents: \(new.key) has \(sum) % and does not say why"] : []
        case .revision where event.old == nil:
            guard let controller = new.metadata.controller,
                let generation = new.metadata.annotations[Labels.configurationGeneration]
            else { return [] }
            let place = "\(controller.uid) \(generation)"
            let first = revisions[place]
            revisions[place] = first ?? new.metadata.name
            return first.map { $0 == new.metadata.name } ?? true
                ? [] : ["revisions: \(new.key) is the second of \(controller.name), generation \(generation)"]
        default: return []
        }
    }

    private func splitFaults(_ old: Object?, _ new: Object) -> [String] {
        let (before, after) = (Self.shares(old), Self.shares(new))
        var faults: [String] = []
        let sum = after.reduce(0) { $0 + $1.percent }
        if sum != 0, sum != 100 { faults.append("percents: the data plane of \(new.key) divides \(sum) %") }
        for (revision, percent) in after {
            let had = before.first { $0.revision == revision }?.percent ?? 0
            let isReady =
                objects[new.key.sibling(.revision, revision)]?.revisionStatus.conditions.isTrue("Ready") ?? false
            if percent > had, !isReady { faults.append("traffic: \(new.key) moved to \(revision), which is not ready") }
        }
        return faults
    }

    private static func shares(_ split: Object?) -> [(revision: String, percent: Int)] {
        (split?.spec["main"]?.list ?? []).map { ($0["revisionName"]?.string ?? "", $0["percent"]?.int ?? 0) }
    }
}
