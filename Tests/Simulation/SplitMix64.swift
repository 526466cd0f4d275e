/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers from the same seed on every machine, in every version of Swift.
public struct SplitMix64: Sendable {
    private var state: UInt64

    /// A generator; seeds that follow each other give sequences that have nothing to do with each other.
    public init(seed: UInt64) {
        state = seed &* 0xD134_2543_DE82_EF95
        state = next()
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    /// A number in 0..<bound. The remainder's bias is far below anything that a simulation could notice.
    public mutating func draw(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// Whether something with that many chances in a hundred happens.
    public mutating func happens(percent: Int) -> Bool { draw(100) < percent }

    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number that belongs to a text under a seed. Swift's own hashes differ from process to process.
    static func hash(_ text: String, seed: UInt64) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ mixed(seed)
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return mixed(hash)
    }
}
