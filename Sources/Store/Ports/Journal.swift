package import Resources

/// Where transactions are kept: the port between the store and the disk.
///
/// Synchronous, because the store's actor is the only one that writes, and because a reconciler that asks for an object
/// which is still on the disk cannot wait. All that it throws says what to do. Seen by the package, so that the simulation
/// brings a disk that fails when it is told to.
package protocol Journal: Sendable {
    /// The facts, without reading anything else.
    func readFacts() throws(StoreError) -> Facts
    /// All rows of the index, by ascending slot.
    func readIndex() throws(StoreError) -> [IndexRow]
    /// One object.
    func readObject(_ slot: Slot) throws(StoreError) -> Object
    /// The objects whose keys are in a set, in no order, without reading anything else.
    func readObjects(marked mark: Mark) throws(StoreError) -> [Object]
    /// All objects, in no order, in one pass.
    func readObjects(_ body: (Slot, Object) -> Void) throws(StoreError)
    /// What happened to objects, in the order of when it happened last; bounded.
    func readOccurrences() throws(StoreError) -> [Occurrence]
    /// Writes all of a batch, durably, or nothing.
    func write(_ batch: JournalBatch) throws(StoreError)
    /// Lets go of the disk; nothing can be read or written afterwards.
    func close()
    /// What went through so far.
    var counters: Counters { get }
}

/// One key in the journal: all but the object. Nobody but the store looks into it.
package struct IndexRow: Sendable {
    /// The key's number: its place in the journal.
    package var slot: Slot
    var key: Key
    var entry: Entry
    /// What the object refers to.
    var references: SlotList
    /// One bit for each `Mark`.
    var marks: UInt8

    /// Whether the key is in a set.
    package func isMarked(_ mark: Mark) -> Bool { marks & (1 << mark.rawValue) != 0 }
}

/// What one flush writes: each row once, as it stands at the end.
package struct JournalBatch: Sendable {
    /// The facts after it.
    package var facts: Facts
    /// Rows of the index to write.
    package var rows: [IndexRow]
    /// Objects to write; nil deletes.
    package var objects: [(slot: Slot, object: Object?)]
    /// What happened since the last one, oldest first.
    package var occurrences: [Occurrence]
}
