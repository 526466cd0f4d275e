/// Labels or annotations: strings by key, kept in key order so that equal maps have equal text.
public struct StringMap: Hashable, Sendable {
    /// The pairs, by ascending key; no key stands twice.
    public private(set) var entries: [Entry]

    /// One pair.
    public struct Entry: Hashable, Sendable {
        /// The label's or annotation's key: `elafros.dev/service`.
        public let key: String
        /// Its value; always a string.
        public var value: String
    }

    /// An empty map.
    public init() { entries = [] }

    /// A map of those pairs; of several with one key the last counts.
    public init(_ pairs: some Sequence<(String, String)>) {
        self.init()
        entries.reserveCapacity(pairs.underestimatedCount)
        for (key, value) in pairs {
            // Pairs mostly come in order, and a search for each would make thousands of labels slow.
            if entries.last.map({ $0.key < key }) ?? true {
                entries.append(Entry(key: key, value: value))
            } else {
                self[key] = value
            }
        }
    }

    /// Whether there are none.
    public var isEmpty: Bool { entries.isEmpty }

    /// The value under `key`; setting nil removes it.
    public subscript(key: String) -> String? {
        get {
            for entry in entries where entry.key == key { return entry.value }
            return nil
        }
        set {
            let index = entries.firstIndex { $0.key >= key } ?? entries.endIndex
            let isThere = index < entries.endIndex && entries[index].key == key
            switch (isThere, newValue) {
            case (true, let value?): entries[index].value = value
            case (true, nil): entries.remove(at: index)
            case (false, let value?):
                // One by one: most maps hold a handful for good, and twice the room would stay empty.
                entries.reserveCapacity(entries.count + 1)
                entries.insert(Entry(key: key, value: value), at: index)
            case (false, nil): break
            }
        }
    }

    /// This map with the other's pairs laid over it.
    public func merging(_ other: StringMap) -> StringMap {
        if other.isEmpty { return self }
        if isEmpty { return other }
        var merged = self
        for entry in other.entries { merged[entry.key] = entry.value }
        return merged
    }
}

extension StringMap: ExpressibleByDictionaryLiteral {
    /// Writes a map as a literal: `["elafros.dev/service": "shop"]`.
    public init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }
}
