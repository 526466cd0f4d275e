public import Git
public import Store

/// What a sync read, did and wrote, counted where it happens.
public struct SyncStatistics: Sendable {
    /// How long each station took, in the order of the way.
    public var stations: [(name: String, time: Duration)] = []
    /// What was read of the mirror, and how often the remote was asked.
    public var git = GitCounters()
    /// What went between memory and the state on disk.
    public var store = Counters()
    /// Files whose content was parsed.
    public var filesParsed = 0
    /// Documents in them.
    public var documents = 0
    /// Objects that reconcilers looked at; one that was woken again counts again.
    public var reconciled = 0
    /// Workloads that the runtime was handed.
    public var carriedOut = 0

    /// Told of each station when it begins.
    var onStation: (@Sendable (String) -> Void)?

    /// Nothing yet.
    public init() {}

    /// Runs a station and notes how long it took.
    public mutating func time<Result, Failure: Error>(
        _ name: String,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        let start = ContinuousClock.now
        onStation?(name)
        defer { stations.append((name, ContinuousClock.now - start)) }
        return try await body()
    }
}

extension GitCounters {
    /// What was counted since `earlier`.
    func since(_ earlier: GitCounters) -> GitCounters {
        var difference = GitCounters()
        difference.blobsRead = blobsRead - earlier.blobsRead
        difference.treesRead = treesRead - earlier.treesRead
        difference.bytesRead = bytesRead - earlier.bytesRead
        difference.exchanges = exchanges - earlier.exchanges
        return difference
    }
}

extension Counters {
    /// What was counted since `earlier`.
    func since(_ earlier: Counters) -> Counters {
        var difference = Counters()
        difference.indexRowsRead = indexRowsRead - earlier.indexRowsRead
        difference.objectsRead = objectsRead - earlier.objectsRead
        difference.objectsWritten = objectsWritten - earlier.objectsWritten
        difference.indexRowsWritten = indexRowsWritten - earlier.indexRowsWritten
        difference.bytesWritten = bytesWritten - earlier.bytesWritten
        difference.transactions = transactions - earlier.transactions
        return difference
    }
}
