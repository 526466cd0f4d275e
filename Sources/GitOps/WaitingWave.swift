public import Resources
public import Store
internal import Engine

/// A wave of a sync that waits, and for what: what outputs say of it.
public struct WaitingWave: Hashable, Sendable {
    /// The number that manifests name.
    public let number: Int
    /// The objects that it changes or deletes, ascending.
    public let keys: [Key]
    /// Whether it deletes what git no longer names.
    public let isPrune: Bool
    /// The first object that it waits for; nil where only the wave before it is in the way.
    public let blocker: Readiness?
    /// Whether the blocker is gone: somebody deleted it by hand.
    public let missing: Key?
    /// Whether nothing is in its way, and it cannot go all the same: the next sync decides anew.
    public let isStuck: Bool
}

extension WaitingWave {
    /// Those of a Sync, in the order in which they go.
    public static func all(of sync: String, in state: State) -> [WaitingWave] {
        let isSuspended = state[Key(.sync, "", sync)]?.syncStatus.suspension != nil
        return Wave.all(of: sync, in: state).enumerated().map { index, wave in
            // What a later wave waits for comes with the one before it.
            let key = index == 0 ? wave.blocker(in: state, at: state.instant) : nil
            return WaitingWave(
                number: wave.number,
                keys: wave.changes.map(\.key).sorted(),
                isPrune: wave.isPrune,
                blocker: key.flatMap { state[$0] }.map { Readiness($0, in: state) },
                missing: key.flatMap { state.contains($0) ? nil : $0 },
                isStuck: index == 0 && key == nil && !isSuspended
            )
        }
    }

    /// What waits, and for what: `wave 1 (2 objects) waits for Service default/shop, which failed`.
    public var sentence: String {
        let count = keys.count == 1 ? "\(keys[0])" : "\(keys.count) objects"
        let what = isPrune ? "pruning in wave \(number) (\(count))" : "wave \(number) (\(count))"
        if let missing { return "\(what) waits for \(missing), which was deleted by hand" }
        if let blocker { return "\(what) waits for \(blocker.key), which \(blocker.standing.clause)" }
        return isStuck ? "\(what) cannot go as it was planned; the next sync decides anew" : "\(what) comes after that"
    }

    /// The same with why the object is not ready.
    public var message: String {
        let why = [blocker?.reason, blocker?.message].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ": ")
        return why.isEmpty ? sentence : "\(sentence) (\(why))"
    }
}

extension SyncRun {
    /// The waves that wait since an earlier sync; the state is read only where the Sync says that there are any.
    func waitingWaves(of sync: Object?) throws -> [WaitingWave] {
        guard let sync, sync.syncStatus.waves.waiting > 0 else { return [] }
        return WaitingWave.all(of: sync.metadata.name, in: try store.load())
    }
}

extension Readiness.Standing {
    /// After `which`.
    fileprivate var clause: String {
        switch self {
        case .ready: "is at work"
        case .rollingOut: "is rolling out"
        case .starting: "is starting"
        case .waitingForBuilder: "waits for a builder"
        case .failed: "failed"
        }
    }
}
