/// Where the lines of a text begin, counted as editors and forges count them.
///
/// libyaml also ends lines at U+0085, U+2028 and U+2029. Its marks carry the number of code points before them, which
/// this turns into a place. Built only for texts that hold one of the three, and for errors that come as a byte offset.
struct SourceLines {
    /// The number of code points before each line.
    private let starts: [Int]

    /// Reads a text's line ends: LF, CR LF and CR.
    init(_ bytes: UnsafeRawBufferPointer) {
        var starts = [0]
        var codePoints = 0
        var index = Self.startOfText(bytes)
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            // A continuation byte belongs to the code point before it.
            if byte & 0xC0 != 0x80 { codePoints += 1 }
            let isLineFeed = byte == UInt8(ascii: "\n")
            let isReturn = byte == UInt8(ascii: "\r") && !(index < bytes.count && bytes[index] == UInt8(ascii: "\n"))
            if isLineFeed || isReturn { starts.append(codePoints) }
        }
        self.starts = starts
    }

    /// The place of the code point with an index.
    func position(ofCodePoint index: Int) -> Position {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= index { low = middle } else { high = middle }
        }
        return Position(line: low + 1, column: index - starts[low] + 1)
    }

    /// The place of a byte.
    static func position(ofByte offset: Int, in bytes: UnsafeRawBufferPointer) -> Position {
        let before = UnsafeRawBufferPointer(rebasing: bytes[..<max(0, min(offset, bytes.count))])
        let start = startOfText(before)
        let codePoints = before[start...].count { $0 & 0xC0 != 0x80 }
        return SourceLines(before).position(ofCodePoint: codePoints)
    }

    /// Whether a text holds a character that ends a line for libyaml alone.
    static func areNeeded(for bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while let found = nextNonASCII(in: bytes, from: index) {
            let byte = bytes[found]
            if byte == 0xC2, found + 1 < bytes.count, bytes[found + 1] == 0x85 { return true }
            if byte == 0xE2, found + 2 < bytes.count, bytes[found + 1] == 0x80, bytes[found + 2] & 0xFE == 0xA8 {
                return true
            }
            index = found + 1
        }
        return false
    }

    private static func nextNonASCII(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        // Eight bytes at a time, as nearly all manifests are ASCII throughout.
        while index + 8 <= bytes.count {
            if bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 != 0 { break }
            index += 8
        }
        while index < bytes.count {
            if bytes[index] >= 0x80 { return index }
            index += 1
        }
        return nil
    }

    /// The length of the byte-order mark, which is no part of the text.
    private static func startOfText(_ bytes: UnsafeRawBufferPointer) -> Int {
        bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }
}
