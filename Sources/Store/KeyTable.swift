internal import Resources
internal import Synchronization

/// A key's number: dense, so that everything about the key is found by indexing. Nothing that anyone can observe depends
/// on it.
package typealias Slot = Int32

extension Slot {
    /// No key's number.
    static let none: Slot = -1
}

/// The numbers of keys: one table, shared by all copies of a state.
///
/// Sharing is safe because the table only grows: a number, once given, means the same key for ever and in every copy. A
/// copy that never heard of a key, because another copy introduced it, simply has nothing in that slot. So copying a
/// state does not copy the table, and neither does the first write after a copy. Deleted keys keep their number; their
/// incarnation has to be remembered anyway. The price is one uncontended lock a lookup, some 20 ns.
final class KeyTable: Sendable {
    fileprivate struct Content {
        var slots: [Key: Slot] = [:]
        /// The keys by number; nil where a stored state has a gap.
        var keys: [Key?] = []
    }

    private let content = Mutex(Content())

    /// The key's number, if any copy ever gave it one.
    func slot(of key: Key) -> Slot? {
        content.withLock { $0.slots[key] }
    }

    /// The key's number; a new one for a new key.
    func intern(_ key: Key) -> Slot {
        content.withLock { content in
            if let slot = content.slots[key] { return slot }
            let slot = Slot(content.keys.count)
            content.keys.append(key)
            content.slots[key] = slot
            return slot
        }
    }

    /// The key that has that number.
    ///
    /// - Precondition: the number was given by this table.
    func key(_ slot: Slot) -> Key {
        content.withLock { $0.key(slot) }
    }

    /// The keys of those numbers, ascending, each once.
    func sortedKeys(_ slots: some Sequence<Slot>) -> [Key] {
        var keys = content.withLock { content in slots.map(content.key) }
        keys.sort()
        return keys
    }

    /// The first of the keys of those numbers, ascending, if there are more than `limit`; all of them otherwise.
    ///
    /// Most of many are compared once, with the last of the first that were found so far.
    func firstKeys(_ limit: Int, of slots: [Slot]) -> [Key] {
        guard slots.count > limit else { return sortedKeys(slots) }
        var first: [Key] = []
        content.withLock { content in
            var isSettled = false
            for slot in slots {
                let key = content.key(slot)
                if isSettled, !(key < first[limit - 1]) { continue }
                first.append(key)
                guard first.count == 2 * limit else { continue }
                first.sort()
                first.removeSubrange(limit...)
                isSettled = true
            }
        }
        first.sort()
        return Array(first.prefix(limit))
    }

    /// Enters stored keys under their stored numbers, before anyone else has the table.
    func restore(_ rows: [(slot: Slot, key: Key)]) {
        content.withLock { content in
            let count = (rows.lazy.map(\.slot).max() ?? -1) + 1
            content.keys = Array(repeating: nil, count: Int(count))
            content.slots.reserveCapacity(rows.count)
            for (slot, key) in rows {
                content.keys[Int(slot)] = key
                content.slots[key] = slot
            }
        }
    }
}

extension KeyTable.Content {
    fileprivate func key(_ slot: Slot) -> Key {
        guard let key = keys[Int(slot)] else { preconditionFailure("slot \(slot) was never given to a key") }
        return key
    }
}
