/// Which object: its kind, namespace and name. Unique in a state at any moment.
///
/// Objects without a namespace (Syncs) have an empty one.
public struct Key: Hashable, Sendable {
    /// The object's kind.
    public let kind: Kind
    /// Its namespace; empty for kinds that have none.
    public let namespace: String
    /// Its name, unique among the objects of its kind and namespace.
    public let name: String

    /// Names an object; whether it exists is the state's business.
    public init(_ kind: Kind, _ namespace: String, _ name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// The key of an object of another kind with the same namespace and name, as a Service's Route has.
    public func sibling(_ kind: Kind) -> Key { Key(kind, namespace, name) }

    /// The key of another object in the same namespace.
    public func sibling(_ kind: Kind, _ name: String) -> Key { Key(kind, namespace, name) }
}

extension Key: Comparable {
    /// By namespace, name, then kind: the order in which lists are shown and ties are broken.
    public static func < (a: Key, b: Key) -> Bool {
        if a.namespace != b.namespace { return a.namespace < b.namespace }
        if a.name != b.name { return a.name < b.name }
        return a.kind.rawValue < b.kind.rawValue
    }
}

extension Key: CustomStringConvertible {
    /// As messages name it: `Service default/shop`, or `Sync shop` where there is no namespace.
    public var description: String {
        namespace.isEmpty ? "\(kind.name) \(name)" : "\(kind.name) \(namespace)/\(name)"
    }

    /// One line that `init(path:)` reads back: `service/default/shop`. A name may hold slashes; the others do not.
    public var path: String { "\(kind.name.lowercased())/\(namespace)/\(name)" }

    /// Reads what `path` wrote; nil for anything else.
    public init?(path: some StringProtocol) {
        let parts = path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let kind = Kind(manifestName: String(parts[0])) else { return nil }
        self.init(kind, String(parts[1]), String(parts[2]))
    }
}
