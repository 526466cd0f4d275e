/// The name of a git object: the SHA-1 of its content.
///
/// Twenty bytes held inline, so that tens of thousands of them cost no allocation. Ordered as their hexadecimal text is.
public struct ObjectID: Hashable, Sendable {
    private let high: UInt64
    private let middle: UInt64
    private let low: UInt32

    /// Reads 40 hexadecimal digits of either case, or nil for anything else.
    public init?(hex: some StringProtocol) {
        var digits = 0
        var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
        for byte in hex.utf8 {
            guard let value = Self.value(ofDigit: byte) else { return nil }
            switch digits {
            case 0..<16: words.0 = words.0 << 4 | value
            case 16..<32: words.1 = words.1 << 4 | value
            case 32..<40: words.2 = words.2 << 4 | value
            default: return nil
            }
            digits += 1
        }
        guard digits == 40 else { return nil }
        (high, middle, low) = (words.0, words.1, UInt32(words.2))
    }

    /// Reads the 20 bytes at `offset`, which the caller knows to be there.
    init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
        high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        middle = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
        low = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 16, as: UInt32.self))
    }

    private static func value(ofDigit byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}

extension ObjectID {
    /// The tree without entries, which git knows without storing it.
    public static let emptyTree = ObjectID(high: 0x4b82_5dc6_42cb_6eb9, middle: 0xa060_e54b_f8d6_9288, low: 0xfbee_4904)

    private init(high: UInt64, middle: UInt64, low: UInt32) {
        (self.high, self.middle, self.low) = (high, middle, low)
    }

    /// The 20 bytes, as they stand in trees.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20)
        withUnsafeBytes(of: high.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: middle.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: low.bigEndian) { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// All 40 digits, in lower case.
    public var hex: String {
        let digits: StaticString = "0123456789abcdef"
        let (high, middle, low) = (high, middle, UInt64(low))
        return String(unsafeUninitializedCapacity: 40) { text in
            for index in 0..<40 {
                let nibble =
                    switch index {
                    case 0..<16: high >> UInt64(60 - index * 4)
                    case 16..<32: middle >> UInt64(60 - (index - 16) * 4)
                    default: low >> UInt64(28 - (index - 32) * 4)
                    }
                text.initializeElement(at: index, to: digits.utf8Start[Int(nibble & 15)])
            }
            return 40
        }
    }

    /// The first seven digits, for people.
    public var short: String { String(hex.prefix(7)) }
}

extension ObjectID: CustomStringConvertible {
    /// All 40 digits.
    public var description: String { hex }
}

extension ObjectID: Comparable {
    /// Orders by the bytes, which is the order of the hexadecimal text.
    public static func < (left: ObjectID, right: ObjectID) -> Bool {
        (left.high, left.middle, left.low) < (right.high, right.middle, right.low)
    }
}
