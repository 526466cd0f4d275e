public import Resources
internal import Store

/// What happened when, as people follow a deployment: counted from its start, the same however often it is run.
public struct Timeline: Hashable, Sendable {
    /// What happened, by offset, then what others depend on before those (Revisions, Routes, Services), then key, then in
    /// the order of `What`'s cases.
    public private(set) var entries: [Entry] = []

    /// One thing that happened to one object.
    public struct Entry: Hashable, Sendable {
        /// Time since the start.
        public let offset: Duration
        /// To what.
        public let key: Key
        /// What.
        public let what: What
    }

    /// What can happen.
    public enum What: Hashable, Sendable {
        /// A Revision was created.
        case created
        /// A Build was begun.
        case building
        /// A Build ended well.
        case built
        /// An object became ready: a Revision for traffic, a Service or Route after it was not.
        case ready
        /// A Revision, a Configuration's newest Revision or a Build failed: reason and message.
        case failed(reason: String, message: String)
        /// A Route divides its traffic like this from now on.
        case traffic([TrafficShare])
        /// A Route cannot assign its traffic: it shows these shares, and requests go where they went.
        case blocked([TrafficShare])
        /// All of a Route's traffic is where it should be: its rollout, if there was one, is done.
        case done
        /// An object was deleted.
        case deleted
        /// A wave of a Sync was let go: all that it changes, in one transaction.
        case wave(Int)
    }

    /// Nothing yet.
    public init() {}

    /// Adds what became of the objects between two moments. Looking only at the ends of an instant, and not at what went
    /// on within it, makes the timeline independent of the order of reconciling.
    package mutating func note(_ changes: [(key: Key, old: Object?, new: Object?)], at offset: Duration) {
        for (key, old, new) in changes.sorted(by: { ($0.key.kind.rank, $0.key) < ($1.key.kind.rank, $1.key) }) {
            for what in Self.happenings(key, old, new) {
                entries.append(Entry(offset: offset, key: key, what: what))
            }
        }
    }

    /// Whether anything is told of objects of a kind.
    static func tells(of kind: Kind) -> Bool {
        switch kind {
        case .build, .revision, .route, .service, .sync: true
        case .configuration, .buildTemplate, .workload, .split, .manifestFile, .appliedCommit, .wave: false
        }
    }

    private static func happenings(_ key: Key, _ old: Object?, _ new: Object?) -> [What] {
        guard let new else {
            return key.kind == .revision || key.kind == .route || key.kind == .service ? [.deleted] : []
        }
        var result: [What] = []
        let (before, after) = (old?.status.conditions ?? Conditions(), new.status.conditions)
        func became(_ type: String) -> Bool { after.isTrue(type) && !before.isTrue(type) }
        switch key.kind {
        case .build:
            if new.buildStatus.startTime != nil, old?.buildStatus.startTime == nil { result.append(.building) }
            if became("Succeeded") { result.append(.built) }
            if after.isFalse("Succeeded"), !before.isFalse("Succeeded") { result.append(failure(after["Succeeded"])) }
        case .revision:
            if old == nil { result.append(.created) }
            if became("Ready") { result.append(.ready) }
            if new.isFailedRevision, !(old?.isFailedRevision ?? false) { result.append(failure(after["Ready"])) }
        case .route:
            let (was, now) = (old?.routeStatus.traffic ?? [], new.routeStatus.traffic)
            let (wasBlocked, isBlocked) = (!before.isTrue("AllTrafficAssigned"), !after.isTrue("AllTrafficAssigned"))
            if now != was || wasBlocked != isBlocked && !was.isEmpty {
                result.append(isBlocked ? .blocked(now) : .traffic(now))
            }
            if became("Ready") { result.append(.done) }
        case .service:
            if became("Ready") { result.append(.ready) }
            if after.isFalse("LatestRevisionReady"), !before.isFalse("LatestRevisionReady") {
                result.append(failure(after["LatestRevisionReady"]))
            }
        case .sync:
            let (was, now) = (old?.syncStatus.waves ?? .init(), new.syncStatus.waves)
            let known = was.planned == now.planned ? was.released.count : 0
            result += now.released.dropFirst(known).map(What.wave)
        default: break
        }
        return result
    }

    private static func failure(_ condition: Condition?) -> What {
        .failed(reason: condition?.reason ?? "", message: condition?.message ?? "")
    }
}

extension Timeline: CustomStringConvertible {
    /// A line for each entry: `+1.0s Revision default/shop-00002 ready`.
    public var description: String {
        entries.map { entry in
            let milliseconds = entry.offset.wholeMilliseconds
            let text = "+\(milliseconds / 1_000).\(milliseconds % 1_000 / 100)s"
            return "\(text) \(entry.key) \(entry.what)"
        }
        .joined(separator: "\n")
    }
}

extension Timeline.What: CustomStringConvertible {
    /// In a few words.
    public var description: String {
        switch self {
        case .created: return "created"
        case .building: return "building"
        case .built: return "built"
        case .ready: return "ready"
        case .failed(let reason, let message): return "failed: \(reason): \(message)"
        case .traffic(let shares): return Self.text(shares)
        case .blocked(let shares): return "blocked, shows \(Self.text(shares)); requests go where they went"
        case .done: return "done"
        case .deleted: return "deleted"
        case .wave(let number): return "wave \(number) applied"
        }
    }

    private static func text(_ shares: [TrafficShare]) -> String {
        let parts = shares.map { share in
            "\(share.revisionName) \(share.percent)%" + (share.name.map { " (\($0))" } ?? "")
        }
        return parts.isEmpty ? "no traffic" : parts.joined(separator: ", ")
    }
}
