public import YAML

/// How one host divides requests between Revisions.
///
/// Whole percents that sum to 100. A Route that can send traffic nowhere has no split, and is not Ready.
public struct TrafficSplit: Hashable, Sendable {
    /// The shares, in the Route's order.
    public let shares: [Share]

    /// A Revision's part of the requests.
    public struct Share: Hashable, Sendable {
        /// The Revision's name.
        public let revision: String
        /// Of all requests, in whole percent.
        public let percent: Int

        /// A Revision's part.
        public init(revision: String, percent: Int) {
            self.revision = revision
            self.percent = percent
        }
    }

    /// Creates a split, or throws where a percent is not in 0...100 or they do not sum to 100.
    public init(_ shares: [Share]) throws(ResourcesError) {
        for share in shares where !(0...100).contains(share.percent) {
            throw ResourcesError(.invalid, "\(share.percent) % for \(share.revision) is not in 0...100")
        }
        let total = shares.reduce(0) { $0 + $1.percent }
        guard total == 100 else { throw ResourcesError(.invalid, "the shares sum to \(total) %; they must sum to 100") }
        self.shares = shares
    }
}

extension TrafficSplit {
    /// The Revision for a request that drew `point`.
    ///
    /// - Parameter point: 0..<100, uniform. Drawing is the caller's work, so that this stays a pure function.
    public func revision(at point: Int) -> String {
        var rest = point
        for share in shares {
            rest -= share.percent
            if rest < 0 { return share.revision }
        }
        return shares.last { $0.percent > 0 }?.revision ?? ""
    }

    /// As a `Split` object holds it: `[{revisionName, percent}]`.
    public var value: Value {
        .list(shares.map { ["revisionName": .string($0.revision), "percent": .int($0.percent)] })
    }

    /// Reads what `value` wrote.
    public init(_ value: Value) throws(ResourcesError) {
        try self.init(
            (value.list ?? []).map {
                Share(revision: $0["revisionName"]?.string ?? "", percent: $0["percent"]?.int ?? 0)
            }
        )
    }
}
