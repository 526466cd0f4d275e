/// The kinds of object that the state of the world holds.
///
/// The first six are the API's (specification §1.1); people write them. The others are the engine's own: what must run,
/// how traffic is split, what is followed, and what each manifest file last gave.
public enum Kind: UInt8, CaseIterable, Sendable, Hashable {
    case service, configuration, revision, route, build, buildTemplate
    /// What must run for one Revision: wished by the Revision's reconciler, carried out by a `Runtime`.
    case workload
    /// How a Route's hosts divide requests: wished by the Route's reconciler, carried out by the data plane.
    case split
    /// What is followed: a repository, a ref, a folder, and how far it has been applied.
    case sync
    /// One manifest file of one Sync: the documents it last gave, and what became of each. All of them together are
    /// the Sync's inventory.
    case manifestFile
    /// One of the last commits that a Sync applied: who made it, what it changed, and what came of it.
    case appliedCommit
    /// What one wave of a Sync changes once its turn has come, and what has to be ready before.
    case wave
}

extension Kind {
    /// The kind's name as manifests spell it: `Service`.
    public var name: String {
        switch self {
        case .service: "Service"
        case .configuration: "Configuration"
        case .revision: "Revision"
        case .route: "Route"
        case .build: "Build"
        case .buildTemplate: "BuildTemplate"
        case .workload: "Workload"
        case .split: "Split"
        case .sync: "Sync"
        case .manifestFile: "ManifestFile"
        case .appliedCommit: "AppliedCommit"
        case .wave: "Wave"
        }
    }

    /// The plural of paths and of the command line: `services`.
    public var plural: String {
        name.lowercased() + "s"
    }

    /// The short forms that the command line takes, as Knative has them.
    public var shortNames: [String] {
        switch self {
        case .service: ["svc", "ksvc", "kservice"]
        case .configuration: ["cfg", "config"]
        case .revision: ["rev"]
        case .route: ["rt"]
        case .build: ["bld"]
        case .buildTemplate: ["bt"]
        case .workload: ["wl"]
        case .split, .sync, .manifestFile, .appliedCommit, .wave: []
        }
    }

    /// Whether people may write objects of this kind; the engine's own kinds they can only read.
    public var isAPI: Bool { rawValue <= Kind.buildTemplate.rawValue }

    /// Whether objects of this kind say what is followed and how far it has come, and not what is live.
    public var isBookkeeping: Bool {
        switch self {
        case .sync, .manifestFile, .appliedCommit, .wave: true
        default: false
        }
    }

    /// Whether a reconciler brings objects of this kind nearer to their spec.
    public var isReconciled: Bool {
        switch self {
        case .service, .configuration, .revision, .route, .build, .buildTemplate, .wave: true
        case .workload, .split, .sync, .manifestFile, .appliedCommit: false
        }
    }

    /// The kind that a manifest names; letter case is ignored (specification §1.2).
    public init?(manifestName: String) {
        let wanted = manifestName.lowercased()
        guard let kind = Self.allCases.first(where: { $0.name.lowercased() == wanted }) else { return nil }
        self = kind
    }

    /// The kind that a person means on the command line: singular, plural or short form, in any letter case.
    public init?(word: String) {
        let wanted = word.lowercased()
        let found = Self.allCases.first {
            $0.name.lowercased() == wanted || $0.plural == wanted || $0.shortNames.contains(wanted)
        }
        guard let found else { return nil }
        self = found
    }

    /// The apiVersion that is written where the author named none of the aliases.
    public var apiVersion: String {
        switch self {
        case .sync, .manifestFile, .appliedCommit, .wave: "gitops.elafros.dev/v1alpha1"
        case .workload, .split: "internal.elafros.dev/v1alpha1"
        default: "elafros.dev/v1alpha1"
        }
    }
}
