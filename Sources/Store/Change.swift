public import Resources

/// One wish about the state. A list of them is applied as a whole, or not at all.
public enum Change: Sendable {
    /// Creates an object, or replaces what its author writes: labels, annotations, owners, spec, and the origin where the
    /// draft has one. Status, uid, generation and times are the store's and are kept, whatever the draft says.
    case put(Object, expecting: Expectation = .anything)
    /// Replaces an object's status. An equal one changes nothing.
    case setStatus(Key, Status)
    /// Replaces the source record of an object; nil makes it one that no Sync owns.
    case setOrigin(Key, Origin?)
    /// Deletes an object; an absent one is deleted already.
    case delete(Key, Propagation)
    /// Says when the object's reconciler is to look at it next; nil is never. No event, and no new version.
    case setDue(Key, Instant?)
    /// Says when the object's reconciler is to look at it for the sake of housekeeping, for which nobody waits: a state with
    /// nothing else to do is at rest. Takes the place of any other due time.
    case setChore(Key, Instant)
    /// Puts a key, of an object or of one that is gone, into a set that survives restarts.
    case mark(Key, Mark)
    /// Takes a key out of a set, unless it changed or was marked again after that version of the state.
    case unmark(Key, Mark, ifVersionAtMost: Int)
    /// Puts an object exactly as it stands, with uid, generation, times, status and origin: a rebuild from a report.
    /// Only the resource version is this state's own. Nobody is woken; `due` says when its reconciler looks at it.
    case restore(Object, due: Instant?)
    /// Says how often an object of that key was deleted before: a rebuild from a report.
    case setIncarnation(Key, Int)
}

extension Change {
    /// What must hold of an object before it is put; asked of the state as it was before the whole list.
    public enum Expectation: Hashable, Sendable {
        /// Nothing: create it or replace it.
        case anything
        /// There is none of that name, else `.alreadyExists`.
        case absent
        /// It stands at that resource version, else `.conflict`.
        case version(Int)
    }

    /// What becomes of the children of a deleted object (specification §12).
    public enum Propagation: Sendable {
        /// The object goes at once. Its children are woken, find their controller gone, and delete themselves.
        case background
        /// The children go first, and theirs before them; the object, which is marked as going, is the last.
        case foreground
        /// The children stay and lose their reference to the object.
        case orphan
    }
}

/// Sets of keys that survive restarts: work that is owed to somebody outside the engine.
public enum Mark: Int, CaseIterable, Sendable, Hashable {
    /// An object from git was changed by hand, and its Sync has yet to look at it; healing looks only at these, and at what is
    /// left. Set by whoever carries the edit.
    case edited
    /// The object's report file is behind. Set by the store, on the object from git, whenever it or anything below it
    /// changes; also stays for objects that are gone, whose file has to go.
    case unreported
    /// A workload was created, changed or deleted, and the runtime has not answered yet; or a Build waits for its builder,
    /// or ended and the builder has not cleared away what it made for it. Set by the store.
    case wished
    /// Somebody typed something into the object that git does not say, or it was made from one of which that is true. Set by
    /// whoever carries the edit and taken away by whoever heals it; the store hands it down to what reconcilers make.
    case handmade
    /// Documents of the manifest file are held back; set by whoever writes its record.
    case heldBack
    /// An object from git differs from it by hand, or was deleted by hand, and its Sync looked at it and leaves it so. Set and
    /// taken away by the Sync, so that it is healed once the Sync heals.
    case drifted
    /// An object from git that git no longer names, and that its Sync may not prune. Set and taken away by the Sync.
    case orphaned
}
