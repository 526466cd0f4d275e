internal import Resources

/// Where a Service stands, in one word, for people.
enum ServiceState: String, Sendable {
    /// Answers, and all is as its spec says.
    case ready
    /// Answers, but its newest Revision failed: an older one serves.
    case degraded
    /// Answers, while traffic moves to its newest Revision.
    case rollingOut = "rolling out"
    /// Does not answer yet.
    case starting
    /// Does not answer, and will not by itself.
    case failed

    /// Reads it from the conditions (specification §2.3).
    init(_ service: Object) {
        let conditions = service.status.conditions
        guard let ready = conditions["Ready"], service.status.observedGeneration == service.metadata.generation else {
            self = .starting
            return
        }
        if ready.status == .true {
            self = conditions.isFalse("LatestRevisionReady") ? .degraded : .ready
        } else if ready.reason == "RolloutInProgress" {
            self = .rollingOut
        } else {
            self = ObjectTable.isUnderWay(ready) ? .starting : .failed
        }
    }

    /// Its sign before a Service's name.
    var sign: String {
        switch self {
        case .ready: "✓"
        case .degraded: "!"
        case .rollingOut, .starting: "…"
        case .failed: "✗"
        }
    }

    /// Its colour.
    var colour: Colour {
        switch self {
        case .ready: .good
        case .rollingOut, .starting, .degraded: .waiting
        case .failed: .bad
        }
    }
}
