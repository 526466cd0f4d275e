internal import Engine
internal import Resources

/// How many services a report shows, and how they fare.
public struct ReportTotals: Hashable, Sendable {
    /// The Services from git.
    public var services = 0
    /// Those that are as their manifests want them; of this and the four below, each Service counts in one.
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
        switch row.verdict.state {
        case .ready: ready += 1
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

    /// Whether all that there is rolls out as planned, which is nothing to be alarmed about.
    var isAllRollingOut: Bool { services > 0 && rollingOut == services }

    /// `3 services ready`, or `2 of 3 services ready, 1 failed`: the subject of a report's commit.
    var subject: String {
        let all = "\(services) \(plural(services, "service"))"
        var parts =
            services == 0
            ? "\(others) \(plural(others, "object"))"
            : isAllRollingOut ? "\(all) rolling out" : ready == services ? "\(all) ready" : "\(ready) of \(all) ready"
        for (count, words) in [
            (isAllRollingOut ? 0 : rollingOut, "rolling out"), (starting, "starting"),
            (waitingForBuilder, "waiting for a builder"), (failed + othersFailed, "failed"),
            (heldBack, plural(heldBack, "document") + " held back"),
        ] where count > 0 { parts += ", \(count) \(words)" }
        return parts
    }

    private func plural(_ count: Int, _ noun: String) -> String { count == 1 ? noun : noun + "s" }
}
