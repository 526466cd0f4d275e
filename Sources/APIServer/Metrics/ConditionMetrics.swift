internal import Resources
public import Store
internal import Synchronization

/// How many objects have which condition, of a state that goes on changing.
///
/// Nothing is counted before the first scrape: a daemon that nobody watches leaves the objects at rest on the disk. That
/// scrape reads each object once; later ones read none, as ``follow(_:)`` keeps the counts.
public final class ConditionMetrics: MetricSource {
    private let state: @Sendable () -> State
    private let course = Mutex(Course.asleep)

    private enum Course {
        /// Nobody has asked yet.
        case asleep
        /// One scrape is counting. What it does not see is noted; the number tells it from one that began after a restart.
        case counting(Int, missed: [Event])
        case awake(ConditionCounts)
    }

    private let attempts = Atomic(0)

    /// Counts that begin with the first scrape.
    ///
    /// - Parameter state: the published snapshot.
    public init(state: @escaping @Sendable () -> State) { self.state = state }
}

extension ConditionMetrics {
    /// Follows changes: all of them, in their order. Costs nothing before the first scrape.
    public func follow(_ events: [Event]) {
        course.withLock { course in
            switch course {
            case .asleep: break
            case .counting(let attempt, let missed): course = .counting(attempt, missed: missed + events)
            case .awake(var counts):
                // Not twice in memory while it is changed.
                course = .asleep
                counts.follow(events)
                course = .awake(counts)
            }
        }
    }

    /// Forgets everything, as events were missed: the next scrape counts anew.
    public func restart() { course.withLock { $0 = .asleep } }

    /// The counts; none while another scrape is making the first.
    public var families: [MetricFamily] {
        guard let counts else { return [] }
        let samples = counts.counts.map { group, count in
            MetricSample(
                [
                    MetricLabel("kind", group.kind.name), MetricLabel("type", group.type),
                    MetricLabel("status", group.status.rawValue),
                ],
                Double(count)
            )
        }
        let help = "How many objects of a kind have a condition of that type and status."
        return [MetricFamily("elafros_resource_condition", .gauge, help: help, samples: samples)]
    }

    private var counts: ConditionCounts? {
        let attempt = attempts.wrappingAdd(1, ordering: .relaxed).newValue
        let known = course.withLock { course -> ConditionCounts?? in
            switch course {
            case .awake(let counts): return counts
            case .counting: return .some(nil)
            case .asleep:
                // Before the snapshot is taken, so that no event falls between the two.
                course = .counting(attempt, missed: [])
                return nil
            }
        }
        if let known { return known }
        // Without the lock: those who bring events feed others too, and do not wait for this.
        let state = state()
        let counted = ConditionCounts(state)
        return course.withLock { course in
            guard case .counting(attempt, let missed) = course else { return counted }
            // What could not be read is not in the counts: they are shown to nobody, and the next scrape tries again.
            guard state.readFailure == nil else {
                course = .asleep
                return nil
            }
            var counts = counted
            counts.follow(missed)
            course = .awake(counts)
            return counts
        }
    }
}
