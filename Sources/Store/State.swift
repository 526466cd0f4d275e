public import Resources

/// The state of the world, as a value: every object by its key, when each is due, what is marked, and who refers to whom.
///
/// Copying it is copying a few references, so a snapshot costs nothing until one of the copies is written to, and then
/// little. Reading takes constant time. The only way to change it is ``apply(_:at:by:)``.
///
/// Inside, keys are interned to dense numbers and objects are immutable boxes in chunks copied on write. Nothing that
/// anyone can observe depends on those numbers: lists come in the order of keys.
public struct State: Sendable {
    /// The state's identity: uids of objects without an owner derive from it.
    public var id: String
    /// The number of the last change; each change that changes something takes the next.
    public internal(set) var version = 0
    /// The latest instant at which anything was applied.
    public internal(set) var instant = Instant(milliseconds: 0)

    let table: KeyTable
    var entries = Chunked(of: Entry())
    var contents = Chunked(of: Content.absent)
    var links = Chunked(of: Links())
    /// When what is due, by kind.
    var queues = [DueQueue](repeating: DueQueue(), count: Kind.allCases.count)
    /// When housekeeping is due, of all kinds; a slot is here or above.
    var chores = DueQueue()
    /// The slots of present objects, by kind.
    var kinds = [SlotSet](repeating: SlotSet(), count: Kind.allCases.count)
    /// The marked slots, by mark.
    var marks = [SlotSet](repeating: SlotSet(), count: Mark.allCases.count)
    /// The slots whose incarnation is not 0.
    var reborn = SlotSet()
    /// What the journal has to write: slots whose object changed, and slots of which anything changed.
    var dirtyObjects = SlotSet()
    var dirtyRows = SlotSet()
    /// The identity that the journal knows.
    var writtenID: String
    /// What happened to objects and the journal does not hold yet.
    var log = OccurrenceLog()
    /// What happened since a store began a transaction; nil outside of one, and where nobody watches.
    var recorded: [Event]?
    /// Where objects that were not read yet come from, and what went wrong there.
    var disk: Disk?

    /// An empty state.
    public init(id: String) {
        self.id = id
        writtenID = id
        table = KeyTable()
    }
}

extension State {
    /// The object of that key.
    ///
    /// An object that cannot be read from a damaged disk seems absent; see ``readFailure``.
    public subscript(key: Key) -> Object? {
        guard let slot = table.slot(of: key) else { return nil }
        return object(slot)
    }

    /// Whether there is an object of that key, without reading it.
    public func contains(_ key: Key) -> Bool {
        guard let slot = table.slot(of: key) else { return false }
        return entries[slot].isPresent
    }

    /// The keys of all objects of a kind, ascending. Takes time in proportion to their number.
    public func keys(_ kind: Kind) -> [Key] {
        table.sortedKeys(kinds[Int(kind.rawValue)])
    }

    /// How many objects of a kind there are. Constant time.
    public func count(_ kind: Kind) -> Int { kinds[Int(kind.rawValue)].count }

    /// The objects that name `key` as their controller, ascending; whether or not it is there.
    public func children(of key: Key) -> [Key] {
        guard let slot = table.slot(of: key) else { return [] }
        let children = links[slot].children
        return children.isEmpty ? [] : table.sortedKeys(children)
    }

    /// The objects that refer to `key`, ascending; whether or not it is there.
    public func referrers(of key: Key) -> [Key] {
        guard let slot = table.slot(of: key) else { return [] }
        let referrers = links[slot].referrers
        return referrers.isEmpty ? [] : table.sortedKeys(referrers)
    }

    /// The keys in a set, ascending.
    public func marked(_ mark: Mark) -> [Key] {
        table.sortedKeys(marks[mark.rawValue])
    }

    /// Whether a key is in a set. Constant time.
    public func isMarked(_ key: Key, _ mark: Mark) -> Bool {
        guard let slot = table.slot(of: key) else { return false }
        return marks[mark.rawValue].contains(slot)
    }

    /// How many keys are in a set. Constant time.
    public func count(_ mark: Mark) -> Int { marks[mark.rawValue].count }

    /// The keys that are due at that instant or before, ascending.
    public func dueKeys(at now: Instant) -> [Key] {
        table.sortedKeys(Kind.allCases.flatMap { slots($0, dueAt: now) } + chores(dueAt: now))
    }

    /// The keys that are due at that instant or before and whose kind has the lowest rank among them, ascending. Those for
    /// housekeeping come once nothing else is due.
    ///
    /// - Parameter limit: how many at most, the first of them. So a round of the engine takes a few out of hundreds of
    ///   thousands without sorting the others.
    public func dueKeys(at now: Instant, lowest rank: (Kind) -> Int, limit: Int = .max) -> [Key] {
        let kinds = Kind.allCases.filter { queues[Int($0.rawValue)].next <= now.milliseconds }
        if let lowest = kinds.map(rank).min() {
            return table.firstKeys(limit, of: kinds.filter { rank($0) == lowest }.flatMap { slots($0, dueAt: now) })
        }
        let chores = chores(dueAt: now)
        guard let lowest = chores.map({ rank(entries[$0].kind) }).min() else { return [] }
        return table.firstKeys(limit, of: chores.filter { rank(entries[$0].kind) == lowest })
    }

    private func slots(_ kind: Kind, dueAt now: Instant) -> [Slot] {
        queues[Int(kind.rawValue)].slots(dueBy: now.milliseconds) { entries[$0].workDue }
    }

    /// The slots of which housekeeping is due.
    private func chores(dueAt now: Instant) -> [Slot] {
        guard chores.next <= now.milliseconds else { return [] }
        return chores.slots(dueBy: now.milliseconds) { entries[$0].choreDue }
    }

    /// Whether an object of a kind is due at that instant or before, but for housekeeping. Constant time.
    public func isDue(_ kind: Kind, at now: Instant) -> Bool { queues[Int(kind.rawValue)].next <= now.milliseconds }

    /// Whether such an object of a kind is due at that instant or before, but for housekeeping. Takes time in proportion to the
    /// number of those that are due.
    public func isDue(_ kind: Kind, at now: Instant, where isMeant: (Object) -> Bool) -> Bool {
        isDue(kind, at: now) && slots(kind, dueAt: now).contains { slot in object(slot).map(isMeant) ?? false }
    }

    /// When the next object is due, but for housekeeping; nil when all are at rest. Constant time.
    public var nextDue: Instant? { Instant(due: nextWork) }

    private var nextWork: Int64 { queues.reduce(DueQueue.never) { min($0, $1.next) } }

    /// When housekeeping is due next; nil when there is none to come. Constant time.
    public var nextChore: Instant? { Instant(due: chores.next) }

    /// When a reconciler is to look at something next, whatever for; nil for never.
    public var nextLook: Instant? { Instant(due: min(nextWork, chores.next)) }

    /// When the object is due; nil for never.
    public func due(_ key: Key) -> Instant? {
        guard let slot = table.slot(of: key) else { return nil }
        return Instant(due: entries[slot].due)
    }

    /// Whether what the object is due for is housekeeping.
    public func isChore(_ key: Key) -> Bool {
        guard let slot = table.slot(of: key) else { return false }
        return entries[slot].isChore
    }

    /// How many objects name `key` as their controller. Constant time.
    public func childCount(of key: Key) -> Int {
        guard let slot = table.slot(of: key) else { return 0 }
        return links[slot].children.count
    }

    /// How often an object of that key was deleted.
    public func incarnation(of key: Key) -> Int {
        guard let slot = table.slot(of: key) else { return 0 }
        return Int(entries[slot].incarnation)
    }

    /// All keys of which an object was deleted, ascending, with how often.
    public var incarnations: [(key: Key, count: Int)] {
        table.sortedKeys(reborn).map { ($0, incarnation(of: $0)) }
    }

    /// The version of the state at the key's last change or mark; 0 for a key that never had any. It outlives the object.
    public func version(of key: Key) -> Int {
        guard let slot = table.slot(of: key) else { return 0 }
        return entries[slot].touched
    }
}

extension State {
    /// The object in a slot; nil where there is none, or where the disk does not give it back.
    func object(_ slot: Slot) -> Object? {
        do { return try loadedObject(slot) } catch { return nil }
    }

    /// The object in a slot, or why the disk does not give it back.
    func loadedObject(_ slot: Slot) throws(StoreError) -> Object? {
        switch contents[slot] {
        case .absent: return nil
        case .object(let object): return object
        case .stored(let stored):
            do {
                return try stored.object()
            } catch {
                disk?.note(error)
                throw error
            }
        }
    }
}

extension Instant {
    /// A due time as the queue has it; nil for never.
    fileprivate init?(due: Int64) {
        guard due != DueQueue.never else { return nil }
        self.init(milliseconds: due)
    }
}

extension State {
    /// Whether nothing waits for anybody: nothing is due, changed by hand, not reported or not carried out.
    public var isQuiet: Bool {
        nextDue == nil && [Mark.unreported, .edited, .wished].allSatisfy { count($0) == 0 }
    }
}
