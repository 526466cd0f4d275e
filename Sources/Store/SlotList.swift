/// A list of slots in which mostly there is none, or one: then it needs no memory of its own.
enum SlotList: Sendable, Equatable {
    case none
    case one(Slot)
    case several([Slot])
}

extension SlotList: RandomAccessCollection {
    var startIndex: Int { 0 }

    var endIndex: Int {
        switch self {
        case .none: 0
        case .one: 1
        case .several(let slots): slots.count
        }
    }

    subscript(index: Int) -> Slot {
        switch self {
        case .none: preconditionFailure("there is no slot")
        case .one(let slot): slot
        case .several(let slots): slots[index]
        }
    }
}

extension SlotList {
    /// Puts a slot at the end.
    mutating func append(_ slot: Slot) {
        switch self {
        case .none: self = .one(slot)
        case .one(let first): self = .several([first, slot])
        case .several(var slots):
            self = .none
            slots.append(slot)
            self = .several(slots)
        }
    }

    /// Takes a slot out; the order of the others means nothing.
    mutating func remove(_ slot: Slot) {
        switch self {
        case .none: break
        case .one(let only): if only == slot { self = .none }
        case .several(var slots):
            guard let index = slots.firstIndex(of: slot) else { return }
            self = .none
            slots.swapAt(index, slots.count - 1)
            slots.removeLast()
            self = slots.count == 1 ? .one(slots[0]) : .several(slots)
        }
    }
}
