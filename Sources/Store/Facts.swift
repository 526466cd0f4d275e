public import Resources

/// The few things that a run asks first: with them it knows whether there is anything to do, and loads nothing else.
public struct Facts: Hashable, Sendable {
    /// The state's identity, drawn once when the state was made: every uid in it derives from this.
    public var stateID: String
    /// The version of the last change.
    public var version: Int
    /// When the last transaction on disk was written: no clock goes back behind it.
    public var lastInstant: Instant
    /// When the next reconciler is to look at its object, but for housekeeping; nil when all are at rest.
    public var nextDue: Instant?
    /// When housekeeping is due next; nil when there is none to come.
    public var nextChore: Instant?
    /// How many reports are behind.
    public var unreported: Int
    /// How many objects from git were changed by hand, and neither healed since nor looked at and left.
    public var edited: Int
    /// How many workloads wait for the runtime's answer.
    public var wished: Int
    /// The Syncs, whole, by ascending name.
    public var syncs: [Object]

    /// The facts of an empty state.
    public init(stateID: String) {
        self.stateID = stateID
        version = 0
        lastInstant = Instant(milliseconds: 0)
        unreported = 0
        edited = 0
        wished = 0
        syncs = []
    }
}

extension Facts {
    /// The facts of a state.
    init(of state: State) {
        self.init(stateID: state.id)
        version = state.version
        lastInstant = state.instant
        nextDue = state.nextDue
        nextChore = state.nextChore
        unreported = state.count(.unreported)
        edited = state.count(.edited)
        wished = state.count(.wished)
        syncs = state.keys(.sync).compactMap { state[$0] }
    }
}
