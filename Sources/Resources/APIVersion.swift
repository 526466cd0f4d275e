/// The groups and versions under which manifests name our kinds (specification §1.1).
enum APIVersion {
    /// Groups whose documents are ours; any other group's document is none of our business.
    static let serving = ["elafros.dev", "serving.knative.dev"]
    static let building = ["elafros.dev", "build.dev", "build.knative.dev"]
    static let own = ["gitops.elafros.dev", "internal.elafros.dev"]

    /// The version that all groups have.
    static let version = "v1alpha1"

    /// The groups under which manifests may name that kind, the usual one first.
    static func groups(of kind: Kind) -> [String] {
        switch kind {
        case .service, .configuration, .revision, .route: serving
        case .build, .buildTemplate: building
        case .sync, .manifestFile, .appliedCommit, .wave, .workload, .split: [split(kind.apiVersion).group]
        }
    }

    /// The parts of `group/version`; the core group, as in `v1`, is empty.
    static func split(_ apiVersion: String) -> (group: String, version: String) {
        guard let slash = apiVersion.firstIndex(of: "/") else { return ("", apiVersion) }
        return (String(apiVersion[..<slash]), String(apiVersion[apiVersion.index(after: slash)...]))
    }
}

extension Kind {
    /// The kind that an object names by any of its spellings; nil for objects that are not ours.
    public init?(apiVersion: String, kind: String) {
        let (group, version) = APIVersion.split(apiVersion)
        if group == KnativeShape.group, KnativeShape.versions.contains(version),
            Kind(manifestName: kind) == .service
        {
            self = .service
            return
        }
        guard version == APIVersion.version, let found = Kind(manifestName: kind),
            APIVersion.groups(of: found).contains(group)
        else { return nil }
        self = found
    }
}
