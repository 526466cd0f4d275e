/// How much was read, counted where each object is opened: tests hold "a poll with nothing new reads nothing" against it.
public struct GitCounters: Hashable, Sendable {
    /// Blobs whose content was read. Those refused by their size are not among them.
    public var blobsRead = 0
    /// Trees that were read.
    public var treesRead = 0
    /// Bytes of content that were read.
    public var bytesRead = 0
    /// Conversations with the remote: advertisements, with or without what followed.
    public var exchanges = 0

    /// Creates counters at zero.
    public init() {}

    static func + (left: GitCounters, right: GitCounters) -> GitCounters {
        var sum = left
        sum.blobsRead += right.blobsRead
        sum.treesRead += right.treesRead
        sum.bytesRead += right.bytesRead
        sum.exchanges += right.exchanges
        return sum
    }
}
