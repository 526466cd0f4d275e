import Store

/// Collects the events of a stream until they are asked for.
struct Collector {
    private let task: Task<[[Event]], Never>?

    init(_ stream: AsyncStream<[Event]>?) {
        guard let stream else {
            task = nil
            return
        }
        task = Task {
            var batches: [[Event]] = []
            for await batch in stream { batches.append(batch) }
            return batches
        }
    }

    /// All that was told so far, by transactions. A cancelled reader still gets what is waiting for it, and then the end.
    func finish() async -> [[Event]] {
        task?.cancel()
        return await task?.value ?? []
    }
}
