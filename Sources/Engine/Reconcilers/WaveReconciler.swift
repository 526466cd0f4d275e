internal import Resources
internal import Store

/// Lets a wave go once all that it waits for is ready: each is a transaction of its own.
///
/// Woken by whatever it waits for, and by the wave before it when that goes; nobody asks in between. Unlike the others it
/// writes objects from git, as the Sync would that planned it.
struct WaveReconciler: Reconciler {
    func reconcile(_ object: Object, in state: State, at now: Instant) -> Reconciled {
        var result = Reconciled()
        switch Wave.turn(of: object, in: state, at: now) {
        case .come: result.changes = Wave(object).release(in: state)
        case .uncertain: result.wake(at: now)
        case .later: break
        }
        return result
    }
}
