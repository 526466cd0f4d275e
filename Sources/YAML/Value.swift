/// A value of JSON, or of YAML 1.2's core schema.
///
/// Two values are equal when they would be written as the same bytes: strings compare by their bytes, not by canonical
/// equivalence, because a commit that changes only the normal form of a string is a change all the same; the order of a
/// map's keys counts; `.nan` equals itself, so that comparing twice never finds a difference that is not there. Equality
/// of values that share storage takes constant time.
public enum Value: Sendable {
    /// Nothing: `null`, `~`, or an empty place.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A whole number that fits 64 bits.
    case int(Int)
    /// Any other number.
    case double(Double)
    /// Text.
    case string(String)
    /// A list.
    case list([Value])
    /// A map with text for keys, in order.
    case map(Map)
}

extension Value {
    /// The text, if this is a string.
    public var string: String? { if case .string(let string) = self { string } else { nil } }

    /// The number, if this is a whole number.
    public var int: Int? { if case .int(let int) = self { int } else { nil } }

    /// The number, if this is any number.
    public var double: Double? {
        switch self {
        case .double(let double): double
        case .int(let int): Double(int)
        default: nil
        }
    }

    /// The truth value, if this is one.
    public var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }

    /// The items, if this is a list.
    public var list: [Value]? { if case .list(let list) = self { list } else { nil } }

    /// The map, if this is one.
    public var map: Map? { if case .map(let map) = self { map } else { nil } }

    /// Whether this is `.null`.
    public var isNull: Bool { if case .null = self { true } else { false } }

    /// The value under a key, or nil where there is none or this is not a map.
    public subscript(key: String) -> Value? { map?[key] }
}

extension Value: Hashable {
    /// Whether both would be written as the same bytes.
    public static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.int(let left), .int(let right)): left == right
        case (.double(let left), .double(let right)): left.canonicalBits == right.canonicalBits
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        case (.list(let left), .list(let right)): left == right
        case (.map(let left), .map(let right)): left == right
        default: false
        }
    }

    /// Feeds what `==` compares.
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let bool): hasher.combine(bool)
        case .int(let int): hasher.combine(int)
        case .double(let double): hasher.combine(double.canonicalBits)
        // String hashes its normal form, which strings of the same bytes share.
        case .string(let string): hasher.combine(string)
        case .list(let list): hasher.combine(list)
        case .map(let map): hasher.combine(map)
        }
    }
}

extension Value: ExpressibleByStringLiteral {
    /// Creates a string.
    public init(stringLiteral value: String) { self = .string(value) }
}

extension Value: ExpressibleByIntegerLiteral {
    /// Creates a whole number.
    public init(integerLiteral value: Int) { self = .int(value) }
}

extension Value: ExpressibleByFloatLiteral {
    /// Creates a number with a fraction.
    public init(floatLiteral value: Double) { self = .double(value) }
}

extension Value: ExpressibleByBooleanLiteral {
    /// Creates a truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension Value: ExpressibleByArrayLiteral {
    /// Creates a list.
    public init(arrayLiteral elements: Value...) { self = .list(elements) }
}

extension Value: ExpressibleByDictionaryLiteral {
    /// Creates a map in the order of the literal; of a key given twice the last value stays.
    public init(dictionaryLiteral elements: (String, Value)...) { self = .map(Map(elements)) }
}

extension Double {
    /// The bits, with all NaNs made one; 0.0 and -0.0 stay apart, as they are written apart.
    fileprivate var canonicalBits: UInt64 { isNaN ? Double.nan.bitPattern : bitPattern }
}
