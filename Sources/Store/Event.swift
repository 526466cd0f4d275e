public import Resources

/// One change of one object, as it happened.
public struct Event: Hashable, Sendable {
    /// Whose change it is.
    public let key: Key
    /// The object before; nil when it was created.
    public let old: Object?
    /// The object after; nil when it was deleted.
    public let new: Object?
    /// The state's version that the change made; ascending and unique in a state.
    public let version: Int

    /// A change as it happened.
    public init(key: Key, old: Object?, new: Object?, version: Int) {
        self.key = key
        self.old = old
        self.new = new
        self.version = version
    }
}
