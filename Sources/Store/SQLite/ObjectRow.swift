internal import GRDB
internal import Resources
internal import YAML

/// A row of the table `objects`: there and back. What is a tree is compact JSON, so that the file can be looked into.
enum ObjectRow {
    /// In the order that `decoded` reads.
    static let select = """
        SELECT objects.slot, keys.kind, keys.namespace, keys.name, uid, generation, version, created, metadata, spec, status,
            origin
        FROM objects JOIN keys ON keys.slot = objects.slot
        """
    static let insert = "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"

    /// Adds the values of an object's row.
    static func append(_ object: Object, at slot: Slot, to batch: inout RowBatch) {
        let metadata = object.metadata
        batch.append(slot)
        batch.append(metadata.uid)
        batch.append(metadata.generation)
        batch.append(metadata.resourceVersion)
        batch.append(metadata.creationTimestamp.milliseconds)
        batch.append(json: metadata.authored)
        batch.append(json: object.spec)
        batch.append(json: object.status.value)
        batch.append(json: object.origin.map { $0.stored(against: object.desiredForm) })
    }

    /// The object and its slot; nil where the row cannot be one of ours.
    static func decoded(_ row: Row) -> (slot: Slot, object: Object)? {
        // JSON that does not parse means a damaged row, which is what nil says.
        func tree(_ column: Int) -> Value? { row.text(column).flatMap { try? Value(json: $0) } }
        guard let slot: Slot = row.integer(0), let code: Int = row.integer(1), let kind = Kind(code: code),
            let namespace = row.text(2), let name = row.text(3), let uid = row.text(4),
            let generation: Int = row.integer(5), let version: Int = row.integer(6),
            let created: Int64 = row.integer(7), let spec = tree(9)
        else { return nil }
        var metadata = Metadata(name: name, namespace: namespace)
        metadata.uid = uid
        metadata.generation = generation
        metadata.resourceVersion = version
        metadata.creationTimestamp = Instant(milliseconds: created)
        if let authored = tree(8) { metadata.restore(authored) }
        var object = Object(kind: kind, metadata: metadata, spec: spec, status: Status(kind: kind, value: tree(10)))
        if let stored = tree(11) {
            guard let origin = Origin(stored: stored, against: object.desiredForm) else { return nil }
            object = object.with(origin: .some(origin))
        }
        return (slot, object)
    }
}

extension Metadata {
    /// Labels, annotations and owners, and whether the object is going; nil where there is nothing of it.
    fileprivate var authored: Value? {
        if labels.isEmpty, annotations.isEmpty, owners.isEmpty, deletionTimestamp == nil { return nil }
        var map = Map()
        map["going"] = deletionTimestamp.map { .int(Int($0.milliseconds)) }
        if !labels.isEmpty { map["labels"] = labels.value }
        if !annotations.isEmpty { map["annotations"] = annotations.value }
        if !owners.isEmpty {
            map["owners"] = .list(
                owners.map { owner in
                    .list([
                        .string(owner.apiVersion), .int(owner.kind.code), .string(owner.name), .string(owner.uid),
                        .bool(owner.isController),
                    ])
                }
            )
        }
        return .map(map)
    }

    fileprivate mutating func restore(_ authored: Value) {
        labels = StringMap(authored["labels"])
        annotations = StringMap(authored["annotations"])
        deletionTimestamp = authored["going"]?.int.map { Instant(milliseconds: Int64($0)) }
        owners = (authored["owners"]?.list ?? []).compactMap { owner in
            guard let parts = owner.list, parts.count == 5, let apiVersion = parts[0].string,
                let kind = parts[1].int.flatMap(Kind.init(code:)), let name = parts[2].string,
                let uid = parts[3].string,
                let isController = parts[4].bool
            else { return nil }
            return OwnerReference(apiVersion: apiVersion, kind: kind, name: name, uid: uid, isController: isController)
        }
    }
}

extension Object {
    /// What the object's last-applied value is near to: the same form, as it stands.
    fileprivate var desiredForm: Value {
        .map([
            "metadata": .map(["labels": metadata.labels.value, "annotations": metadata.annotations.value]),
            "spec": spec,
        ])
    }
}

extension Origin {
    /// The record with only that part of last-applied which differs from the object.
    fileprivate func stored(against base: Value) -> Value {
        .map([
            "sync": .string(sync), "path": .string(path), "line": .int(line), "commit": .string(commit),
            "lastApplied": ValueDelta.encoded(lastApplied, against: base),
        ])
    }

    fileprivate init?(stored: Value, against base: Value) {
        guard let sync = stored["sync"]?.string, let path = stored["path"]?.string, let line = stored["line"]?.int,
            let commit = stored["commit"]?.string, let delta = stored["lastApplied"],
            let lastApplied = ValueDelta.decoded(delta, against: base)
        else { return nil }
        self.init(sync: sync, path: path, line: line, commit: commit, lastApplied: lastApplied)
    }
}
