public import Resources

/// What an operator may choose about the reconcilers; everything else follows from the objects.
///
/// A preview uses the settings of the state that it forks, so that it shows what the merge will do.
public struct EngineSettings: Hashable, Sendable {
    /// The suffix of Routes' hosts where no rule of `domains` fits better.
    public var domainSuffix: String
    /// Further suffixes, for Routes with certain labels (specification §5.4).
    public var domains: [DomainRule]
    /// What `Ready` says of work in progress: the specification shows `False`, clients of 2018 want `Unknown` (§1.4, §18).
    public var inProgress: Condition.Status
    /// The time between two steps of a rollout for which nobody chose a duration; zero moves all traffic at once.
    public var stepInterval: Duration
    /// How long a new Revision may take to become ready.
    public var progressDeadline: Duration
    /// How long a Revision may wait for its endpoint; counts only where `progressDeadline` was made longer than it.
    public var serviceTimeout: Duration
    /// Whether somebody carries out Builds; without a builder they say `NoBuilder` and wait.
    public var hasBuilder: Bool
    /// How long Revisions are kept that nothing leads to.
    public var retention: RevisionRetention
    /// Where a Revision's logs are, with `${REVISION_UID}` for its uid; nil where they are nowhere.
    public var logURLTemplate: String?

    /// The settings of the specification.
    public init(
        domainSuffix: String = "mydomain.com",
        domains: [DomainRule] = [],
        inProgress: Condition.Status = .false,
        stepInterval: Duration = .seconds(1),
        progressDeadline: Duration = .seconds(120),
        serviceTimeout: Duration = .seconds(300),
        hasBuilder: Bool = false,
        retention: RevisionRetention = RevisionRetention(),
        logURLTemplate: String? = nil
    ) {
        self.domainSuffix = domainSuffix
        self.domains = domains
        self.inProgress = inProgress
        self.stepInterval = stepInterval
        self.progressDeadline = progressDeadline
        self.serviceTimeout = serviceTimeout
        self.hasBuilder = hasBuilder
        self.retention = retention
        self.logURLTemplate = logURLTemplate
    }
}

/// A suffix of hosts for the Routes that carry certain labels.
public struct DomainRule: Hashable, Sendable {
    /// The suffix: `example.com`.
    public let suffix: String
    /// The labels that a Route must carry, all of them.
    public let selector: StringMap

    /// A rule.
    public init(suffix: String, selector: StringMap) {
        self.suffix = suffix
        self.selector = selector
    }
}

extension EngineSettings {
    /// The host on which a Route answers: `{route}.{namespace}.{suffix}`.
    ///
    /// Of the rules whose labels the Route carries, the one with the most wins, then the smallest suffix.
    func domain(of route: Object) -> String {
        "\(route.metadata.name).\(route.metadata.namespace).\(suffix(for: route.metadata.labels))"
    }

    private func suffix(for labels: StringMap) -> String {
        let fitting = domains.filter { rule in
            !rule.selector.isEmpty && rule.selector.entries.allSatisfy { labels[$0.key] == $0.value }
        }
        let best = fitting.min { a, b in
            let (mine, theirs) = (a.selector.entries.count, b.selector.entries.count)
            return mine == theirs ? a.suffix < b.suffix : mine > theirs
        }
        return best?.suffix ?? domainSuffix
    }
}
