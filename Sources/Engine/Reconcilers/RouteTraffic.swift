internal import Resources
internal import Store

/// Where a Route's targets lead at an instant, and what is wrong with them (specification §5.2, §5.3, §5.6).
///
/// Only looks; how traffic moves from what is to what shall be is `RouteReconciler`'s and `Rollout`'s.
struct RouteTraffic {
    /// One target, resolved.
    struct Resolved {
        let target: TrafficTarget
        /// Who has its traffic now, oldest first.
        let current: [TrafficShare]
        var goal: Goal
        /// Why not all of its traffic is where it should be.
        var issue: Issue?
        /// The Revision that it leads to and that cannot take traffic; the Route waits for it.
        var awaited: String?
    }

    /// What is to become of a target's traffic.
    enum Goal {
        /// It belongs to these from now on.
        case settled([TrafficShare])
        /// It belongs to that Revision, which is ready, in the end.
        case moving(to: String)
        /// It cannot be assigned: the data plane stays as it is, and status shows these.
        case unassigned([TrafficShare])
    }

    /// A row of §5.6's table.
    struct Issue {
        /// Whether it will not mend itself.
        let isFinal: Bool
        let reason: String
        let message: String
    }

    /// The targets in spec order, equal ones made one.
    let targets: [Resolved]

    init(of route: Object, in state: borrowing State) {
        let reader = TrafficReader(route: route, state: copy state)
        let wished = route.routeSpec.consolidated
        targets = wished.map { reader.resolved($0, among: wished) }
    }

    /// Whether some target cannot be assigned, so that the data plane keeps its last good state.
    var isBlocked: Bool {
        targets.contains { if case .unassigned = $0.goal { true } else { false } }
    }

    /// The first thing that is wrong, in spec order.
    var firstIssue: Issue? {
        for target in targets { if let issue = target.issue { return issue } }
        return nil
    }
}

extension RouteTraffic.Issue {
    /// A Revision that exists and cannot take traffic.
    init(notReady revision: Object) {
        isFinal = revision.isFailedRevision
        reason = "RevisionMissing"
        message = "Revision '\(revision.metadata.name)' " + (isFinal ? "failed to become ready." : "is not yet ready.")
    }
}

/// Reads a state for one Route.
private struct TrafficReader {
    let route: Object
    let state: State

    func resolved(_ target: TrafficTarget, among targets: [TrafficTarget]) -> RouteTraffic.Resolved {
        switch target.destination {
        case .revision(let name): resolved(target, revision: name)
        case .configuration(let name): resolved(target, configuration: name, among: targets)
        }
    }

    // MARK: A Revision

    private func resolved(_ target: TrafficTarget, revision name: String) -> RouteTraffic.Resolved {
        let current = route.routeStatus.traffic.filter { $0.revisionName == name && $0.name == target.name }
        func unassigned(_ shares: [TrafficShare], _ isFinal: Bool, _ reason: String, _ message: String)
            -> RouteTraffic.Resolved
        {
            let issue = RouteTraffic.Issue(isFinal: isFinal, reason: reason, message: message)
            return .init(target: target, current: current, goal: .unassigned(shares), issue: issue)
        }
        guard let revision = revision(name) else {
            return unassigned([], true, "RevisionMissing", "Revision '\(name)' referenced in traffic not found")
        }
        if let mine = route.metadata.labels[Labels.service], let theirs = revision.metadata.labels[Labels.service],
            mine != theirs
        {
            let message = "Revision '\(name)' belongs to Service '\(theirs)', not Service '\(mine)'."
            return unassigned([], true, "RevisionNotOwned", message)
        }
        let share = TrafficShare(revisionName: name, name: target.name, percent: target.percent)
        if revision.canTakeTraffic {
            return .init(target: target, current: current, goal: .settled([share]))
        }
        let issue = RouteTraffic.Issue(notReady: revision)
        // Traffic that it has it keeps: only its owner or a person takes it away. It gets no more. What one of the same name
        // had that was deleted since is not its own: only what was ready once can have any.
        let has = revision.status.conditions.isTrue("ResourcesAvailable") ? current : []
        guard let had = has.first, target.percent <= had.percent else {
            return .init(target: target, current: has, goal: .unassigned(has), issue: issue)
        }
        return .init(target: target, current: current, goal: .settled([share]), issue: issue)
    }

    // MARK: A Configuration

    private func resolved(
        _ target: TrafficTarget,
        configuration name: String,
        among targets: [TrafficTarget]
    ) -> RouteTraffic.Resolved {
        let current = current(of: name, target, among: targets)
        func unassigned(_ shares: [TrafficShare], _ isFinal: Bool, _ reason: String, _ message: String)
            -> RouteTraffic.Resolved
        {
            let issue = RouteTraffic.Issue(isFinal: isFinal, reason: reason, message: message)
            return .init(target: target, current: current, goal: .unassigned(shares), issue: issue)
        }
        guard let configuration = state[route.key.sibling(.configuration, name)] else {
            let message = "Configuration '\(name)' referenced in traffic not found"
            return unassigned([], true, "ConfigurationMissing", message)
        }
        let status = configuration.configurationStatus
        guard let latest = status.latestReadyRevisionName.flatMap({ revision($0) }) else {
            guard status.conditions.isFalse("LatestRevisionReady") else {
                let message = "Configuration '\(name)' is waiting for a Revision to become ready."
                return unassigned([], false, "RevisionMissing", message)
            }
            // The specification's own word for a name that there is none of.
            let nobody = TrafficShare(revisionName: "Not found", name: target.name, percent: target.percent)
            let message = "The configuration '\(name)' does not have a LatestReadyRevision."
            return unassigned([nobody], true, "RevisionMissing", message)
        }
        if latest.canTakeTraffic {
            return .init(target: target, current: current, goal: .moving(to: latest.metadata.name))
        }
        var resolved = resolved(target, failing: latest, current)
        resolved.awaited = latest.metadata.name
        return resolved
    }

    /// The latest ready Revision is no longer ready. While traffic moves to it, or before that began, those who had the
    /// traffic have it; once it has everything it keeps it, and the Route says so.
    private func resolved(_ target: TrafficTarget, failing latest: Object, _ current: [TrafficShare])
        -> RouteTraffic.Resolved
    {
        let name = latest.metadata.name
        let issue = RouteTraffic.Issue(notReady: latest)
        let others = current.filter { $0.revisionName != name }
        guard let heir = others.last(where: { revision($0.revisionName)?.isReadyRevision ?? false }) else {
            guard !current.isEmpty else {
                return .init(target: target, current: current, goal: .unassigned([]), issue: issue)
            }
            let total = current.reduce(0) { $0 + $1.percent }
            guard total == target.percent else {
                return .init(target: target, current: current, goal: .unassigned(current), issue: issue)
            }
            return .init(target: target, current: current, goal: .settled(current), issue: issue)
        }
        let rest = others.filter { $0.revisionName != heir.revisionName && $0.percent <= target.percent }
        let taken = rest.reduce(0) { $0 + $1.percent }
        let kept = taken <= target.percent ? rest : []
        let returned = target.percent - kept.reduce(0) { $0 + $1.percent }
        let shares = kept + [TrafficShare(revisionName: heir.revisionName, name: target.name, percent: returned)]
        return .init(target: target, current: current, goal: .settled(shares))
    }

    /// What status gives to a Configuration's target. Status does not say which target an entry belongs to, so the
    /// entries that some other target names itself are left out first.
    private func current(
        of configuration: String,
        _ target: TrafficTarget,
        among targets: [TrafficTarget]
    ) -> [TrafficShare] {
        var named = targets.compactMap { other -> String? in
            guard other.name == target.name, case .revision(let name) = other.destination else { return nil }
            return name
        }
        var current: [TrafficShare] = []
        for share in route.routeStatus.traffic where share.name == target.name {
            if let index = named.firstIndex(of: share.revisionName) {
                named.remove(at: index)
                continue
            }
            guard revision(share.revisionName)?.metadata.labels[Labels.configuration] == configuration else { continue }
            // After a change of the spec, what another target had may look like this one's: each Revision once.
            guard let index = current.firstIndex(where: { $0.revisionName == share.revisionName }) else {
                current.append(share)
                continue
            }
            current[index] = TrafficShare(
                revisionName: share.revisionName,
                name: share.name,
                percent: current[index].percent + share.percent
            )
        }
        return current
    }

    private func revision(_ name: String) -> Object? { state[route.key.sibling(.revision, name)] }
}
