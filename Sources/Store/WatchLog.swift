/// The last events, and those who wait for the next.
struct WatchLog {
    /// How many events are kept: enough for a reader that reconnects after some seconds in the middle of a rollout of
    /// thousands, and small beside the state itself, most of whose objects the events share.
    private static let capacity = 8_192
    /// How many transactions a slow reader may be behind before its stream ends.
    private static let backlog = 256

    private var events: [Event] = []
    /// Whether anybody ever asked. Until then nothing is kept: a run that nobody watches would hold thousands of objects
    /// as they were before, for nobody.
    private(set) var isWatched = false
    private var readers: [Int: AsyncStream<[Event]>.Continuation] = [:]
    private var nextReader = 0

    /// Files what one transaction did, and passes it on.
    mutating func append(_ new: [Event]) {
        guard isWatched, !new.isEmpty else { return }
        events.append(contentsOf: new)
        // Trimmed at twice the capacity, so that it costs nothing per event.
        if events.count > 2 * Self.capacity { events.removeFirst(events.count - Self.capacity) }
        for (id, reader) in readers {
            switch reader.yield(new) {
            case .enqueued: break
            default:
                // A gap would be worse than an end.
                reader.finish()
                readers[id] = nil
            }
        }
    }

    /// The events after a version and all that follow; nil where some of them are not kept.
    mutating func stream(after version: Int, current: Int) -> AsyncStream<[Event]>? {
        isWatched = true
        guard version <= current else { return nil }
        let missed = Array(events.drop { $0.version <= version })
        // Every version is one event, so a complete tail has as many events as versions.
        guard missed.count == current - version else { return nil }
        let (stream, reader) = AsyncStream.makeStream(of: [Event].self, bufferingPolicy: .bufferingOldest(Self.backlog))
        if !missed.isEmpty { reader.yield(missed) }
        readers[nextReader] = reader
        nextReader += 1
        return stream
    }
}
