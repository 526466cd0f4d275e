internal import Glibc

/// Bounds the `%TAG` directives of a file.
///
/// libyaml compares each with all before it, and each tag of the content with all of them: 4 MiB of directives would take
/// minutes.
enum TagDirectives {
    /// How many a file may have; manifests have none.
    static let maxCount = 100

    /// The byte at which the first one too many begins, or nil.
    static func excess(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        var (count, index) = (0, 0)
        while let found = memchr(base + index, Int32(UInt8(ascii: "%")), bytes.count - index) {
            let start = UnsafeRawPointer(found) - base
            index = start + 1
            guard bytes[index...].starts(with: "TAG".utf8), isStartOfLine(start, bytes) else { continue }
            count += 1
            if count > maxCount { return start }
        }
        return nil
    }

    /// Whether a line begins at a byte, as libyaml has it: U+0085, U+2028 and U+2029 end one, too.
    private static func isStartOfLine(_ index: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard index > 0 else { return true }
        switch bytes[index - 1] {
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"), 0x85, 0xA8, 0xA9: return true
        // The end of a byte-order mark.
        case 0xBF: return index == 3
        default: return false
        }
    }
}
