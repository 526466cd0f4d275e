public import Resources

extension State {
    /// Applies a list of changes as one: all of them, or, where one is refused, none.
    ///
    /// Pure: no clock is asked and nothing is written. A change that changes nothing makes no event and takes no version.
    /// What changed is woken as the contract of the engine says: see `wake`.
    ///
    /// - Parameters:
    ///   - now: when it happens; becomes the creation time of what is created and the due time of what is woken.
    ///   - actor: the object whose reconciler asks for the changes; it is not woken by its own work.
    /// - Returns: what happened, by ascending version.
    @discardableResult
    public mutating func apply(
        _ changes: [Change],
        at now: Instant,
        by actor: Key? = nil
    ) throws(StoreError) -> [Event] {
        let actorSlot = actor.map(table.intern) ?? Slot.none
        let slots = try checked(changes) { key in key == actor ? actorSlot : table.intern(key) }
        var run = Run(now: now, actor: actorSlot)
        for (change, slot) in zip(changes, slots) { perform(change, slot, &run) }
        instant = max(instant, now)
        recorded?.append(contentsOf: run.events)
        return run.events
    }
}

/// One application of a list: what stays the same through it, and what came of it so far.
private struct Run {
    let now: Instant
    let actor: Slot
    var events: [Event] = []
}

// MARK: - Whether

extension State {
    /// The slots that the changes speak of, or why the list is refused.
    ///
    /// Everything that can fail fails here, the reading of rows included, so that carrying the list out needs no way
    /// back: undoing would mean a copy before each list, and then every list would copy the chunks that it writes.
    ///
    /// - Parameter slot: the slot of a key; a new one for a new key.
    private func checked(_ changes: [Change], slot: (Key) -> Slot) throws(StoreError) -> [Slot] {
        var slots: [Slot] = []
        slots.reserveCapacity(changes.count)
        // Which objects come and go within the list itself.
        var presence: [Slot: Bool] = [:]
        for change in changes {
            // Asking about a key enters it into the table, which is harmless: the table is no part of the value.
            let slot = slot(change.key)
            slots.append(slot)
            switch change {
            case .put(let draft, let expectation):
                let old = try loadedObject(slot)
                try expectation.check(old, key: draft.key)
                if old == nil { presence[slot] = true }
            case .restore:
                if try loadedObject(slot) == nil { presence[slot] = true }
            case .setStatus(let key, _), .setOrigin(let key, _):
                let old = try loadedObject(slot)
                guard presence[slot] ?? (old != nil) else {
                    throw StoreError(.notFound, doing: "change \(key)", reason: "it is not there")
                }
            case .delete(_, let propagation):
                let isGone = propagation != .foreground || links[slot].children.isEmpty
                if try loadedObject(slot) != nil, isGone { presence[slot] = false }
                if propagation == .orphan {
                    for child in links[slot].children { _ = try loadedObject(child) }
                }
                if presence[slot] == true, isGone { presence[slot] = false }
            case .setDue, .setChore, .mark, .unmark, .setIncarnation: break
            }
        }
        return slots
    }
}

extension Change {
    fileprivate var key: Key {
        switch self {
        case .put(let object, _), .restore(let object, _): object.key
        case .setStatus(let key, _), .setOrigin(let key, _), .delete(let key, _), .setDue(let key, _),
            .setChore(let key, _),
            .mark(let key, _),
            .unmark(let key, _, _), .setIncarnation(let key, _):
            key
        }
    }
}

extension Change.Expectation {
    fileprivate func check(_ old: Object?, key: Key) throws(StoreError) {
        switch self {
        case .anything: break
        case .absent:
            guard old == nil else {
                throw StoreError(
                    .alreadyExists,
                    doing: "create \(key)",
                    reason: "it is there already; change it instead"
                )
            }
        case .version(let version):
            guard let old else {
                throw StoreError(.conflict, doing: "change \(key)", reason: "it was deleted meanwhile; create it anew")
            }
            guard old.metadata.resourceVersion == version else {
                throw StoreError(
                    .conflict,
                    doing: "change \(key)",
                    reason: "it is at version \(old.metadata.resourceVersion), not \(version); read it again and retry"
                )
            }
        }
    }
}

// MARK: - How

extension State {
    private mutating func perform(_ change: Change, _ slot: Slot, _ run: inout Run) {
        switch change {
        case .put(let draft, _): put(draft, slot, &run)
        case .restore(let object, let due): restore(object, due: due, slot, &run)
        case .setStatus(_, let status):
            guard let old = object(slot), old.status != status else { return }
            replace(slot, old, with: old.with(metadata: next(old.metadata), status: status, origin: nil), .others, &run)
        case .setOrigin(_, let origin):
            guard let old = object(slot), old.origin != origin else { return }
            replace(slot, old, with: old.with(metadata: next(old.metadata), origin: .some(origin)), .nobody, &run)
        case .delete(_, let propagation): delete(slot, propagation, &run)
        case .setDue(_, let due):
            guard entries[slot].isPresent else { return }
            setDue(slot, due?.milliseconds ?? DueQueue.never)
        case .setChore(_, let due):
            guard entries[slot].isPresent else { return }
            setDue(slot, due.milliseconds, isChore: true)
        case .mark(_, let mark): self.mark(slot, mark, kind: change.key.kind)
        case .unmark(_, let mark, let version):
            guard entries[slot].touched <= version, marks[mark.rawValue].contains(slot) else { return }
            marks[mark.rawValue].remove(slot)
            dirtyRows.insert(slot)
        case .setIncarnation(let key, let count):
            entries[slot].kind = key.kind
            entries[slot].incarnation = Int32(clamping: count)
            if count == 0 { reborn.remove(slot) } else { reborn.insert(slot) }
            dirtyRows.insert(slot)
        }
    }

    private mutating func put(_ draft: Object, _ slot: Slot, _ run: inout Run) {
        guard let old = object(slot) else {
            create(draft, slot, &run)
            return
        }
        let origin = draft.origin ?? old.origin
        let isSameMetadata =
            draft.metadata.labels == old.metadata.labels && draft.metadata.annotations == old.metadata.annotations
            && draft.metadata.owners == old.metadata.owners
        let isSameSpec = draft.spec == old.spec
        guard !isSameMetadata || !isSameSpec || origin != old.origin else { return }
        var metadata = next(old.metadata)
        metadata.labels = draft.metadata.labels
        metadata.annotations = draft.metadata.annotations
        metadata.owners = draft.metadata.owners
        // Two spellings of one wish are not a change of the spec (specification §11).
        if !isSameSpec, !Schema.isSameSpec(old.kind, old.spec, draft.spec) { metadata.generation += 1 }
        let new = old.with(metadata: metadata, spec: isSameSpec ? old.spec : draft.spec, origin: .some(origin))
        replace(slot, old, with: new, isSameMetadata && isSameSpec ? .nobody : .all, &run)
        if !isSameSpec { inheritHandmade(slot, &run) }
    }

    private mutating func create(_ draft: Object, _ slot: Slot, _ run: inout Run) {
        let given = draft.metadata
        var metadata = Metadata(
            name: given.name,
            namespace: given.namespace,
            labels: given.labels,
            annotations: given.annotations,
            owners: given.owners
        )
        metadata.uid = UID.derived(
            from: given.controller?.uid ?? id,
            key: draft.key,
            incarnation: entries[slot].incarnation
        )
        metadata.generation = 1
        metadata.creationTimestamp = run.now
        let new = Object(kind: draft.kind, metadata: next(metadata), spec: draft.spec, origin: draft.origin)
        replace(slot, nil, with: new, .all, &run)
        inheritHandmade(slot, &run)
    }

    /// What a reconciler makes holds what its object holds. What never changes again stays as it was made. A wave makes nothing:
    /// over what people typed it applies what git says.
    private mutating func inheritHandmade(_ slot: Slot, _ run: inout Run) {
        guard run.actor != Slot.none, run.actor != slot, entries[run.actor].kind != .wave else { return }
        if marks[Mark.handmade.rawValue].contains(run.actor) {
            marks[Mark.handmade.rawValue].insert(slot)
        } else if entries[slot].kind != .revision {
            marks[Mark.handmade.rawValue].remove(slot)
        }
    }

    private mutating func restore(_ object: Object, due: Instant?, _ slot: Slot, _ run: inout Run) {
        let old = self.object(slot)
        var same = object.metadata
        same.resourceVersion = old?.metadata.resourceVersion ?? 0
        let isSame = old.map { $0 == object.with(metadata: same, origin: nil) } ?? false
        if !isSame {
            replace(slot, old, with: object.with(metadata: next(object.metadata), origin: nil), .nobody, &run)
        }
        setDue(slot, due?.milliseconds ?? DueQueue.never)
    }

    private mutating func delete(_ slot: Slot, _ propagation: Change.Propagation, _ run: inout Run) {
        guard let old = object(slot) else { return }
        if propagation == .foreground, !links[slot].children.isEmpty {
            guard old.metadata.deletionTimestamp == nil else { return }
            var metadata = next(old.metadata)
            metadata.deletionTimestamp = run.now
            replace(slot, old, with: old.with(metadata: metadata, origin: nil), .all, &run)
            return
        }
        if propagation == .orphan {
            // By key, so that the events do not tell in what order the children came.
            for child in table.sortedKeys(links[slot].children) { orphan(table.intern(child), from: old, &run) }
        }
        version += 1
        // Read again: an object that a person made its own owner has just changed.
        replace(slot, object(slot), with: nil, .all, &run)
    }

    private mutating func orphan(_ slot: Slot, from owner: Object, _ run: inout Run) {
        guard let old = object(slot) else { return }
        var metadata = next(old.metadata)
        metadata.owners.removeAll { $0.kind == owner.kind && $0.name == owner.metadata.name }
        replace(slot, old, with: old.with(metadata: metadata, origin: nil), .all, &run)
    }

    /// The metadata of an object that is about to change: it takes the next version.
    private mutating func next(_ metadata: Metadata) -> Metadata {
        version += 1
        var metadata = metadata
        metadata.resourceVersion = version
        return metadata
    }
}

// MARK: - What follows

/// Whom a change wakes.
private enum Waking {
    /// Nobody: a change of the source record, or a restore.
    case nobody
    /// Its controller and all that refer to it: a change of the status.
    case others
    /// The object itself as well, and its children when it goes.
    case all
}

extension State {
    /// Puts `new` in the place of `old`, and does all that follows: indexes, marks, waking, the event.
    private mutating func replace(_ slot: Slot, _ old: Object?, with new: Object?, _ waking: Waking, _ run: inout Run) {
        let before = entries[slot].controller
        let key = (new ?? old)?.key ?? table.key(slot)
        // The report that showed it is behind, and the one that shows it now; nearly always they are one.
        let hadOrigin = entries[slot].hasOrigin
        if old != nil { markReport(slot) }
        link(slot, key, old, new)
        entries[slot].touched = version
        contents[slot] = new.map(Content.object) ?? .absent
        if old == nil || entries[slot].controller != before || entries[slot].hasOrigin != hadOrigin { markReport(slot) }
        if old == nil { kinds[Int(key.kind.rawValue)].insert(slot) }
        if new == nil {
            marks[Mark.handmade.rawValue].remove(slot)
            kinds[Int(key.kind.rawValue)].remove(slot)
            setDue(slot, DueQueue.never)
        }
        dirtyObjects.insert(slot)
        dirtyRows.insert(slot)
        if isWish(key.kind, old, new, waking) { mark(slot, .wished, kind: key.kind) }
        wake(slot, before: before, waking, isGone: new == nil, &run)
        run.events.append(Event(key: key, old: old, new: new, version: version))
    }

    /// Whether whoever carries out workloads or Builds has to hear of the change: a workload's wish, and a Build that
    /// begins or ends to wait for its builder.
    private func isWish(_ kind: Kind, _ old: Object?, _ new: Object?, _ waking: Waking) -> Bool {
        switch kind {
        case .workload: return waking == .all || old == nil
        case .build:
            let (did, does) = (old?.awaitsBuilder ?? false, new?.awaitsBuilder ?? false)
            return did != does || does && old?.spec != new?.spec
        default: return false
        }
    }

    /// Wakes those whom a change concerns, and nobody else: the object itself, its controller (and the one before),
    /// whoever refers to it, and its children when it is gone. Never the one whose work the change is.
    private mutating func wake(_ slot: Slot, before: Slot, _ waking: Waking, isGone: Bool, _ run: inout Run) {
        guard waking != .nobody else { return }
        if waking == .all, !isGone { wake(slot, &run) }
        let controller = entries[slot].controller
        if controller != Slot.none { wake(controller, &run) }
        if before != Slot.none, before != controller { wake(before, &run) }
        for referrer in links[slot].referrers { wake(referrer, &run) }
        if isGone {
            for child in links[slot].children { wake(child, isOrphan: true, &run) }
        }
    }

    /// An orphan is woken whatever its kind: also what no reconciler looks at goes with its owner.
    private mutating func wake(_ slot: Slot, isOrphan: Bool = false, _ run: inout Run) {
        guard slot != run.actor, entries[slot].isPresent, isOrphan || entries[slot].kind.isReconciled else { return }
        // What is due already stays due since then. What was for housekeeping alone is work now.
        let due = entries[slot].due
        if entries[slot].workDue > run.now.milliseconds { setDue(slot, min(due, run.now.milliseconds)) }
    }

    private mutating func setDue(_ slot: Slot, _ due: Int64, isChore: Bool = false) {
        let old = entries[slot]
        let isChore = isChore && due != DueQueue.never
        guard old.due != due || old.isChore != isChore else { return }
        entries[slot].due = due
        entries[slot].isChore = isChore
        let new = entries[slot]
        if old.workDue != new.workDue {
            queues[Int(new.kind.rawValue)].move(slot, from: old.workDue, to: new.workDue) { [entries] in
                entries[$0].workDue
            }
        }
        if old.choreDue != new.choreDue {
            chores.move(slot, from: old.choreDue, to: new.choreDue) { [entries] in entries[$0].choreDue }
        }
        dirtyRows.insert(slot)
    }

    private mutating func mark(_ slot: Slot, _ mark: Mark, kind: Kind) {
        entries[slot].kind = kind
        marks[mark.rawValue].insert(slot)
        entries[slot].touched = version
        dirtyRows.insert(slot)
    }

    /// Marks the object from git whose report shows this slot: the topmost one with an origin on the way up.
    private mutating func markReport(_ slot: Slot) {
        var root = Slot.none
        var next = slot
        // Owners that people wrote by hand may form a ring.
        for _ in 0..<16 where next != Slot.none {
            if entries[next].hasOrigin { root = next }
            next = entries[next].controller
        }
        if root != Slot.none { mark(root, .unreported, kind: entries[root].kind) }
    }

    /// Makes the links of a slot, and those that point back, agree with its object.
    private mutating func link(_ slot: Slot, _ key: Key, _ old: Object?, _ new: Object?) {
        // Most changes are of a status; then the controller need not be looked up.
        let hasSameOwners = old?.metadata.owners == new?.metadata.owners
        let controller =
            hasSameOwners ? entries[slot].controller : new?.controllerKey.map(table.intern) ?? Slot.none
        var references = SlotList.none
        for key in new?.references ?? [] {
            let reference = table.intern(key)
            if !references.contains(reference) { references.append(reference) }
        }
        entries[slot].kind = key.kind
        entries[slot].hasOrigin = new?.origin != nil
        entries[slot].isPresent = new != nil
        let before = entries[slot].controller
        if before != controller {
            entries[slot].controller = controller
            if before != Slot.none { links[before].children.remove(slot) }
            if controller != Slot.none { links[controller].children.append(slot) }
        }
        let earlier = links[slot].references
        if earlier != references {
            links[slot].references = references
            for gone in earlier where !references.contains(gone) { links[gone].referrers.remove(slot) }
            for added in references where !earlier.contains(added) { links[added].referrers.append(slot) }
        }
        if new == nil {
            entries[slot].incarnation += 1
            reborn.insert(slot)
        }
    }
}
