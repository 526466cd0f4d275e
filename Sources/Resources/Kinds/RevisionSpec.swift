public import YAML

/// What a Revision runs, and how (specification §4.1).
public struct RevisionSpec: Hashable, Sendable {
    /// The container, as Kubernetes' core/v1 has it.
    public let container: Value
    /// The Build that makes the image; nil where nobody builds it.
    public let buildName: String?
    /// The account that it runs as; nil for the namespace's default.
    public let serviceAccountName: String?
    /// How many requests an instance takes at a time; nil for any number.
    public let concurrencyLimit: Int?
    /// How long an instance may take to begin its answer, in seconds; nil where the author named none.
    public let timeoutSeconds: Int?
    /// Whether it should have instances and may get traffic.
    public let servingState: ServingState

    /// How far a Revision is kept at hand (§10.3).
    public enum ServingState: String, Hashable, Sendable {
        /// Has instances, gets its traffic directly.
        case active = "Active"
        /// Has no instances; the first request wakes it.
        case reserve = "Reserve"
        /// Has nothing and gets nothing.
        case retired = "Retired"
    }

    /// What applies where `timeoutSeconds` is absent or 0.
    public static let defaultTimeoutSeconds = 300

    /// Reads an admitted spec.
    public init(_ spec: Value) {
        func text(_ key: String) -> String? { spec[key]?.string.flatMap { $0.isEmpty ? nil : $0 } }
        container = spec["container"] ?? .map([:])
        buildName = text("buildName")
        serviceAccountName = text("serviceAccountName")
        concurrencyLimit = Self.concurrencyLimit(of: spec)
        timeoutSeconds = spec["timeoutSeconds"]?.int.flatMap { $0 == 0 ? nil : $0 }
        servingState = text("servingState").flatMap(ServingState.init) ?? .active
    }

    /// What either spelling of the concurrency means (§10.1); nil for any number of requests.
    static func concurrencyLimit(of spec: Value) -> Int? {
        if let limit = spec["containerConcurrency"]?.int { return limit == 0 ? nil : limit }
        switch spec["concurrencyModel"]?.string {
        case "Single", "SingleThreaded": return 1
        default: return nil
        }
    }
}

extension RevisionSpec {
    /// The image to run.
    public var image: String { container["image"]?.string ?? "" }

    /// The environment variables whose values stand in the spec; those from secrets and the like have nil.
    public var environment: [(name: String, value: String?)] {
        (container["env"]?.list ?? []).compactMap { item in
            guard let name = item["name"]?.string else { return nil }
            return (name, item["valueFrom"] == nil ? item["value"]?.string ?? "" : nil)
        }
    }
}

extension Object {
    /// What the Revision runs.
    public var revisionSpec: RevisionSpec { RevisionSpec(spec) }
}
