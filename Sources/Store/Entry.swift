internal import Resources

/// What there is to know about a key beside its object and its neighbours: plain bytes, so that reading a part counts no
/// references and copying a chunk of them is one `memcpy`.
struct Entry: Sendable {
    /// When its reconciler looks at it next, in milliseconds; `DueQueue.never` for never.
    var due = DueQueue.never
    /// The state's version when the object last changed, or was last marked. It stays when the object goes.
    var touched = 0
    /// The controller that the object names; it need not be there.
    var controller = Slot.none
    /// How often an object of this key was deleted.
    var incarnation: Int32 = 0
    /// The key's kind, for deciding about the key without looking it up.
    var kind = Kind.service
    /// Whether the object has an origin, so that finding whose report shows an object reads no object.
    var hasOrigin = false
    /// Whether there is an object.
    var isPresent = false
    /// Whether what is due is housekeeping alone, which nobody waits for.
    var isChore = false

    /// When work is due; never where it is housekeeping.
    var workDue: Int64 { isChore ? DueQueue.never : due }
    /// When housekeeping is due; never where it is work.
    var choreDue: Int64 { isChore ? due : DueQueue.never }
}

/// The object of a key, or where it is to be had.
enum Content: Sendable {
    case absent
    case object(Object)
    case stored(StoredObject)
}

/// Who refers to whom. Kept apart, since most writes are of a status and change none of it.
struct Links: Sendable {
    /// What the object refers to.
    var references = SlotList.none
    /// The objects that name this one as their controller, in no order.
    var children = SlotList.none
    /// The objects that refer to this one, in no order.
    var referrers = SlotList.none
}
