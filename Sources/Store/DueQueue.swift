/// Which slots are due when: a binary heap whose entries are not searched for when a due time moves, but left to go stale.
///
/// The truth is the due time in each slot's entry; callers pass it in as `due`. Own code rather than a library's heap,
/// because reading all that is due at an instant walks the top of the heap without taking it apart, and snapshots only
/// read. The heap is plain bytes, so its copy on the first write after a snapshot is one `memcpy`.
struct DueQueue: Sendable {
    private struct Entry {
        let due: Int64
        let slot: Slot
    }

    private var heap: [Entry] = []
    private var stale = 0

    /// When nobody ever looks at an object again.
    static let never = Int64.max

    /// When the first is due; never where nothing is.
    var next: Int64 { heap.first?.due ?? Self.never }

    /// All slots that are due at or before the instant, in no order.
    func slots(dueBy limit: Int64, due: (Slot) -> Int64) -> [Slot] {
        var found: [Slot] = []
        // A slot whose due time moved away and back is entered twice.
        var seen = SlotSet()
        var pending = [0]
        while let index = pending.popLast() {
            guard index < heap.count, heap[index].due <= limit else { continue }
            let slot = heap[index].slot
            if due(slot) == heap[index].due, !seen.contains(slot) {
                seen.insert(slot)
                found.append(slot)
            }
            pending.append(2 * index + 2)
            pending.append(2 * index + 1)
        }
        return found
    }

    /// Notes that the slot's due time moved from `old` to `new`; `due` already answers `new`.
    mutating func move(_ slot: Slot, from old: Int64, to new: Int64, due: (Slot) -> Int64) {
        if old != Self.never { stale += 1 }
        if new != Self.never { push(Entry(due: new, slot: slot)) }
        // The top is always true, so that `next` needs no search.
        while let first = heap.first, due(first.slot) != first.due {
            popFirst()
            stale -= 1
        }
        if stale > 64, 2 * stale > heap.count { rebuild(due: due) }
    }

    /// Enters stored due times into an empty queue.
    mutating func restore(_ dues: [(slot: Slot, due: Int64)]) {
        // A sorted array is a heap.
        heap = dues.map { Entry(due: $0.due, slot: $0.slot) }.sorted { $0.due < $1.due }
    }

    private mutating func rebuild(due: (Slot) -> Int64) {
        var seen = SlotSet()
        var kept: [Entry] = []
        for entry in heap where due(entry.slot) == entry.due && !seen.contains(entry.slot) {
            seen.insert(entry.slot)
            kept.append(entry)
        }
        heap = kept.sorted { $0.due < $1.due }
        stale = 0
    }

    private mutating func push(_ entry: Entry) {
        heap.append(entry)
        var index = heap.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard entry.due < heap[parent].due else { break }
            heap[index] = heap[parent]
            index = parent
        }
        heap[index] = entry
    }

    private mutating func popFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        var index = 0
        while true {
            var child = 2 * index + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].due < heap[child].due { child += 1 }
            guard heap[child].due < last.due else { break }
            heap[index] = heap[child]
            index = child
        }
        heap[index] = last
    }
}
