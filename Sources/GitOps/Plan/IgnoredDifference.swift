public import Resources
internal import YAML

/// Fields of objects that git does not decide once the object is there, as Argo CD's `ignoreDifferences` name them.
public struct IgnoredDifference: Hashable, Sendable {
    /// Of objects of this kind; nil for any.
    public let kind: Kind?
    /// In this namespace; nil for any.
    public let namespace: String?
    /// Of this name; nil for any.
    public let name: String?
    /// The fields. Labels, annotations and spec alone are compared, so that others make no difference.
    public let pointers: [JSONPointer]

    /// Fields of the objects that all of it fits.
    public init(kind: Kind? = nil, namespace: String? = nil, name: String? = nil, pointers: [JSONPointer]) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.pointers = pointers
    }
}

extension IgnoredDifference {
    /// Whether it is about that object.
    func concerns(_ key: Key) -> Bool {
        kind ?? key.kind == key.kind && namespace ?? key.namespace == key.namespace && name ?? key.name == key.name
    }

    /// As a Sync keeps it, in Argo CD's words.
    var value: Value {
        var map = Map()
        map["kind"] = kind.map { .string($0.name) }
        map["namespace"] = namespace.map(Value.string)
        map["name"] = name.map(Value.string)
        map["jsonPointers"] = .list(pointers.map { .string($0.text) })
        return .map(map)
    }

    /// Reads what `value` wrote.
    init(_ value: Value) {
        let texts = (value["jsonPointers"]?.list ?? []).compactMap(\.string)
        self.init(
            kind: value["kind"]?.string.flatMap(Kind.init(manifestName:)),
            namespace: value["namespace"]?.string,
            name: value["name"]?.string,
            // Only pointers were ever written; one that somebody spoilt in a report leaves its field to git.
            pointers: texts.compactMap { try? JSONPointer($0) }
        )
    }
}
