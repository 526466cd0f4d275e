internal import Resources
internal import Store
internal import YAML

/// Resolves a Route's targets to Revisions, moves traffic to newer ones in steps, and tells the data plane by the Route's
/// split (specification §5).
struct RouteReconciler: Reconciler {
    let settings: EngineSettings

    /// How long traffic may stand still on its way before the Route says that something is wrong (§5.6).
    private static let deadline = Duration.seconds(120)

    func reconcile(_ route: Object, in state: State, at now: Instant) -> Reconciled {
        var result = Reconciled()
        let split = state[route.key.sibling(.split)]
        // An earlier Route of this name left it. It goes by itself, takes the labels along, and wakes us.
        if let split, !split.isControlled(by: route) { return result }
        // Once they have been looked at, we are the next: in between, a rollout would begin that is overtaken at once.
        if Self.areConfigurationsBehind(route, in: state, at: now) {
            result.wake(at: now)
            return result
        }

        let traffic = RouteTraffic(of: route, in: state)
        var issue = traffic.firstIssue
        var isBlocked = traffic.isBlocked
        var moves = moves(of: traffic, route, over: split, in: state, isBlocked: isBlocked, at: now)
        // Status may have shown for a while what the data plane, blocked, never did. Whoever has failed meanwhile gets
        // nothing by that.
        if !isBlocked, let unready = Self.unready(gaining: moves.shares, of: route.key, over: split, in: state) {
            isBlocked = true
            issue = issue ?? .init(notReady: unready)
            moves = self.moves(of: traffic, route, over: split, in: state, isBlocked: true, at: now)
        }
        for rollout in moves.rollouts {
            // Where the data plane stands still, no step is due, and only the deadline is waited for.
            guard isBlocked else {
                result.wake(at: rollout.nextStep)
                continue
            }
            let deadline = rollout.lastStep + Self.deadline
            if now < deadline { result.wake(at: deadline) }
        }

        let before = route.routeStatus
        var status = RouteStatus()
        status.observedGeneration = route.metadata.generation
        status.observedTargets = traffic.targets.map(\.target)
        let domain = settings.domain(of: route)
        status.domain = domain
        status.traffic = moves.shares.flatMap(\.self)
        status.rollouts = moves.rollouts.map(\.progress)
        status.awaited = Set(traffic.targets.compactMap(\.awaited) + moves.awaited).sorted()
        let wished = conditions(issue, isBlocked: isBlocked, moves.rollouts, at: now)
        status.conditions = .settled(wished, in: before.conditions, at: now)

        var spec: Map = ["domain": .string(domain)]
        // While a target cannot be assigned, the data plane keeps its last good state; the host follows all the same.
        spec["main"] = isBlocked ? split?.spec["main"] ?? .list([]) : Self.main(moves.shares)
        spec["named"] = isBlocked ? split?.spec["named"] ?? .map([:]) : Self.named(traffic.targets, moves.shares)
        if isBlocked {
            status.served = Self.revisions(of: spec).filter { name in
                !status.traffic.contains { $0.revisionName == name }
            }
        }
        let reached = RouteReach.keys(of: route, traffic.targets, status, in: state)
        result.changes += RouteReach.changes(of: route, from: split, to: reached, in: state)
        spec["reached"] = RouteReach.value(reached)
        if split?.spec != .map(spec) { result.changes.append(.put(Self.split(of: route, .map(spec)))) }
        result.write(.route(status), of: route)
        return result
    }
}

// MARK: - Traffic

extension RouteReconciler {
    /// Who has what after this look.
    private struct Moves {
        /// By target.
        var shares: [[TrafficShare]] = []
        /// Those that are not done yet.
        var rollouts: [Rollout] = []
        /// To whom traffic will move once the data plane does.
        var awaited: [String] = []
    }

    private func moves(
        of traffic: RouteTraffic,
        _ route: Object,
        over split: Object?,
        in state: State,
        isBlocked: Bool,
        at now: Instant
    ) -> Moves {
        func isThere(_ revision: String) -> Bool { state.contains(route.key.sibling(.revision, revision)) }
        var moves = Moves()
        for resolved in traffic.targets {
            switch resolved.goal {
            case .settled(let shares), .unassigned(let shares): moves.shares.append(shares)
            case .moving(let to):
                let isMoving = !isBlocked && resolved.current.contains { $0.revisionName != to }
                let resolved =
                    isMoving ? Self.withoutUnserved(resolved, of: route.key, over: split, in: state) : resolved
                let moving = rollout(of: resolved, to: to, route, isBlocked: isBlocked, at: now, isThere)
                if let (rollout, shares) = moving {
                    moves.rollouts.append(rollout)
                    moves.shares.append(shares)
                } else {
                    // A move that cannot begin leaves what is.
                    let standing = isBlocked ? Self.standing(of: resolved, split, in: state) : nil
                    moves.shares.append(standing ?? [resolved.share(of: to)])
                    if let standing, !standing.contains(where: { $0.revisionName == to }) { moves.awaited.append(to) }
                }
            }
        }
        return moves
    }

    /// The target's rollout as it stands now, and what it shows; nil where there is nothing to move in steps: the first
    /// Revision, 0 and 1 %, a target that a person changed, and what has all of it already. Who changes the pace alone, or the
    /// image with it, gets steps.
    private func rollout(
        of resolved: RouteTraffic.Resolved,
        to: String,
        _ route: Object,
        isBlocked: Bool,
        at now: Instant,
        _ isThere: (String) -> Bool
    ) -> (Rollout, [TrafficShare])? {
        let older = resolved.current.filter { $0.revisionName != to && $0.percent > 0 }
        guard resolved.target.percent > 1, !older.isEmpty,
            case .configuration(let configuration) = resolved.target.destination
        else { return nil }
        let pace = RolloutPace(of: route, settings)
        let (name, percent) = (resolved.target.name, resolved.target.percent)
        func unlessDone(_ rollout: Rollout) -> (Rollout, [TrafficShare])? {
            let shares = rollout.shares(of: percent, isThere: isThere)
            return rollout.isDone || shares.count < 2 ? nil : (rollout, shares)
        }
        let running = route.routeStatus.rollouts.first {
            $0.configurationName == configuration && $0.name == name && $0.to == to
        }
        if let running {
            let rollout = Rollout(running, pace)
            let advanced = unlessDone(isBlocked ? rollout : rollout.advanced(to: now))
            // Another pace, or a share that fell and rose again, could give back to older Revisions what they had lost.
            guard let advanced, Self.isGiving(advanced.1, to: older, besides: to) else { return advanced }
        } else if isBlocked || !route.routeStatus.isUnchanged(resolved.target, generation: route.metadata.generation) {
            return nil
        }
        let from = Self.fitted(older, to: percent)
        return unlessDone(
            Rollout(
                RolloutProgress(configurationName: configuration, name: name, to: to, start: now, step: 1, from: from),
                pace
            )
        )
    }

    /// What older Revisions have of a target's percent, oldest first; where they have more, the oldest lose it.
    ///
    /// While a target could not be assigned, they kept what another spec had given them. Its steps count from what the
    /// target has to give, or they would depend on whether somebody looked in between.
    private static func fitted(_ shares: [TrafficShare], to percent: Int) -> [TrafficShare] {
        var excess = max(0, shares.reduce(0) { $0 + $1.percent } - percent)
        return shares.compactMap { share in
            let left = share.percent - min(excess, share.percent)
            excess -= share.percent - left
            return left > 0 ? TrafficShare(revisionName: share.revisionName, name: share.name, percent: left) : nil
        }
    }

    /// What a target shows while the data plane stands still and its move has not begun: what it has, or all of it for the newest
    /// Revision of its Configuration that the data plane serves; nil where that serves none. So it is the same whether a newer
    /// Revision became ready before this look or after it.
    private static func standing(of resolved: RouteTraffic.Resolved, _ split: Object?, in state: State)
        -> [TrafficShare]?
    {
        guard let split, case .configuration(let configuration) = resolved.target.destination else { return nil }
        let served = revisions(of: split.spec.map ?? Map()).compactMap { state[split.key.sibling(.revision, $0)] }
            .filter { $0.metadata.labels[Labels.configuration] == configuration }
        let newest = served.max { $0.configurationGeneration < $1.configurationGeneration }
        guard let newest else { return nil }
        return resolved.current.isEmpty ? [resolved.share(of: newest.metadata.name)] : resolved.filled
    }

    /// Whether some older Revision would have more than it has.
    private static func isGiving(_ shares: [TrafficShare], to older: [TrafficShare], besides newest: String) -> Bool {
        shares.contains { share in
            share.revisionName != newest
                && share.percent > older.first { $0.revisionName == share.revisionName }?.percent ?? 0
        }
    }

    /// A Revision that is not ready and would have more of the main host than the data plane gives it now.
    private static func unready(
        gaining shares: [[TrafficShare]],
        of route: Key,
        over split: Object?,
        in state: State
    ) -> Object? {
        for share in main(shares).list ?? [] {
            guard let name = share["revisionName"]?.string,
                let revision = state[route.sibling(.revision, name)], !revision.canTakeTraffic
            else { continue }
            if share["percent"]?.int ?? 0 > served(name, by: split) { return revision }
        }
        return nil
    }

    /// A target without what status showed for Revisions that cannot take it, and the data plane never gave them: it is the
    /// next one's, and nobody waits for them.
    private static func withoutUnserved(
        _ resolved: RouteTraffic.Resolved,
        of route: Key,
        over split: Object?,
        in state: State
    ) -> RouteTraffic.Resolved {
        let current = resolved.current.compactMap { share -> TrafficShare? in
            guard let revision = state[route.sibling(.revision, share.revisionName)], !revision.canTakeTraffic else {
                return share
            }
            let percent = min(share.percent, served(share.revisionName, by: split))
            return percent > 0
                ? TrafficShare(revisionName: share.revisionName, name: share.name, percent: percent) : nil
        }
        return RouteTraffic.Resolved(
            target: resolved.target,
            current: current,
            goal: resolved.goal,
            issue: resolved.issue,
            awaited: resolved.awaited
        )
    }

    /// How much of the main host the data plane gives to a Revision now.
    private static func served(_ revision: String, by split: Object?) -> Int {
        let share = (split?.spec["main"]?.list ?? []).first { $0["revisionName"]?.string == revision }
        return share?["percent"]?.int ?? 0
    }

    /// Whether a Configuration that the Route leads to, or one of its Revisions, is still to be looked at in this moment. In
    /// the usual order of work none is.
    private static func areConfigurationsBehind(_ route: Object, in state: State, at now: Instant) -> Bool {
        guard state.isDue(.configuration, at: now) || state.isDue(.revision, at: now) else { return false }
        func isDue(_ key: Key) -> Bool { !state.isChore(key) && state.due(key).map { $0 <= now } ?? false }
        return route.routeSpec.targets.contains { target in
            guard case .configuration(let name) = target.destination else { return false }
            let configuration = route.key.sibling(.configuration, name)
            return isDue(configuration)
                || state.children(of: configuration).contains { $0.kind == .revision && isDue($0) }
        }
    }
}

extension RouteTraffic.Resolved {
    /// All of the target's traffic, for one Revision.
    fileprivate func share(of revision: String) -> TrafficShare {
        TrafficShare(revisionName: revision, name: target.name, percent: target.percent)
    }

    /// Who has its traffic now, the newest with what Revisions had that are gone since.
    fileprivate var filled: [TrafficShare] {
        let missing = target.percent - current.reduce(0) { $0 + $1.percent }
        guard missing > 0, let newest = current.last else { return current }
        let share = TrafficShare(
            revisionName: newest.revisionName,
            name: newest.name,
            percent: newest.percent + missing
        )
        return current.dropLast() + [share]
    }
}

// MARK: - Data plane

extension RouteReconciler {
    private static func split(of route: Object, _ spec: Value) -> Object {
        Object(
            kind: .split,
            metadata: Metadata(
                name: route.metadata.name,
                namespace: route.metadata.namespace,
                owners: [OwnerReference(controller: route)]
            ),
            spec: spec
        )
    }

    /// The Revisions to which a split leads, on the main host or on their own; ascending.
    private static func revisions(of split: Map) -> [String] {
        let main = (split["main"]?.list ?? []).compactMap { $0["revisionName"]?.string }
        let named = (split["named"]?.map?.entries ?? []).compactMap(\.value.string)
        return Set(main + named).sorted()
    }

    /// The main host's shares: each Revision once, those without traffic left out.
    private static func main(_ shares: [[TrafficShare]]) -> Value {
        var merged: [(revision: String, percent: Int)] = []
        for share in shares.joined() where share.percent > 0 {
            if let index = merged.firstIndex(where: { $0.revision == share.revisionName }) {
                merged[index].percent += share.percent
            } else {
                merged.append((share.revisionName, share.percent))
            }
        }
        return .list(merged.map { ["revisionName": .string($0.revision), "percent": .int($0.percent)] })
    }

    /// The Revision on each name's own host, also at 0 %: the newest of those that its target leads to.
    private static func named(_ targets: [RouteTraffic.Resolved], _ shares: [[TrafficShare]]) -> Value {
        var map = Map()
        for (resolved, shares) in zip(targets, shares) {
            guard let name = resolved.target.name, let newest = shares.last else { continue }
            map[name] = .string(newest.revisionName)
        }
        return .map(map)
    }
}

// MARK: - Conditions

extension RouteReconciler {
    /// The table of §5.6.
    private func conditions(
        _ issue: RouteTraffic.Issue?,
        isBlocked: Bool,
        _ rollouts: [Rollout],
        at now: Instant
    ) -> [Condition] {
        var dependents: [Condition] = []
        if let issue {
            dependents.append(
                Condition(
                    type: "AllTrafficAssigned",
                    status: issue.isFinal ? .false : .unknown,
                    reason: issue.reason,
                    message: issue.message
                )
            )
        } else {
            dependents.append(Condition(type: "AllTrafficAssigned", status: .true))
        }
        var informational: Condition?
        if rollouts.isEmpty {
            // Where traffic is not assigned, nothing can be said of a rollout.
            if issue == nil { dependents.append(Condition(type: "RolloutComplete", status: .true)) }
        } else {
            let isStuck = isBlocked && rollouts.contains { now >= $0.lastStep + Self.deadline }
            let reason = isStuck ? "ProgressDeadlineExceeded" : "RolloutInProgress"
            let message = isStuck ? "Unable to update traffic split for more than 120 seconds." : nil
            dependents.append(
                Condition(
                    type: "RolloutComplete",
                    status: isStuck ? .false : .unknown,
                    reason: reason,
                    message: message
                )
            )
            informational = Condition(type: "RolloutInProgress", status: .true, reason: reason, message: message)
        }
        var conditions = dependents.withReady(inProgress: settings.inProgress)
        if let informational { conditions.append(informational) }
        return conditions
    }
}
