/// A set of slots, a bit each: some 6 KB at 50,000 keys, so that the copy on the first write after a snapshot costs
/// about a microsecond, whatever the set holds.
struct SlotSet: Sendable {
    private var words: [UInt64] = []
    /// How many slots are in the set.
    private(set) var count = 0

    /// Whether the slot is in the set.
    func contains(_ slot: Slot) -> Bool {
        let word = Int(slot) >> 6
        return word < words.count && words[word] & (1 << UInt64(slot & 63)) != 0
    }

    /// Puts a slot in.
    mutating func insert(_ slot: Slot) {
        let word = Int(slot) >> 6
        if word >= words.count { words.append(contentsOf: repeatElement(0, count: word + 1 - words.count)) }
        let bit: UInt64 = 1 << UInt64(slot & 63)
        guard words[word] & bit == 0 else { return }
        words[word] |= bit
        count += 1
    }

    /// Takes a slot out.
    mutating func remove(_ slot: Slot) {
        guard contains(slot) else { return }
        words[Int(slot) >> 6] &= ~(1 << UInt64(slot & 63))
        count -= 1
    }
}

extension SlotSet: Sequence {
    /// The slots in ascending order, which means nothing outside.
    func makeIterator() -> some IteratorProtocol<Slot> {
        var index = 0
        var rest = words.first ?? 0
        return AnyIterator { [words] in
            while rest == 0 {
                index += 1
                guard index < words.count else { return nil }
                rest = words[index]
            }
            let slot = Slot(index << 6 + rest.trailingZeroBitCount)
            rest &= rest - 1
            return slot
        }
    }

    /// The exact number, so that arrays are made at once.
    var underestimatedCount: Int { count }
}
