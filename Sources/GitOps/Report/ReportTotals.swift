internal import Resources

/// How many services a report shows, and how they fare.
public struct ReportTotals: Hashable, Sendable {
    /// The Services from git.
    public var services = 0
    /// Those that answer, if need be by an older Revision.
    public var ready = 0
    /// Those whose newest Revision takes over step by step.
    public var rollingOut = 0
    /// Those whose newest Revision is not ready yet.
    public var starting = 0
    /// Those that wait for a build which nobody carries out.
    public var waitingForBuilder = 0
    /// Those whose newest Revision, or whose Route, failed.
    public var failed = 0
    /// Objects of other kinds that stand in git by themselves.
    public var others = 0
    /// Those of them that failed.
    public var othersFailed = 0
    /// Documents that are not applied because they are wrong, conflict or stand twice.
    public var heldBack = 0

    /// Nothing yet.
    public init() {}
}

extension ReportTotals {
    /// Counts one more object.
    mutating func add(_ row: ReportRow) {
        guard row.key.kind == .service else {
            others += 1
            othersFailed += row.verdict.state == .failed ? 1 : 0
            return
        }
        services += 1
        ready += row.verdict.isReady ? 1 : 0
        switch row.verdict.state {
        case .ready: break
        case .rollingOut: rollingOut += 1
        case .starting: starting += 1
        case .waitingForBuilder: waitingForBuilder += 1
        case .failed: failed += 1
        }
    }

    static func += (left: inout ReportTotals, right: ReportTotals) {
        for (_, field) in Self.fields { left[keyPath: field] += right[keyPath: field] }
    }

    /// The names under which the numbers are stored, in order.
    static var fields: [(name: String, field: WritableKeyPath<ReportTotals, Int>)] {
        [
            ("services", \.services), ("ready", \.ready), ("rollingOut", \.rollingOut), ("starting", \.starting),
            ("waitingForBuilder", \.waitingForBuilder), ("failed", \.failed), ("others", \.others),
            ("othersFailed", \.othersFailed), ("heldBack", \.heldBack),
        ]
    }

    /// `3 services ready`, or `2 of 3 services ready, 1 failed`: the subject of a report's commit.
    var subject: String {
        var parts =
            ready == services
            ? "\(services) \(plural(services, "service")) ready"
            : "\(ready) of \(services) \(plural(services, "service")) ready"
        if services == 0 { parts = "\(others) \(plural(others, "object"))" }
        for (count, words) in [
            (rollingOut, "rolling out"), (starting, "starting"), (waitingForBuilder, "waiting for a builder"),
            (failed + othersFailed, "failed"), (heldBack, plural(heldBack, "document") + " held back"),
        ] where count > 0 { parts += ", \(count) \(words)" }
        return parts
    }

    private func plural(_ count: Int, _ noun: String) -> String { count == 1 ? noun : noun + "s" }
}
