/// Which deliveries of one hook were taken, the last of them: a forge sends again what it believes was lost.
public struct DeliveryMemory: Sendable {
    private let capacity: Int
    private var known: Set<String> = []
    /// In the order in which they came, as a ring.
    private var ids: [String] = []
    private var oldest = 0

    /// An empty memory.
    ///
    /// - Parameter capacity: how many deliveries it holds, at least 1; the oldest is forgotten first.
    public init(capacity: Int) {
        precondition(capacity >= 1, "a memory that holds nothing cannot tell a repeated delivery")
        self.capacity = capacity
    }

    /// Remembers a delivery; false where it is known already. Constant time.
    public mutating func insert(_ id: String) -> Bool {
        guard known.insert(id).inserted else { return false }
        if ids.count < capacity {
            ids.append(id)
        } else {
            known.remove(ids[oldest])
            ids[oldest] = id
            oldest = (oldest + 1) % capacity
        }
        return true
    }
}

extension DeliveryMemory {
    /// What a delivery comes to that a hook has judged: what was taken before is ``HookVerdict/repeated``. What is refused is
    /// not remembered.
    public mutating func verdict(of hook: Hook, on delivery: HookDelivery, judged verdict: HookVerdict) -> HookVerdict {
        if case .refused = verdict { return verdict }
        guard let id = hook.provider.deliveryID(in: delivery.headers) else { return verdict }
        return insert(id) ? verdict : .repeated
    }
}
