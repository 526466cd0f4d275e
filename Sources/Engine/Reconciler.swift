internal import Resources
internal import Store

/// Brings objects of one kind nearer to their spec.
///
/// A pure function of (object, state, now): no clock, no random number, no effect but the changes it returns. It looks
/// at what is, not at what happened, so being called once too often does no harm: called again at the same instant on
/// the state that its changes made, it must return nothing that changes anything. It writes only its own object's
/// status, the objects that its own object controls, and the labels of §1.6.
protocol Reconciler: Sendable {
    /// What must change at `now`, and when to look again although nothing changed.
    func reconcile(_ object: Object, in state: State, at now: Instant) -> Reconciled
}

/// What one look at one object came to.
struct Reconciled {
    /// To be applied together, in this order.
    var changes: [Change] = []
    /// When time alone makes a difference to the object: a rollout's next step, a deadline.
    var dueAgain: Instant?
    /// Whether that is for housekeeping alone: nobody waits for it.
    var isChore = false

    /// Writes `status` unless it stands there already.
    mutating func write(_ status: Status, of object: Object) {
        if object.status != status { changes.append(.setStatus(object.key, status)) }
    }

    /// Takes the earlier of that instant and the one there is.
    mutating func wake(at instant: Instant) {
        dueAgain = dueAgain.map { min($0, instant) } ?? instant
    }

    /// The change that has the object looked at again.
    func due(_ key: Key) -> Change {
        if isChore, let dueAgain { .setChore(key, dueAgain) } else { .setDue(key, dueAgain) }
    }
}
