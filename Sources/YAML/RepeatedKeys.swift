internal import Glibc

/// Finds the keys of one mapping that say the same.
enum RepeatedKeys {
    /// Up to how many keys all are compared with all: mostly by length alone, and nothing is allocated.
    private static let maxPairwise = 24

    /// The pairs of (first place, repeated place), by record.
    static func find(
        in mapping: Int,
        entries: Int,
        _ records: UnsafeBufferPointer<Arena.Record>,
        _ text: UnsafeBufferPointer<UInt8>
    ) -> [(Int, Int)] {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: entries) { keys in
            var child = mapping + 1
            for entry in 0..<entries {
                keys[entry] = UInt32(child)
                child = next(next(child, records), records)
            }
            return entries <= maxPairwise ? pairwise(keys, records, text) : sorting(keys, records, text)
        }
    }

    private static func pairwise(
        _ keys: UnsafeMutableBufferPointer<UInt32>,
        _ records: UnsafeBufferPointer<Arena.Record>,
        _ text: UnsafeBufferPointer<UInt8>
    ) -> [(Int, Int)] {
        var repeated: [(Int, Int)] = []
        for second in keys.indices.dropFirst() {
            let key = target(keys[second], records)
            for first in 0..<second {
                let earlier = target(keys[first], records)
                guard earlier.second == key.second, compare(earlier, key, text) == 0 else { continue }
                repeated.append((Int(keys[first]), Int(keys[second])))
                break
            }
        }
        return repeated
    }

    private static func sorting(
        _ keys: UnsafeMutableBufferPointer<UInt32>,
        _ records: UnsafeBufferPointer<Arena.Record>,
        _ text: UnsafeBufferPointer<UInt8>
    ) -> [(Int, Int)] {
        let order = keys.sorted { left, right in
            let order = compare(target(left, records), target(right, records), text)
            return order == 0 ? left < right : order < 0
        }
        var repeated: [(Int, Int)] = []
        var first = 0
        for index in order.indices.dropFirst() {
            if compare(target(order[first], records), target(order[index], records), text) == 0 {
                repeated.append((Int(order[first]), Int(order[index])))
            } else {
                first = index
            }
        }
        return repeated
    }

    /// The order of two keys: by length, then bytes. Lists and maps as keys, an error of their own, equal nothing.
    private static func compare(_ left: Arena.Record, _ right: Arena.Record, _ text: UnsafeBufferPointer<UInt8>) -> Int
    {
        guard left.kind == .scalar, right.kind == .scalar else {
            // Any order that is total will do, as long as it never says equal.
            let (leftRank, rightRank) = (rank(left), rank(right))
            return leftRank < rightRank ? -1 : 1
        }
        if left.second != right.second { return left.second < right.second ? -1 : 1 }
        guard left.second > 0, let base = text.baseAddress else { return 0 }
        return Int(memcmp(base + Int(left.first), base + Int(right.first), Int(left.second)))
    }

    private static func rank(_ record: Arena.Record) -> UInt64 {
        record.kind == .scalar ? 0 : UInt64(record.line) << 32 | UInt64(record.column)
    }

    private static func target(_ index: UInt32, _ records: UnsafeBufferPointer<Arena.Record>) -> Arena.Record {
        let record = records[Int(index)]
        return record.kind == .alias ? records[Int(record.first)] : record
    }

    private static func next(_ index: Int, _ records: UnsafeBufferPointer<Arena.Record>) -> Int {
        let record = records[index]
        return record.kind == .sequence || record.kind == .mapping ? Int(record.first) : index + 1
    }
}
