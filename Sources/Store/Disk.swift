internal import Resources
internal import Synchronization

/// Where a state's unread objects come from; shared by all copies of the state.
final class Disk: Sendable {
    let journal: any Journal
    private let failure = Mutex<StoreError?>(nil)

    init(_ journal: any Journal) { self.journal = journal }

    /// The first failure to read, if any.
    var readFailure: StoreError? { failure.withLock { $0 } }

    /// Remembers a failure to read: reading an object has no way to throw.
    func note(_ error: StoreError) {
        failure.withLock { $0 = $0 ?? error }
    }
}

extension State {
    /// Why an object could not be read from the disk, if that ever happened to this state or a copy of it.
    ///
    /// Reading cannot throw, so an unreadable object seems absent. The store refuses to commit from then on; whoever only
    /// reads asks here at the end.
    public var readFailure: StoreError? { disk?.readFailure }

    /// What went between memory and disk so far; zeros for a state that never saw one.
    public var counters: Counters { disk?.journal.counters ?? Counters() }

    /// Reads all objects that are still on the disk in one pass: five times faster than one after another, for whoever
    /// is going to look at most of them.
    public func preload() throws(StoreError) {
        guard let disk else { return }
        do {
            try disk.journal.readObjects { slot, object in
                if case .stored(let stored) = contents[slot] { stored.fill(object) }
            }
        } catch {
            disk.note(error)
            throw error
        }
    }
}

extension State {
    /// The state that a journal holds, with its objects still on the disk.
    init(journal: any Journal) throws(StoreError) {
        let facts = try journal.readFacts()
        let rows = try journal.readIndex()
        self.init(id: facts.stateID)
        version = facts.version
        instant = facts.lastInstant
        let disk = Disk(journal)
        self.disk = disk
        table.restore(rows.map { ($0.slot, $0.key) })
        var dues = [[(slot: Slot, due: Int64)]](repeating: [], count: queues.count)
        var choreDues: [(slot: Slot, due: Int64)] = []
        for row in rows {
            if row.entry.workDue != DueQueue.never {
                dues[Int(row.key.kind.rawValue)].append((row.slot, row.entry.due))
            }
            if row.entry.choreDue != DueQueue.never { choreDues.append((row.slot, row.entry.due)) }
            entries[row.slot] = row.entry
            if row.entry.isPresent {
                contents[row.slot] = .stored(StoredObject(slot: row.slot, disk: disk))
                kinds[Int(row.key.kind.rawValue)].insert(row.slot)
            }
            for mark in Mark.allCases where row.isMarked(mark) {
                marks[mark.rawValue].insert(row.slot)
            }
            if row.entry.incarnation != 0 { reborn.insert(row.slot) }
            if row.entry.controller != Slot.none { links[row.entry.controller].children.append(row.slot) }
            if !row.references.isEmpty { links[row.slot].references = row.references }
            for reference in row.references { links[reference].referrers.append(row.slot) }
        }
        for kind in queues.indices { queues[kind].restore(dues[kind]) }
        chores.restore(choreDues)
        for sync in facts.syncs {
            if let slot = table.slot(of: sync.key) { contents[slot] = .object(sync) }
        }
    }

    /// Takes what the journal has to write, each row once; nil where there is nothing.
    mutating func takeBatch() -> JournalBatch? {
        let isDirty = dirtyRows.count > 0 || dirtyObjects.count > 0 || !log.pending.isEmpty
        guard isDirty || id != writtenID else { return nil }
        // Keys that rows refer to need rows of their own, though nothing else is known of them.
        var slots = dirtyRows
        for slot in dirtyRows {
            let controller = entries[slot].controller
            if controller != Slot.none, !entries[controller].isPresent { slots.insert(controller) }
            for reference in links[slot].references where !entries[reference].isPresent { slots.insert(reference) }
        }
        let batch = JournalBatch(
            facts: Facts(of: self),
            rows: slots.map(indexRow),
            objects: dirtyObjects.map { slot in (slot, object(slot)) },
            occurrences: log.take()
        )
        dirtyRows = SlotSet()
        dirtyObjects = SlotSet()
        writtenID = id
        return batch
    }

    /// Takes a batch back that could not be written: its rows are to be written as they stand by now.
    mutating func takeBack(_ batch: JournalBatch) {
        for row in batch.rows { dirtyRows.insert(row.slot) }
        for (slot, _) in batch.objects { dirtyObjects.insert(slot) }
        log.takeBack(batch.occurrences)
    }

    /// Lets go of the objects of a batch that was written: whoever asks for one again reads it.
    ///
    /// Those that changed meanwhile stay, and those that are due or marked: somebody is about to look at them.
    mutating func release(_ batch: JournalBatch) {
        guard let disk else { return }
        for (slot, written) in batch.objects {
            guard case .object(let current) = contents[slot], current === written,
                entries[slot].workDue == DueQueue.never,
                !marks.contains(where: { $0.contains(slot) })
            else { continue }
            contents[slot] = .stored(StoredObject(slot: slot, disk: disk))
        }
    }

    /// What the journal keeps of a slot beside its object.
    private func indexRow(_ slot: Slot) -> IndexRow {
        var marks: UInt8 = 0
        for mark in Mark.allCases where self.marks[mark.rawValue].contains(slot) { marks |= 1 << mark.rawValue }
        return IndexRow(
            slot: slot,
            key: table.key(slot),
            entry: entries[slot],
            references: links[slot].references,
            marks: marks
        )
    }
}
