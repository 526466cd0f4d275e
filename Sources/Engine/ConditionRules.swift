internal import Resources

/// The rules by which `Ready` follows from the dependents (specification §1.4).
extension [Condition] {
    /// These dependents with `Ready` before them.
    ///
    /// `True` when all dependents are; otherwise with reason and message of the first `False` one, else of the first
    /// `Unknown` one.
    ///
    /// - Parameters:
    ///   - inProgress: What `Ready` says while nothing is `False` and something is `Unknown`.
    ///   - whenTrue: The condition to take reason and message from when all is well.
    func withReady(inProgress: Condition.Status, whenTrue: (reason: String?, message: String?) = (nil, nil))
        -> [Condition]
    {
        let ready: Condition
        if let failed = first(where: { $0.status == .false }) {
            ready = Condition(type: "Ready", status: .false, reason: failed.reason, message: failed.message)
        } else if let working = first(where: { $0.status == .unknown }) {
            ready = Condition(type: "Ready", status: inProgress, reason: working.reason, message: working.message)
        } else {
            ready = Condition(type: "Ready", status: .true, reason: whenTrue.reason, message: whenTrue.message)
        }
        return [ready] + self
    }
}

extension Condition {
    /// The same under another type; times are settled later.
    func copied(as type: String) -> Condition {
        Condition(type: type, status: status, reason: reason, message: message)
    }
}

extension Conditions {
    /// Those conditions at `now` as a status keeps them, without a new list where nothing differs.
    static func settled(_ wished: [Condition], in status: Conditions, at now: Instant) -> Conditions {
        let isSame =
            wished.count == status.list.count
            && wished.indices.allSatisfy { wished[$0].saysTheSame(as: status.list[$0]) }
        return isSame ? status : .settled(wished, after: status, at: now)
    }
}

extension Object {
    /// Whether a Revision is ready for traffic.
    var isReadyRevision: Bool { status.conditions.isTrue("Ready") }

    /// Whether a Revision has failed: some dependent is `False`, which `Ready` alone does not tell (§1.4).
    var isFailedRevision: Bool {
        let conditions = status.conditions
        return ["BuildComplete", "ResourcesAvailable", "ContainerHealthy"].contains { conditions.isFalse($0) }
    }

    /// The condition's sentence for a child that somebody else made (§1.7).
    static func notOwnedMessage(_ key: Key) -> String {
        "There is an existing \(key.kind.name) \"\(key.name)\" that we do not own."
    }

    /// The generation of the Configuration that a Revision was made from; 0 where it does not say.
    var configurationGeneration: Int {
        metadata.annotations[Labels.configurationGeneration].flatMap { Int($0) } ?? 0
    }
}
