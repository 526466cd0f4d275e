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
        /// The keys by number; `gap` where a stored state has none. Not optional, so that comparing with one copies none.
        private(set) var keys: [Key] = []
        /// The numbers, each at the place that its key's hash names or the next free one after it: open addressing, at most
        /// half full. A dictionary would hold each key again, which at ten thousand Services is a tenth of all memory.
        private var places: [Slot] = []
        /// Drawn, so that nobody can choose names that meet at one place.
        private let seed = UInt64.random(in: .min ... .max)
    }

    private let content = Mutex(Content())

    /// The key's number, if any copy ever gave it one.
    func slot(of key: Key) -> Slot? {
        content.withLock { $0.slot(of: key) }
    }

    /// The key's number; a new one for a new key.
    func intern(_ key: Key) -> Slot {
        content.withLock { $0.slot(of: key) ?? $0.append(key) }
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
        content.withLock { $0.restore(rows) }
    }
}

extension KeyTable.Content {
    /// What no object has for a key.
    private static let gap = Key(.service, "", "\0")

    fileprivate func key(_ slot: Slot) -> Key {
        let key = keys[Int(slot)]
        precondition(key != Self.gap, "slot \(slot) was never given to a key")
        return key
    }

    fileprivate func slot(of key: Key) -> Slot? {
        guard !places.isEmpty else { return nil }
        let slot = places[place(of: key)]
        return slot == Slot.none ? nil : slot
    }

    fileprivate mutating func append(_ key: Key) -> Slot {
        let slot = Slot(keys.count)
        keys.append(key)
        if 2 * keys.count > places.count {
            spread(over: max(64, 2 * places.count))
        } else {
            places[place(of: key)] = slot
        }
        return slot
    }

    fileprivate mutating func restore(_ rows: [(slot: Slot, key: Key)]) {
        keys = Array(repeating: Self.gap, count: Int(rows.lazy.map(\.slot).max() ?? -1) + 1)
        for (slot, key) in rows { keys[Int(slot)] = key }
        var size = 64
        while size < 2 * keys.count { size *= 2 }
        spread(over: size)
    }

    /// The place at which the key's number stands, or would have to be put.
    private func place(of key: Key) -> Int {
        var place = Int(truncatingIfNeeded: KeyHash(of: key, seed: seed).value) & (places.count - 1)
        while places[place] != Slot.none, keys[Int(places[place])] != key { place = (place + 1) & (places.count - 1) }
        return place
    }

    /// Puts all numbers into as many places, a power of two.
    private mutating func spread(over size: Int) {
        places = Array(repeating: Slot.none, count: size)
        for (slot, key) in keys.enumerated() where key != Self.gap { places[place(of: key)] = Slot(slot) }
    }
}

/// A hash of a key, eight bytes a step. `Hasher`, which does not know how short names are, takes four times as long, and a
/// look at an object asks for the keys of ten.
private struct KeyHash {
    private(set) var value: UInt64

    init(of key: Key, seed: UInt64) {
        value = seed
        add(UInt64(key.kind.rawValue))
        add(key.namespace)
        add(key.name)
    }

    private mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            var index = 0
            while index + 8 <= bytes.count {
                add(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                index += 8
            }
            // With the length in the last step, no text runs on into the next.
            var rest = UInt64(bytes.count)
            while index < bytes.count {
                rest = rest << 8 | UInt64(bytes[index])
                index += 1
            }
            add(rest)
        }
    }

    private mutating func add(_ word: UInt64) {
        let product = (value ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        value = product.high ^ product.low
    }
}
