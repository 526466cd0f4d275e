public import YAML

/// One object as a manifest wants it.
public struct Desired: Hashable, Sendable {
    /// Which object.
    public let key: Key
    /// The author's labels.
    public let labels: StringMap
    /// The author's annotations.
    public let annotations: StringMap
    /// Owners of our kinds that the author named; rare, as the engine sets its own.
    public let owners: [OwnerReference]
    /// The author's spec, canonical and before defaulting.
    public let spec: Value
    /// Where the document begins; nil where it came from no file.
    public let position: Position?

    /// An object as it is wanted.
    public init(
        key: Key,
        labels: StringMap = [:],
        annotations: StringMap = [:],
        owners: [OwnerReference] = [],
        spec: Value,
        position: Position? = nil
    ) {
        self.key = key
        self.labels = labels
        self.annotations = annotations
        self.owners = owners
        self.spec = spec
        self.position = position
    }
}

extension Desired {
    /// What a manifest wanted when it was applied, or will once it is.
    public init(lastAppliedTo key: Key, _ origin: Origin, owners: [OwnerReference] = []) {
        self.init(
            key: key,
            labels: StringMap(origin.lastApplied["metadata"]?["labels"]),
            annotations: StringMap(origin.lastApplied["metadata"]?["annotations"]),
            owners: owners,
            spec: origin.lastApplied["spec"] ?? .map([:])
        )
    }

    /// What is remembered beside the object for the next three-way apply: `{metadata: {labels, annotations}, spec}`.
    public var lastApplied: Value { Self.applied(labels, annotations, spec) }

    /// The object to create where there is none: defaults written in, the store's part still missing.
    public var draft: Object {
        Object(
            kind: key.kind,
            metadata: Metadata(
                name: key.name,
                namespace: key.namespace,
                labels: labels,
                annotations: annotations,
                owners: owners
            ),
            spec: Schema.defaulted(key.kind, spec)
        )
    }

    /// The object to put where there is one already: a three-way apply of this over `live` (specification §9.1), less what
    /// this alone may say and does not.
    ///
    /// - Parameters:
    ///   - lastApplied: What was applied the last time; nil where the live object did not come from git.
    ///   - edits: What becomes of what people changed by hand where this says nothing new.
    public func applied(
        over live: Object,
        lastApplied: Value?,
        edits: ThreeWayMerge.Edits = .undone
    ) -> Object {
        let merged = ThreeWayMerge.merged(
            key.kind,
            lastApplied: lastApplied,
            desired: self.lastApplied,
            live: Self.applied(live.metadata.labels, live.metadata.annotations, live.spec),
            edits: edits
        )
        var metadata = live.metadata
        metadata.labels = StringMap(merged["metadata"]?["labels"])
        metadata.annotations = StringMap(merged["metadata"]?["annotations"])
        for owner in owners where !metadata.owners.contains(where: { $0.uid == owner.uid }) {
            metadata.owners.append(owner)
        }
        var spec = merged["spec"] ?? .map([:])
        switch edits {
        case .undone: spec = withoutReserved(spec)
        // A name that was typed stands for the Revision that has it; the next template needs another.
        case .kept: if spec != live.spec { spec = withoutNames(spec) }
        }
        return live.with(metadata: metadata, spec: Schema.defaulted(key.kind, spec))
    }

    private static func applied(_ labels: StringMap, _ annotations: StringMap, _ spec: Value) -> Value {
        var metadata = Map()
        if !labels.isEmpty { metadata["labels"] = labels.value }
        if !annotations.isEmpty { metadata["annotations"] = annotations.value }
        return ["metadata": .map(metadata), "spec": spec]
    }
}
