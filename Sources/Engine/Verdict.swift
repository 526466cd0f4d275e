package import Resources
package import Store

/// How an object fares, in one word: what reports say of it, and what waves wait for.
package struct Verdict: Hashable {
    /// The words.
    package enum State: String, CaseIterable {
        case ready = "Ready"
        case rollingOut = "RollingOut"
        case starting = "Starting"
        case waitingForBuilder = "WaitingForBuilder"
        case failed = "Failed"
    }

    /// Which of them.
    package let state: State
    /// Whether requests are answered, if need be by an older Revision.
    package var isReady: Bool
    /// One word for programs.
    package var reason: String?
    /// A sentence for people; nil where all is well.
    package var message: String?
}

extension Verdict {
    /// Reads an object's conditions, and those of its children where they know more.
    package init(_ object: Object, in state: Store::State) {
        switch object.kind {
        case .service: self = Self.service(object, in: state)
        case .configuration: self = Self.configuration(object, in: state)
        case .route: self = Self.route(object, in: state)
        case .revision: self = Self.dependents(object, "Ready", informational: ["Active"])
        case .build: self = Self.build(object)
        case .buildTemplate:
            let invalid = object.status.conditions.list.first { $0.type == "Invalid" && $0.status == .true }
            self = invalid.map { Verdict(.failed, false, $0) } ?? Verdict(state: .ready, isReady: true)
        default: self = Verdict(state: .ready, isReady: true)
        }
    }

    private init(_ state: State, _ isReady: Bool, _ condition: Condition?) {
        self.init(state: state, isReady: isReady, reason: condition?.reason, message: condition?.message)
    }

    private static func service(_ service: Object, in state: Store::State) -> Verdict {
        let ready = service.status.conditions["Ready"]
        let latest = service.status.conditions["LatestRevisionReady"]
        let isReady = ready?.status == .true
        // Nearly always, and then no child knows more and none is read: a Route is not Ready while traffic moves, and a
        // Revision that was ready waits for no builder.
        let status = service.serviceStatus
        let isNewest = status.latestReadyRevisionName == status.latestCreatedRevisionName
        if isReady, latest == nil, isNewest, !isBehind(service) {
            return Verdict(state: .ready, isReady: true)
        }
        // Nothing is to be done for it: its children are a person's.
        if ready?.status == .unknown, ready?.reason == "Manual", !isBehind(service) {
            return Verdict(.ready, isReady, ready)
        }
        // Neither time nor a newer Revision changes that, whatever else is under way.
        if isBlocked(service) { return Verdict(.failed, isReady, ready) }
        if let waiting = waiting(forBuilderOf: status.latestCreatedRevisionName, service, in: state) {
            return Verdict(.waitingForBuilder, isReady, waiting)
        }
        if latest?.status == .false { return Verdict(.failed, isReady, latest) }
        if let route = state[service.key.sibling(.route)], route.isControlled(by: service) {
            let verdict = Self.route(route)
            if verdict.state == .failed || verdict.state == .rollingOut { return verdict }
        }
        if isBehind(service) { return Verdict(.starting, isReady, isReady ? latest : ready) }
        if isReady, latest == nil || latest?.status == .true { return Verdict(state: .ready, isReady: true) }
        return Verdict(.starting, isReady, isReady ? latest : ready)
    }

    /// What stands where children of the Service belong and is not its own, so that the Service can never be ready.
    package static func blockers(of service: Object, in state: Store::State) -> [Object] {
        guard service.kind == .service, isBlocked(service) else { return [] }
        let children = [Kind.configuration, .route].compactMap { state[service.key.sibling($0)] }
        return children.filter { !$0.isControlled(by: service) }
    }

    private static func isBlocked(_ service: Object) -> Bool {
        guard let ready = service.status.conditions["Ready"] else { return false }
        return ready.status == .false && ready.reason == "NotOwned"
    }

    private static func configuration(_ configuration: Object, in state: Store::State) -> Verdict {
        let status = configuration.configurationStatus
        let isReady = status.conditions.isTrue("Ready")
        if let waiting = waiting(forBuilderOf: status.latestCreatedRevisionName, configuration, in: state) {
            return Verdict(.waitingForBuilder, isReady, waiting)
        }
        let latest = status.conditions["LatestRevisionReady"]
        if latest?.status == .false { return Verdict(.failed, isReady, latest) }
        if isReady, latest == nil || latest?.status == .true, !isBehind(configuration) {
            return Verdict(state: .ready, isReady: true)
        }
        return Verdict(.starting, isReady, latest ?? status.conditions["Ready"])
    }

    /// A Route that stands by itself.
    private static func route(_ route: Object, in state: Store::State) -> Verdict {
        let verdict = Self.route(route)
        guard verdict.state == .starting else { return verdict }
        // It waits for what its Configurations wait for.
        for target in route.routeSpec.targets {
            guard case .configuration(let name) = target.destination,
                let configuration = state[route.key.sibling(.configuration, name)]
            else { continue }
            var other = Self.configuration(configuration, in: state)
            guard other.state == .waitingForBuilder else { continue }
            other.isReady = verdict.isReady
            return other
        }
        return verdict
    }

    private static func route(_ route: Object) -> Verdict {
        let verdict = dependents(route, "Ready", informational: ["RolloutInProgress"])
        guard verdict.state == .starting else { return verdict }
        let status = route.routeStatus
        guard !status.rollouts.isEmpty || status.conditions.isTrue("RolloutInProgress") else { return verdict }
        let condition = status.conditions["RolloutComplete"] ?? status.conditions["Ready"]
        // A Route in the middle of a rollout is not Ready by the specification, and yet answers.
        return Verdict(.rollingOut, !status.traffic.isEmpty, condition)
    }

    private static func build(_ build: Object) -> Verdict {
        let succeeded = build.status.conditions["Succeeded"]
        switch succeeded?.status {
        case .true: return Verdict(state: .ready, isReady: true)
        case .false: return Verdict(.failed, false, succeeded)
        default: return Verdict(isNoBuilder(succeeded) ? .waitingForBuilder : .starting, false, succeeded)
        }
    }

    /// What all conditions of a kind say whose `Ready` sums up the others.
    private static func dependents(_ object: Object, _ summary: String, informational: [String]) -> Verdict {
        let conditions = object.status.conditions
        let dependents = conditions.list.filter { $0.type != summary && !informational.contains($0.type) }
        let isReady = conditions.isTrue(summary)
        if let failed = dependents.first(where: { $0.status == .false }) {
            return Verdict(.failed, isReady, failed)
        }
        if let waiting = dependents.first(where: isNoBuilder) { return Verdict(.waitingForBuilder, isReady, waiting) }
        if isReady, !isBehind(object) { return Verdict(state: .ready, isReady: true) }
        return Verdict(.starting, isReady, conditions[summary])
    }

    private static func waiting(forBuilderOf revision: String?, _ object: Object, in state: Store::State) -> Condition?
    {
        if let own = object.status.conditions.list.first(where: isNoBuilder) { return own }
        guard let revision, let found = state[object.key.sibling(.revision, revision)] else { return nil }
        return found.status.conditions.list.first(where: isNoBuilder)
    }

    private static func isNoBuilder(_ condition: Condition?) -> Bool {
        condition?.reason == "NoBuilder" && condition?.status != .true
    }

    private static func isBehind(_ object: Object) -> Bool {
        object.status.observedGeneration < object.metadata.generation
    }
}
