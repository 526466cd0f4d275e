/// What went between memory and disk since the store was opened; counted in the journal, where it happens.
public struct Counters: Hashable, Sendable {
    /// Rows of the index that were read: one per key, without the object.
    public var indexRowsRead = 0
    /// Objects that were read and decoded.
    public var objectsRead = 0
    /// Objects that were written or deleted.
    public var objectsWritten = 0
    /// Rows of the index that were written.
    public var indexRowsWritten = 0
    /// The bytes of the written objects, before SQLite's own overhead.
    public var bytesWritten = 0
    /// Transactions that were made durable.
    public var transactions = 0

    /// Nothing yet.
    public init() {}
}
