/// What every object carries beside its spec and status (specification §1.3).
///
/// The author gives name, namespace, labels and annotations; the store sets the rest.
public struct Metadata: Hashable, Sendable {
    /// Unique among the objects of its kind and namespace.
    public var name: String
    /// Empty for kinds without a namespace.
    public var namespace: String
    /// 1 at creation, one more for each change of the spec and of nothing else (specification §11).
    public var generation: Int
    /// The state's version at this object's last change; it never goes back.
    public var resourceVersion: Int
    /// When the object was created.
    public var creationTimestamp: Instant
    /// When its deletion was asked for, while what it owns goes first; nil for all objects that are to stay.
    public var deletionTimestamp: Instant?
    /// The author's and the system's labels.
    public var labels: StringMap
    /// The author's and the system's annotations.
    public var annotations: StringMap
    /// Who owns this object; at most one of them controls it.
    public var owners: [OwnerReference]
    /// What `uid` writes out. Last, so that an object's next field fits behind it.
    private(set) var id: UID

    /// Metadata of a draft: what its author says. The store fills in the rest when the draft becomes an object.
    public init(
        name: String,
        namespace: String,
        labels: StringMap = [:],
        annotations: StringMap = [:],
        owners: [OwnerReference] = []
    ) {
        self.name = name
        self.namespace = namespace
        id = .text("")
        generation = 0
        resourceVersion = 0
        creationTimestamp = Instant(milliseconds: 0)
        self.labels = labels
        self.annotations = annotations
        self.owners = owners
    }

    /// Derived, never drawn: hash of (the owner's uid or the state's id, key, incarnation); so a preview knows it.
    public var uid: String {
        get { id.text }
        set { id = UID(newValue) }
    }

    /// The owner that controls this object: the one whose reconciler writes it, and with which it is deleted.
    public var controller: OwnerReference? {
        for owner in owners where owner.isController { return owner }
        return nil
    }
}

/// A reference from an object to one that owns it (specification §1.7).
public struct OwnerReference: Hashable, Sendable {
    /// As the owner was written.
    public let apiVersion: String
    /// The owner's name, in the same namespace.
    public let name: String
    /// The owner's uid: one of the same name that was created again is another owner.
    public var uid: String { id.text }
    let id: UID
    /// The owner's kind; an owner of a kind that is not ours is kept out of the state.
    public let kind: Kind
    /// Whether this owner's reconciler writes the object.
    public let isController: Bool

    /// A reference as it was stored or written.
    public init(apiVersion: String, kind: Kind, name: String, uid: String, isController: Bool) {
        self.init(apiVersion, kind, name, UID(uid), isController: isController)
    }

    private init(_ apiVersion: String, _ kind: Kind, _ name: String, _ id: UID, isController: Bool) {
        self.apiVersion = apiVersion
        self.name = name
        self.id = id
        self.kind = kind
        self.isController = isController
    }

    /// The controlling reference to `owner`.
    public init(controller owner: Object) {
        self.init(owner.kind.apiVersion, owner.kind, owner.metadata.name, owner.metadata.id, isController: true)
    }
}
