/// Reads the binary form that OpenSSH gives keys and signatures (RFC 4251, section 5): numbers of four bytes, and strings
/// after their length.
struct SSHReader {
    /// What was not read yet.
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: some Collection<UInt8>) { rest = Array(bytes)[...] }

    /// So many bytes as they are, or nil where there are fewer.
    mutating func bytes(_ count: Int) -> [UInt8]? {
        guard count >= 0, rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func number() -> UInt32? { bytes(4)?.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } }

    mutating func string() -> [UInt8]? { number().flatMap { bytes(Int($0)) } }

    /// A string that is text.
    mutating func text() -> String? { string().flatMap { String(validating: $0, as: UTF8.self) } }
}

/// Writes the same form.
enum SSHWriter {
    static func number(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }

    static func string(_ bytes: some Collection<UInt8>) -> [UInt8] { number(UInt32(bytes.count)) + bytes }

    /// A number of any size that is not negative: without zeros before it, but for one where it would else seem negative.
    static func integer(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let digits = Array(bytes.drop { $0 == 0 })
        return string(digits.first.map { $0 >= 0x80 } == true ? [0] + digits : digits)
    }
}
