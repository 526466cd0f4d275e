/// A uid in as little room as it takes: there are two for each object, its own and its owner's.
enum UID: Hashable, Sendable {
    /// A UUID in lower case, which all of ours are.
    case uuid(UInt64, UInt64)
    /// Any other text; empty where there is no uid yet.
    case text(String)

    /// The uid that is written like this.
    init(_ text: String) {
        var text = text
        self = text.withUTF8(Self.uuid) ?? .text(text)
    }

    /// As it is written.
    var text: String {
        switch self {
        case .text(let text): text
        case .uuid(let high, let low): Self.text(high, low)
        }
    }

    private static func uuid(_ text: UnsafeBufferPointer<UInt8>) -> UID? {
        guard text.count == 36 else { return nil }
        var words: (high: UInt64, low: UInt64) = (0, 0)
        for index in 0..<36 {
            let byte = text[index]
            if isDash(index) {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            words.high = words.high << 4 | words.low >> 60
            words.low = words.low << 4 | UInt64(digit)
        }
        return .uuid(words.high, words.low)
    }

    private static func text(_ high: UInt64, _ low: UInt64) -> String {
        String(unsafeUninitializedCapacity: 36) { text in
            var (high, low) = (high, low)
            for index in 0..<36 {
                if isDash(index) {
                    text[index] = UInt8(ascii: "-")
                    continue
                }
                let digit = UInt8(high >> 60)
                text[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                high = high << 4 | low >> 60
                low <<= 4
            }
            return 36
        }
    }

    private static func isDash(_ index: Int) -> Bool { index == 8 || index == 13 || index == 18 || index == 23 }
}
