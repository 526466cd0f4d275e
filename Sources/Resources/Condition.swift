internal import Synchronization

/// One condition of an object's status (specification §1.4).
public struct Condition: Sendable {
    /// What it is about: `Ready`, `BuildComplete`. Unique in a list.
    public let type: String
    /// One CamelCase word for programs; nil where there is nothing to add.
    public let reason: String?
    /// A sentence for people.
    public let message: String?
    /// When `status` last changed; a change of reason or message does not move it.
    public let lastTransitionTime: Instant?
    /// Whether it holds.
    public let status: Status
    /// What it was before the instant of the last transition, and since when: should it become that again within the
    /// instant, there was no transition. Known only to the process that made it.
    fileprivate var undone: (since: Instant?, status: Status)?

    /// The three values of a condition. `unknown` means that work is going on.
    public enum Status: String, Sendable {
        case `true` = "True"
        case `false` = "False"
        case unknown = "Unknown"
    }

    /// A condition as it stands.
    public init(
        type: String,
        status: Status,
        reason: String? = nil,
        message: String? = nil,
        lastTransitionTime: Instant? = nil
    ) {
        self.type = type
        self.status = status
        self.reason = reason
        self.message = message
        self.lastTransitionTime = lastTransitionTime
    }
}

extension Condition: Hashable {
    /// Whether they say the same: how they came to it makes no difference.
    public static func == (a: Condition, b: Condition) -> Bool {
        a.status == b.status && a.lastTransitionTime == b.lastTransitionTime && a.type == b.type && a.reason == b.reason
            && a.message == b.message
    }

    /// Whether they say the same, since whenever.
    public func saysTheSame(as other: Condition) -> Bool {
        status == other.status && type == other.type && reason == other.reason && message == other.message
    }

    /// Hashes what is compared.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        hasher.combine(status)
        hasher.combine(reason)
        hasher.combine(message)
        hasher.combine(lastTransitionTime)
    }
}

/// The conditions of one object: unique by type, `Ready` (or `Succeeded`) first, then in the order of the kind's table.
public struct Conditions: Hashable, Sendable {
    /// The list in the order in which it is shown.
    public private(set) var list: [Condition]

    /// A list as it was stored or reported; readers look up by type, so its order is kept as it is.
    public init(_ list: [Condition] = []) { self.list = list }

    /// The condition of that type, if it is set.
    public subscript(type: String) -> Condition? {
        index(of: type).map { list[$0] }
    }

    /// Whether the condition of that type is there and `True`.
    public func isTrue(_ type: String) -> Bool { status(of: type) == .true }

    /// Whether the condition of that type is there and `False`.
    public func isFalse(_ type: String) -> Bool { status(of: type) == .false }

    /// Asked far more often than anything else, and so without a copy of the condition and its texts.
    private func status(of type: String) -> Condition.Status? { index(of: type).map { list[$0].status } }

    private func index(of type: String) -> Int? {
        for index in list.indices where list[index].type == type { return index }
        return nil
    }

    /// The same wishes at `now`, with the transition times of `earlier` where the status did not change.
    ///
    /// A reconciler builds the whole list anew each time and hands it the list that stood before; so nothing can be left
    /// behind, and a second run at the same instant gives an equal list. What changes and changes back within an instant
    /// did not change: in which order objects were looked at is not to be seen.
    public static func settled(_ wished: [Condition], after earlier: Conditions, at now: Instant) -> Conditions {
        Conditions(wished.map { $0.settled(after: earlier[$0.type], at: now) }).shared()
    }
}

extension Condition {
    fileprivate func settled(after before: Condition?, at now: Instant) -> Condition {
        let isOfNow = before?.lastTransitionTime == now
        let undone = isOfNow ? before?.undone : nil
        if before?.status == status { return with(since: before?.lastTransitionTime ?? now, undone: undone) }
        let original = undone ?? before.map { (since: $0.lastTransitionTime, status: $0.status) }
        if let original, original.status == status { return with(since: original.since ?? now, undone: nil) }
        return with(since: now, undone: original)
    }

    private func with(since: Instant, undone: (since: Instant?, status: Status)?) -> Condition {
        var condition = Condition(
            type: type,
            status: status,
            reason: reason,
            message: message,
            lastTransitionTime: since
        )
        condition.undone = undone
        return condition
    }
}

// MARK: - Sharing

extension Conditions {
    /// How many lists are at hand: more than one instant of ten thousand Services has different ones.
    private static let most = 16
    private static let recent = Mutex((lists: [Conditions](), next: 0))

    /// The same list in the memory of one that was made lately, if there is one.
    ///
    /// Of thousands of objects that come to rest together, nearly all say the same: each with a list of its own, they would
    /// take half as much memory again.
    func shared() -> Conditions {
        Self.recent.withLock { recent in
            if let like = recent.lists.first(where: isInterchangeable) { return like }
            if recent.lists.count < Self.most {
                recent.lists.append(self)
            } else {
                recent.lists[recent.next] = self
                recent.next = (recent.next + 1) % Self.most
            }
            return self
        }
    }

    /// Whether they are equal in what is compared, and in what was before.
    private func isInterchangeable(_ other: Conditions) -> Bool {
        list.count == other.list.count
            && list.indices.allSatisfy { index in
                list[index] == other.list[index] && list[index].undone?.status == other.list[index].undone?.status
                    && list[index].undone?.since == other.list[index].undone?.since
            }
    }
}
