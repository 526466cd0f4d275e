internal import Glibc

/// An ordered map with text for keys, the form of YAML's and JSON's objects.
///
/// One array of entries, because the maps of manifests hold a handful of keys, where searching one after another beats
/// hashing, and because equal arrays that share storage are found equal at once. Finding a key takes time in proportion
/// to the number of entries: build large maps with `init(uniqueEntries:)`.
///
/// The order counts for equality; whoever wants canonical order keeps it, see ``sortedByKey()``.
public struct Map: Sendable, Hashable {
    /// A key with its value.
    public struct Entry: Sendable {
        /// The key.
        public var key: String
        /// What stands under the key.
        public var value: Value

        /// Creates an entry.
        public init(key: String, value: Value) {
            self.key = key
            self.value = value
        }
    }

    /// The entries in order; no two keys are equal.
    public private(set) var entries: [Entry]

    /// Creates an empty map.
    public init() { entries = [] }

    /// Creates a map from entries whose keys all differ, in linear time.
    ///
    /// - Precondition: the keys differ; checked in debug builds alone, for its cost.
    public init(uniqueEntries entries: [Entry]) {
        self.init(unchecked: entries)
        assert(firstRepeatedIndex == nil, "the keys of a map differ")
    }

    /// Creates a map from entries that the caller checks.
    init(unchecked entries: [Entry]) { self.entries = entries }

    /// Creates a map from pairs in order; of a key given twice the last value stays, in the first one's place.
    public init(_ pairs: some Sequence<(String, Value)>) {
        entries = []
        entries.reserveCapacity(pairs.underestimatedCount)
        for (key, value) in pairs { self[key] = value }
    }
}

extension Map {
    /// The value under a key.
    ///
    /// Setting a new key appends it, setting a known one keeps its place, setting nil removes it.
    public subscript(key: String) -> Value? {
        get { index(of: key).map { entries[$0].value } }
        set {
            switch (index(of: key), newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append(Entry(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    /// How many entries there are.
    public var count: Int { entries.count }

    /// Whether there are none.
    public var isEmpty: Bool { entries.isEmpty }

    /// The keys in order.
    public var keys: some RandomAccessCollection<String> { entries.lazy.map(\.key) }

    /// This map with its entries in the order of their keys' bytes; maps inside it stay as they are.
    public func sortedByKey() -> Map {
        var sorted = self
        if !isSortedByKey { sorted.entries.sort { $0.key.precedesByBytes($1.key) } }
        return sorted
    }

    private var isSortedByKey: Bool {
        entries.indices.dropFirst().allSatisfy { entries[$0 - 1].key.precedesByBytes(entries[$0].key) }
    }

    private func index(of key: String) -> Int? {
        let length = key.utf8.count
        return entries.firstIndex { $0.key.utf8.count == length && $0.key.hasSameBytes(as: key) }
    }

    /// The index of the first entry whose key stands before it already.
    var firstRepeatedIndex: Int? {
        // Up to here comparing all with all, mostly by length alone, is the fastest.
        guard entries.count > 16 else {
            for index in entries.indices.dropFirst() {
                let key = entries[index].key
                for earlier in 0..<index where entries[earlier].key.hasSameBytes(as: key) { return index }
            }
            return nil
        }
        let order = entries.indices.sorted { left, right in
            let (leftKey, rightKey) = (entries[left].key, entries[right].key)
            return leftKey.hasSameBytes(as: rightKey) ? left < right : leftKey.precedesByBytes(rightKey)
        }
        var first: Int?
        for (left, right) in zip(order, order.dropFirst()) where entries[left].key.hasSameBytes(as: entries[right].key)
        {
            first = min(first ?? right, right)
        }
        return first
    }
}

extension Map.Entry: Hashable {
    /// Whether key and value would be written as the same bytes.
    public static func == (left: Map.Entry, right: Map.Entry) -> Bool {
        left.key.hasSameBytes(as: right.key) && left.value == right.value
    }
}

extension Map: ExpressibleByDictionaryLiteral {
    /// Creates a map in the order of the literal; of a key given twice the last value stays.
    public init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) }
}

extension String {
    /// Whether both hold the same UTF-8, where `==` would also accept canonically equivalent text.
    func hasSameBytes(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        return withBytes { mine in
            other.withBytes { theirs in
                guard let left = mine.baseAddress, let right = theirs.baseAddress, left != right else { return true }
                return memcmp(left, right, mine.count) == 0
            }
        }
    }

    /// Whether this stands before the other in the order of UTF-8 bytes, which is that of code points.
    func precedesByBytes(_ other: String) -> Bool {
        withBytes { mine in
            other.withBytes { theirs in
                guard let left = mine.baseAddress, let right = theirs.baseAddress else {
                    return mine.count < theirs.count
                }
                let order = memcmp(left, right, min(mine.count, theirs.count))
                return order == 0 ? mine.count < theirs.count : order < 0
            }
        }
    }

    /// Calls `body` with the UTF-8 of this string.
    @inline(__always)
    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        // Only strings bridged from elsewhere get here; none are on Linux.
        var copy = self
        return copy.withUTF8(body)
    }
}
