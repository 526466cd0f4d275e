package import Resources
internal import YAML

/// One change that a sync decided about and that waits for its wave: a manifest to be applied, or an object to be pruned.
package enum PlannedWrite: Hashable, Sendable {
    /// Makes the object what its manifest wants, over whatever is live by then.
    case apply(Application)
    /// Deletes the object, where it is the Sync's still.
    case prune(Key)

    /// A manifest, with all that is needed to apply it later.
    package struct Application: Hashable, Sendable {
        /// Which object.
        package let key: Key
        /// Where the manifest stands and what it says.
        package let origin: Origin
        /// The owners that its author named.
        package let owners: [OwnerReference]
        /// Whether what people change by hand stays where git says nothing new.
        package let keepsEdits: Bool
        /// The fields that are not git's once the object is there.
        package let ignored: [JSONPointer]

        /// An application of what `origin` says was applied, or will have been.
        package init(
            key: Key,
            origin: Origin,
            owners: [OwnerReference],
            keepsEdits: Bool,
            ignored: [JSONPointer]
        ) {
            self.key = key
            self.origin = origin
            self.owners = owners
            self.keepsEdits = keepsEdits
            self.ignored = ignored
        }
    }
}

extension PlannedWrite {
    /// Which object it is about.
    package var key: Key {
        switch self {
        case .apply(let application): application.key
        case .prune(let key): key
        }
    }

    /// Whether it deletes the object.
    package var isPrune: Bool { if case .prune = self { true } else { false } }
}

extension PlannedWrite.Application {
    /// What the manifest wants.
    private var desired: Desired { Desired(lastAppliedTo: key, origin, owners: owners) }

    /// The object to create where there is none.
    var draft: Object { desired.draft.with(origin: origin) }

    /// The object that it makes of a live one.
    ///
    /// - Parameter isHandmade: whether people made the live object by hand, where git had one before.
    func applied(over live: Object, isHandmade: Bool) -> Object {
        let memory = keepsEdits && isHandmade ? desired.lastApplied : nil
        return desired.applied(
            over: live,
            lastApplied: live.origin?.lastApplied ?? memory,
            edits: keepsEdits ? .kept : .undone
        )
        .keeping(ignored, of: live)
        .with(origin: origin)
    }
}

// MARK: - As a value

extension PlannedWrite {
    /// As a wave holds it; what is not said is left out.
    var value: Value {
        switch self {
        case .prune(let key): ["prune": .string(key.path)]
        case .apply(let application): application.value
        }
    }

    /// Reads what `value` wrote; nil for anything else.
    init?(_ value: Value) {
        if let key = value["prune"]?.string.flatMap(Key.init(path:)) {
            self = .prune(key)
        } else if let application = Application(value) {
            self = .apply(application)
        } else {
            return nil
        }
    }
}

extension PlannedWrite.Application {
    fileprivate var value: Value {
        var map: Map = [
            "apply": .string(key.path), "sync": .string(origin.sync), "path": .string(origin.path),
            "line": .int(origin.line), "commit": .string(origin.commit), "desired": origin.lastApplied,
        ]
        map["owners"] = owners.isEmpty ? nil : .list(owners.map(\.value))
        map["keepsEdits"] = keepsEdits ? true : nil
        map["ignored"] = ignored.isEmpty ? nil : .list(ignored.map { .string($0.text) })
        return .map(map)
    }

    fileprivate init?(_ value: Value) {
        guard let key = value["apply"]?.string.flatMap(Key.init(path:)), let sync = value["sync"]?.string,
            let path = value["path"]?.string, let line = value["line"]?.int, let commit = value["commit"]?.string,
            let desired = value["desired"]
        else { return nil }
        self.init(
            key: key,
            origin: Origin(sync: sync, path: path, line: line, commit: commit, lastApplied: desired),
            owners: (value["owners"]?.list ?? []).compactMap(OwnerReference.init),
            keepsEdits: value["keepsEdits"] != nil,
            // Only pointers were ever written.
            ignored: (value["ignored"]?.list ?? []).compactMap(\.string).compactMap { try? JSONPointer($0) }
        )
    }
}
