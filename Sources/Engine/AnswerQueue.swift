internal import Resources

/// What is still to be heard from outside, by instant; of one instant, in the order in which it was entered.
struct AnswerQueue<Answer: Sendable>: Sendable {
    private var entries: [(due: Instant, key: Key, answer: Answer)] = []
    /// How many there are about each object, so that only what is waited for is looked for.
    private var counts: [Key: Int] = [:]

    /// When the next comes; nil when none does.
    var next: Instant? { entries.first?.due }

    /// Enters an answer about an object.
    mutating func insert(_ answer: Answer, about key: Key, at due: Instant) {
        // Binary: ten thousand Services may be waiting.
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].due <= due { low = middle + 1 } else { high = middle }
        }
        entries.insert((due, key, answer), at: low)
        counts[key, default: 0] += 1
    }

    /// Nothing more is heard of an object.
    mutating func withdraw(_ key: Key) {
        guard counts.removeValue(forKey: key) != nil else { return }
        entries.removeAll { $0.key == key }
    }

    /// Takes out what is heard at `now` or was before.
    mutating func take(at now: Instant) -> [Answer] {
        let due = entries.prefix { $0.due <= now }
        for entry in due {
            let left = (counts[entry.key] ?? 1) - 1
            counts[entry.key] = left > 0 ? left : nil
        }
        entries.removeFirst(due.count)
        return due.map(\.answer)
    }
}
