public import Resources
internal import Store
internal import YAML

/// How git's word stands against what people do by hand, as one Sync has it: what becomes of an object, and what of it
/// stays different. Pure, and the one place that knows: planner, poll and status ask the same.
public struct DriftRules: Sendable {
    let policy: DriftPolicy
    let scope: SyncScope
    private let ignored: [IgnoredDifference]

    init(_ options: SyncOptions) {
        scope = SyncScope(options)
        policy = options.drift
        ignored = options.ignoreDifferences
    }

    /// Those that a Sync keeps; nil for what holds where nobody says otherwise.
    public init(of sync: Object?) {
        scope = SyncScope(of: sync)
        policy = sync?.spec["drift"]?.string.flatMap(DriftPolicy.init) ?? .heal
        ignored = (sync?.spec["ignoreDifferences"]?.list ?? []).map(IgnoredDifference.init)
    }

    /// Whether what people change or delete stays as they leave it.
    public var leavesDrift: Bool { policy != .heal }

    /// Whether an object that people deleted is created again by the next sync, where its manifest is not held back.
    public func restores(_ key: Key) -> Bool { !leavesDrift(of: key) }

    /// Whether a live object from git is changed back by the next sync.
    public func heals(_ live: Object) -> Bool { healed(live) != nil }

    /// Whether a live object differs from git and is left so, which each sync says.
    public func reports(_ live: Object) -> Bool { reported(live) != nil }
}

extension DriftRules {
    /// Whether what people change or delete of this object stays: by the policy, or because the Sync may not touch it.
    func leavesDrift(of key: Key) -> Bool { leavesDrift || !scope.holds(key) }

    /// The object as it would be had nobody changed it by hand; nil where that stays, or touches nothing that git says.
    func healed(_ live: Object) -> Object? {
        guard !leavesDrift(of: live.key), let origin = live.origin else { return nil }
        return difference(of: live, from: Desired(lastAppliedTo: live.key, origin))
    }

    /// The object as healing would make it, where a person has to know that it stays different.
    func reported(_ live: Object) -> Object? {
        guard policy == .report, let origin = live.origin else { return nil }
        return difference(of: live, from: Desired(lastAppliedTo: live.key, origin))
    }

    /// The object that a manifest makes of a live one.
    ///
    /// - Parameter base: the live object, or what healing makes of it.
    func applied(_ desired: Desired, over base: Object, live: Object, lastApplied: Value?) -> Object {
        desired.applied(over: base, lastApplied: lastApplied, edits: leavesDrift ? .kept : .undone)
            .keeping(pointers(for: live.key), of: live)
    }

    /// Whether an object that a manifest was applied over is not all that git says, and is left so.
    func leaves(_ object: Object, different desired: Desired) -> Bool {
        guard leavesDrift(of: object.key) || !pointers(for: object.key).isEmpty else { return false }
        return !desired.applied(over: object, lastApplied: desired.lastApplied).isSameWish(as: object)
    }

    /// The object as git alone would have it, but for fields that are not git's; nil where it is that already.
    func difference(of object: Object, from desired: Desired) -> Object? {
        let wanted = desired.applied(over: object, lastApplied: desired.lastApplied)
            .keeping(pointers(for: object.key), of: object)
        return wanted.isSameWish(as: object) ? nil : wanted
    }

    /// The fields of an object that are not git's.
    func pointers(for key: Key) -> [JSONPointer] {
        ignored.isEmpty ? [] : ignored.filter { $0.concerns(key) }.flatMap(\.pointers)
    }
}

extension Object {
    /// Whether both say the same in all that an author writes.
    func isSameWish(as other: Object) -> Bool {
        metadata.labels == other.metadata.labels && metadata.annotations == other.metadata.annotations
            && metadata.owners == other.metadata.owners && spec == other.spec
    }
}
