public import Resources

/// Something that happened to an object and is worth telling a person (specification §1.8), once or several times alike.
///
/// What Kubernetes calls an event; here that word means a change of the state. Occurrences are no part of the objects:
/// reports leave them out, and so does every comparison of two states.
public struct Occurrence: Hashable, Sendable {
    /// To which object; it may be gone.
    public let key: Key
    /// Whether it is something to worry about.
    public let isWarning: Bool
    /// One CamelCase word: `LatestReadyUpdate`.
    public let reason: String
    /// A sentence.
    public let message: String
    /// When it happened first.
    public internal(set) var first: Instant
    /// When it happened last.
    public internal(set) var last: Instant
    /// How often it happened.
    public internal(set) var count: Int

    /// Something that has just happened.
    public init(_ key: Key, isWarning: Bool = false, _ reason: String, _ message: String, at now: Instant) {
        self.key = key
        self.isWarning = isWarning
        self.reason = reason
        self.message = message
        first = now
        last = now
        count = 1
    }

    /// One that was stored.
    init(_ key: Key, isWarning: Bool, _ reason: String, _ message: String, first: Instant, last: Instant, count: Int) {
        self.key = key
        self.isWarning = isWarning
        self.reason = reason
        self.message = message
        self.first = first
        self.last = last
        self.count = count
    }

    /// Whether the other is the same again.
    func isAlike(_ other: Occurrence) -> Bool {
        key == other.key && reason == other.reason && message == other.message
    }
}

/// The occurrences that the journal does not hold yet, oldest first. Bounded, so that ten thousand Services that change
/// at once fill no memory; the journal is bounded likewise.
struct OccurrenceLog: Sendable {
    /// How many are kept, here and in the journal.
    static let most = 2_000
    /// How many of the last ones are looked through for the same again; the rest is found by the journal, or on reading.
    private static let reach = 8

    private(set) var pending: [Occurrence] = []

    mutating func add(_ occurrence: Occurrence) {
        for index in pending.indices.suffix(Self.reach).reversed()
        // The text first, which tells nearly all of them apart.
        where pending[index].message == occurrence.message && pending[index].isAlike(occurrence) {
            pending[index].last = occurrence.last
            pending[index].count += 1
            return
        }
        // Twice as many, so that dropping the oldest costs little for each.
        if pending.count >= 2 * Self.most { pending.removeFirst(Self.most) }
        pending.append(occurrence)
    }

    /// The pending ones, which are the journal's from now on.
    mutating func take() -> [Occurrence] {
        defer { pending = [] }
        return pending.suffix(Self.most)
    }

    /// Takes back what could not be written; it is older than all that came meanwhile.
    mutating func takeBack(_ earlier: [Occurrence]) { pending = (earlier + pending).suffix(2 * Self.most) }
}

extension State {
    /// Writes down what happened. No event, no version, and nobody is woken.
    public mutating func note(_ occurrence: Occurrence) { log.add(occurrence) }

    /// What happened to certain objects, in the order of when it happened last; equal ones are one. Reads them all from
    /// the disk, at most 2,000.
    ///
    /// - Parameter isWanted: of which objects.
    public func occurrences(of isWanted: (Key) -> Bool) -> [Occurrence] {
        var found: [Occurrence] = []
        var places: [[String]: Int] = [:]
        for occurrence in storedOccurrences() + log.pending where isWanted(occurrence.key) {
            let place = [occurrence.key.path, occurrence.reason, occurrence.message]
            if let index = places[place] {
                found[index].last = max(found[index].last, occurrence.last)
                found[index].count += occurrence.count
            } else {
                places[place] = found.count
                found.append(occurrence)
            }
        }
        let ordered = found.enumerated().sorted { ($0.element.last, $0.offset) < ($1.element.last, $1.offset) }
        return ordered.suffix(OccurrenceLog.most).map(\.element)
    }

    private func storedOccurrences() -> [Occurrence] {
        guard let disk else { return [] }
        do { return try disk.journal.readOccurrences() } catch {
            disk.note(error)
            return []
        }
    }
}
