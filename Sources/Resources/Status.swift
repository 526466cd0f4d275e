public import YAML

/// What is, as far as anyone has found out: one type per kind, so that a reconciler cannot write another kind's fields.
///
/// Indirect, because statuses are passed on far more often than looked into: a copy counts one reference, and an object is
/// not as large as the largest kind's status.
public indirect enum Status: Hashable, Sendable {
    /// Nothing was written yet.
    case none
    case service(ServiceStatus)
    case configuration(ConfigurationStatus)
    case revision(RevisionStatus)
    case route(RouteStatus)
    case build(BuildStatus)
    case buildTemplate(BuildTemplateStatus)
    case workload(WorkloadStatus)
    case sync(SyncStatus)
}

extension Status {
    /// The status as manifests and reports show it; nil where nothing was written yet.
    public var value: Value? {
        switch self {
        case .none: nil
        case .service(let status): status.value
        case .configuration(let status): status.value
        case .revision(let status): status.value
        case .route(let status): status.value
        case .build(let status): status.value
        case .buildTemplate(let status): status.value
        case .workload(let status): status.value
        case .sync(let status): status.value
        }
    }

    /// Reads what `value` wrote for an object of that kind. What it does not know it leaves out: only our own journal
    /// and reports come this way, and both name the version of their form.
    public init(kind: Kind, value: Value?) {
        guard let value else {
            self = .none
            return
        }
        switch kind {
        case .service: self = .service(ServiceStatus(value))
        case .configuration: self = .configuration(ConfigurationStatus(value))
        case .revision: self = .revision(RevisionStatus(value))
        case .route: self = .route(RouteStatus(value))
        case .build: self = .build(BuildStatus(value))
        case .buildTemplate: self = .buildTemplate(BuildTemplateStatus(value))
        case .workload: self = .workload(WorkloadStatus(value))
        case .sync: self = .sync(SyncStatus(value))
        case .split, .manifestFile, .appliedCommit, .wave: self = .none
        }
    }

    /// The conditions, for kinds that have them.
    public var conditions: Conditions {
        switch self {
        case .service(let status): status.conditions
        case .configuration(let status): status.conditions
        case .revision(let status): status.conditions
        case .route(let status): status.conditions
        case .build(let status): status.conditions
        case .buildTemplate(let status): status.conditions
        case .none, .workload, .sync: Conditions()
        }
    }

    /// The generation of the spec that the status speaks of; 0 where nothing was written yet.
    public var observedGeneration: Int {
        switch self {
        case .service(let status): status.observedGeneration
        case .configuration(let status): status.observedGeneration
        case .revision(let status): status.observedGeneration
        case .route(let status): status.observedGeneration
        case .build(let status): status.observedGeneration
        case .none, .buildTemplate, .workload, .sync: 0
        }
    }
}

extension Object {
    /// The Service's status; all empty where nothing was written yet.
    public var serviceStatus: ServiceStatus { if case .service(let status) = status { status } else { .init() } }
    /// The Configuration's status; all empty where nothing was written yet.
    public var configurationStatus: ConfigurationStatus {
        if case .configuration(let status) = status { status } else { .init() }
    }
    /// The Revision's status; all empty where nothing was written yet.
    public var revisionStatus: RevisionStatus { if case .revision(let status) = status { status } else { .init() } }
    /// The Route's status; all empty where nothing was written yet.
    public var routeStatus: RouteStatus { if case .route(let status) = status { status } else { .init() } }
    /// The Build's status; all empty where nothing was written yet.
    public var buildStatus: BuildStatus { if case .build(let status) = status { status } else { .init() } }
    /// The workload's status; `pending` where nobody has said anything yet.
    public var workloadStatus: WorkloadStatus { if case .workload(let status) = status { status } else { .init() } }
    /// The Sync's status; all empty before its first run.
    public var syncStatus: SyncStatus { if case .sync(let status) = status { status } else { .init() } }
}
