public import Resources
public import YAML

/// Carries out Builds: whoever runs their steps, or says that it does.
///
/// A Build is an object of the state: its spec is the wish, its status what the builder answers. After a restart the
/// builder is handed what was not over, and compares it with what it has.
public protocol Builder: Sendable {
    /// Its name in statuses and outputs: `Cluster`, `Simulated`.
    var name: String { get }

    /// Makes the world agree with the orders, and clears away what was made for Builds that ended, were cancelled or are
    /// gone.
    ///
    /// - Returns: what can be said of them by now; of a Build that is not over it is asked again. Order does not matter.
    func carryOut(_ orders: [BuildOrder], ended: [Key]) async -> [(Key, BuildReport)]
}

/// A Build as a builder carries it out: checked, with its template filled in.
public struct BuildOrder: Sendable {
    /// Which Build.
    public let key: Key
    /// That very Build, not another of its name.
    public let uid: String
    /// What is built: `{git|gcs|custom: …}`; nil where the steps need nothing.
    public let source: Value?
    /// What runs.
    public let plan: BuildPlan
    /// The account whose secrets give access; nil for the namespace's default.
    public let serviceAccountName: String?

    /// The order that a Build which awaits its builder gives; nil for any other.
    public init?(_ build: Object) {
        guard build.awaitsBuilder else { return nil }
        key = build.key
        uid = build.metadata.uid
        source = build.spec["source"]
        plan = build.buildStatus.plan ?? BuildPlan(build.spec, template: nil)
        serviceAccountName = build.spec["serviceAccountName"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension BuildOrder {
    /// What that report about the Build at `now` changes: its status, and that its reconciler has to look at its deadline.
    public func changes(after report: BuildReport, in state: State, at now: Instant) -> [Change] {
        guard let build = state[key], build.metadata.uid == uid else { return [] }
        let status = Status.build(build.buildStatus.told(report, of: plan, hasSource: source != nil, at: now))
        return status == build.status ? [] : [.setStatus(key, status), .setDue(key, now)]
    }
}
