/// How large a file may be before the parser refuses it.
///
/// A repository is written by others; these bound what one of its files can cost in memory and time.
public struct Limits: Sendable, Hashable {
    /// The size of a file. At most 1 GiB, because the tree stores offsets in 32 bits.
    public var maxBytes: Int
    /// How deep lists and maps may nest, aliases included.
    ///
    /// Conversions recurse on the thread's stack, so keep this below about 1,000.
    public var maxDepth: Int
    /// How many scalars, lists, maps and aliases a file may hold.
    public var maxNodes: Int
    /// How many nodes a file may come to once each alias and merge key is replaced by what it stands for.
    ///
    /// Counted without replacing anything: a bomb of aliases costs no memory.
    public var maxExpandedNodes: Int
    /// How many bytes of text aliases may stand for, all of them together: a few nodes can name one large text.
    public var maxAliasedBytes: Int

    /// What manifests written by people never come near: 4 MiB, depth 100, 100,000 nodes, 1,000,000 after aliases, which
    /// stand for 16 MiB.
    public static let `default` = Limits()

    /// Creates limits; what is not named keeps its default.
    public init(
        maxBytes: Int = 4 << 20,
        maxDepth: Int = 100,
        maxNodes: Int = 100_000,
        maxExpandedNodes: Int = 1_000_000,
        maxAliasedBytes: Int = 16 << 20
    ) {
        self.maxBytes = maxBytes
        self.maxDepth = maxDepth
        self.maxNodes = maxNodes
        self.maxExpandedNodes = maxExpandedNodes
        self.maxAliasedBytes = maxAliasedBytes
    }
}
