public import YAML

/// What a Configuration's status says (specification §3.1).
public struct ConfigurationStatus: Hashable, Sendable {
    /// The last generation for which a Revision was made, or its making failed for good.
    public var observedGeneration = 0
    /// Set as soon as the Revision exists, before it is ready.
    public var latestCreatedRevisionName: String?
    /// The newest Revision that was ever ready; never cleared by a newer one that is not.
    public var latestReadyRevisionName: String?
    /// The Revisions that nothing leads to any more, and since when; the oldest first. They are retired and deleted in time.
    public var unreached: [UnreachedRevision] = []
    /// `Ready`, `LatestRevisionReady` (§3.3).
    public var conditions = Conditions()

    /// The status before anyone has written one.
    public init() {}
}

/// A Revision that no Route reaches and its Configuration does not need.
public struct UnreachedRevision: Hashable, Sendable {
    /// Which one.
    public let revisionName: String
    /// Since when.
    public let since: Instant

    /// A Revision to which nothing leads.
    public init(revisionName: String, since: Instant) {
        self.revisionName = revisionName
        self.since = since
    }
}

extension ConfigurationStatus {
    /// As it is shown; what is not set is left out.
    public var value: Value {
        var map = Map()
        map["conditions"] = conditions.value
        map["latestCreatedRevisionName"] = latestCreatedRevisionName.map(Value.string)
        map["latestReadyRevisionName"] = latestReadyRevisionName.map(Value.string)
        map["observedGeneration"] = observedGeneration == 0 ? nil : .int(observedGeneration)
        if !unreached.isEmpty {
            map["unreached"] = .list(
                unreached.map {
                    ["revisionName": .string($0.revisionName), "since": .string($0.since.description)]
                }
            )
        }
        return .map(map)
    }

    /// Reads what `value` wrote.
    public init(_ value: Value) {
        observedGeneration = value["observedGeneration"]?.int ?? 0
        latestCreatedRevisionName = value["latestCreatedRevisionName"]?.string
        latestReadyRevisionName = value["latestReadyRevisionName"]?.string
        conditions = Conditions(value["conditions"])
        unreached = (value["unreached"]?.list ?? []).compactMap { item in
            guard let name = item["revisionName"]?.string, let since = item["since"]?.string.flatMap(Instant.init)
            else { return nil }
            return UnreachedRevision(revisionName: name, since: since)
        }
    }
}
