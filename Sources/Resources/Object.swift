public import YAML

/// One object of the state: immutable, so that a snapshot shares it and a reader never waits.
///
/// A class only so that passing it on costs one reference count; it has no identity of its own, and equal contents are
/// equal objects.
public final class Object: Sendable {
    /// Name, labels, owners and what the store keeps about it.
    public let metadata: Metadata
    /// Its kind; fixed for life, as are namespace and name.
    public let kind: Kind
    /// What is wanted: canonical spelling, field order of the kind's table, defaults written in.
    public let spec: Value
    /// What is: written by the reconciler of the kind, or by whoever carries the wish out.
    public let status: Status
    /// The manifest that it came from; nil for objects that the engine made or a person applied by hand.
    public let origin: Origin?

    /// Kind, namespace and name as the state's key.
    public var key: Key { Key(kind, metadata.namespace, metadata.name) }

    /// An object, or the draft of one: the store sets uid, generation, version and creation time of a draft.
    public init(kind: Kind, metadata: Metadata, spec: Value, status: Status = .none, origin: Origin? = nil) {
        self.kind = kind
        self.metadata = metadata
        self.spec = spec
        self.status = status
        self.origin = origin
    }

    /// The same object with some parts replaced.
    public func with(
        metadata: Metadata? = nil,
        spec: Value? = nil,
        status: Status? = nil,
        origin: Origin?? = nil
    ) -> Object {
        Object(
            kind: kind,
            metadata: metadata ?? self.metadata,
            spec: spec ?? self.spec,
            status: status ?? self.status,
            origin: origin ?? self.origin
        )
    }
}

extension Object: Hashable {
    /// Equal contents; two references to one object are found equal at once.
    public static func == (a: Object, b: Object) -> Bool {
        a === b
            || a.kind == b.kind && a.metadata == b.metadata && a.spec == b.spec && a.status == b.status
                && a.origin == b.origin
    }

    /// By key and version, which tell apart all that one state ever holds.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(key)
        hasher.combine(metadata.resourceVersion)
    }
}

extension Object {
    /// The key of the object that controls this one.
    public var controllerKey: Key? {
        metadata.controller.map { Key($0.kind, metadata.namespace, $0.name) }
    }

    /// Whether `owner` controls this object: that very object, not an earlier one of its name.
    public func isControlled(by owner: Object) -> Bool {
        // In place: a copy of the reference would count up and down each of its strings, for every look at every object.
        guard let index = metadata.owners.firstIndex(where: \.isController) else { return false }
        return metadata.owners[index].id == owner.metadata.id
    }
}
