public import Resources
public import Store

/// How many objects have which condition: kept up by what changes, so that a scrape reads no object.
public struct ConditionCounts: Equatable, Sendable {
    /// What is counted together.
    public struct Group: Hashable, Sendable {
        /// The kind of the objects.
        public let kind: Kind
        /// The condition.
        public let type: String
        /// Whether it holds.
        public let status: Condition.Status
    }

    /// The groups that have any object, with how many.
    public private(set) var counts: [Group: Int] = [:]
    /// The version of the state that they are of.
    public private(set) var version: Int

    /// The counts of everything that a state holds. Reads each object.
    public init(_ state: State) {
        version = state.version
        for kind in Kind.allCases where Self.isCounted(kind) {
            for key in state.keys(kind) { add(state[key], 1) }
        }
    }
}

extension ConditionCounts {
    /// Follows changes, in their order; those that the counts know already are passed over. Takes time by the number of
    /// events alone.
    public mutating func follow(_ events: [Event]) {
        for event in events where event.version > version {
            if Self.isCounted(event.key.kind) {
                add(event.old, -1)
                add(event.new, 1)
            }
            version = event.version
        }
    }

    private mutating func add(_ object: Object?, _ number: Int) {
        guard let object else { return }
        for condition in object.status.conditions.list {
            let group = Group(kind: object.kind, type: condition.type, status: condition.status)
            let count = counts[group, default: 0] + number
            counts[group] = count == 0 ? nil : count
        }
    }

    /// Whether objects of a kind have conditions: the others are not even read.
    private static func isCounted(_ kind: Kind) -> Bool { kind.isAPI }
}
