internal import Resources
internal import Store
internal import YAML

/// Three-way apply of one object, and healing.
extension Planner {
    /// Whose a live object is, if it is not ours to write.
    enum Owner {
        case sync(Origin)
        case object(OwnerReference)
    }

    func owner(of key: Key) -> Owner? {
        let live = state[key]
        if let origin = live?.origin { return origin.sync == sync ? nil : .sync(origin) }
        if let origin = formerOrigin(of: key) { return .sync(origin) }
        return live?.metadata.controller.map(Owner.object)
    }

    /// Whose an object was that somebody deleted by hand: another Sync's, which will bring it back, and from which a
    /// deletion takes it no more than an edit does.
    private func formerOrigin(of key: Key) -> Origin? {
        guard state.isMarked(key, .edited) else { return nil }
        for referrer in state.referrers(of: key).sorted() where referrer.kind == .manifestFile {
            guard referrer.namespace != sync, let record = state[referrer].map(ManifestRecord.init),
                let line = record.line(of: key)
            else { continue }
            return Origin(sync: record.sync, path: record.path, line: line, commit: "", lastApplied: .map([:]))
        }
        return nil
    }

    /// Plans what makes one object as git wants it, or says why it is held back.
    mutating func decide(
        _ desired: Desired,
        source: (path: String, line: Int),
        path: String
    ) -> Result<Void, Refusal> {
        let key = desired.key
        switch owner(of: key) {
        case .sync(let origin): return .failure(Self.conflict(key, origin))
        case .object(let owner): return .failure(Self.owned(key, owner))
        case nil: break
        }
        guard let live = state[key] else {
            let origin = origin(desired, path: path, line: source.line, before: nil)
            let draft = desired.draft.with(origin: origin)
            // An object that was deleted by hand comes back as a heal: git did not ask for anything new.
            let isHeal = state.isMarked(key, .edited)
            plan.writes.append(.put(draft))
            if isHeal { unmark(key) }
            markHome(path)
            plan.changes.append(
                PlannedChange(key: key, action: isHeal ? .healed : .created, source: source, before: nil, after: draft)
            )
            return .success(())
        }
        return apply(desired, over: live, source: source, path: path)
    }

    private mutating func apply(
        _ desired: Desired,
        over live: Object,
        source: (path: String, line: Int),
        path: String
    ) -> Result<Void, Refusal> {
        let healed = healed(live)
        let base = healed ?? live
        let merged = desired.applied(over: base, lastApplied: live.origin?.lastApplied)
        if merged.spec != live.spec {
            let errors = Admission.check(merged, old: live)
            guard errors.isEmpty else {
                return .failure(Refusal(reason: .invalid, messages: errors.map { "\($0.path): \($0.message)" }))
            }
        }
        let origin = origin(desired, path: path, line: source.line, before: live.origin)
        if live.origin?.sync != sync || live.origin?.path != path { markHome(path) }
        if let healed { note(.healed, live, healed, source) }
        if !merged.isSameWish(as: base) {
            note(.changed, base, merged, source)
        } else if live.origin == nil {
            note(.adopted, live, merged, source)
        }
        if !merged.isSameWish(as: live) {
            plan.writes.append(.put(merged.with(origin: origin)))
        } else if live.origin != origin {
            plan.writes.append(.setOrigin(desired.key, origin))
        }
        if state.isMarked(desired.key, .edited) { unmark(desired.key) }
        unmarkHandmade(merged.with(origin: origin))
        return .success(())
    }

    /// An object in which nothing is left of what was typed holds nothing to be kept out of reports any more.
    private mutating func unmarkHandmade(_ object: Object) {
        guard state.isMarked(object.key, .handmade), HandEdits(object, in: state)?.isHealed ?? true else { return }
        plan.writes.append(.unmark(object.key, .handmade, ifVersionAtMost: .max))
    }

    /// The record of a file stands in the report with the least of the objects that it gave and that are there. So it
    /// moves when one of them appears, be the record itself as it was.
    private mutating func markHome(_ path: String) {
        let record = ManifestRecord.key(sync: sync, path: path)
        if state.contains(record) { markReport(record) }
    }

    private mutating func unmark(_ key: Key) {
        healed.insert(key)
        plan.writes.append(.unmark(key, .edited, ifVersionAtMost: .max))
    }

    private mutating func note(
        _ action: PlannedChange.Action,
        _ before: Object?,
        _ after: Object?,
        _ source: (path: String, line: Int)?
    ) {
        guard let key = (after ?? before)?.key else { return }
        plan.changes.append(PlannedChange(key: key, action: action, source: source, before: before, after: after))
    }

    /// The source record of an object. Its commit is that of its own last change: one that only moves the document within
    /// its file, or to another file, is none.
    private func origin(_ desired: Desired, path: String, line: Int, before: Origin?) -> Origin {
        let lastApplied = desired.lastApplied
        let isSame = before?.sync == sync && before?.lastApplied == lastApplied
        return Origin(
            sync: sync,
            path: path,
            line: line,
            commit: isSame ? before?.commit ?? input.commit : input.commit,
            lastApplied: isSame ? before?.lastApplied ?? lastApplied : lastApplied
        )
    }

    private static func conflict(_ key: Key, _ origin: Origin) -> Refusal {
        let place = "\(ManifestRecord(sync: origin.sync, path: origin.path, blob: "").shownPath):\(origin.line)"
        let message = "\(key) belongs to Sync \(origin.sync), from \(place) of its repository; remove it there or here"
        return Refusal(reason: .conflict, messages: [message])
    }

    private static func owned(_ key: Key, _ owner: OwnerReference) -> Refusal {
        let other = "\(owner.kind.name) \(owner.name)"
        return Refusal(reason: .owned, messages: ["\(key) is made by \(other); change it there, or rename this one"])
    }

    // MARK: Healing

    /// The object as it would be had nobody changed it by hand; nil where nobody did, or the change touched nothing that
    /// git says.
    private func healed(_ live: Object) -> Object? {
        guard state.isMarked(live.key, .edited), let origin = live.origin else { return nil }
        let healed = Desired(lastAppliedTo: live.key, origin).applied(over: live, lastApplied: origin.lastApplied)
        return healed.isSameWish(as: live) ? nil : healed
    }

    /// Heals the edited objects whose files did not change, or are held back.
    mutating func healUntouched() {
        for key in state.marked(.edited) where !healed.contains(key) {
            // One that was deleted and made anew by hand belongs to nobody, and is taken over again.
            guard let live = state[key], let origin = live.origin else {
                healDeleted(key)
                continue
            }
            guard origin.sync == sync, !lost.contains(key) else { continue }
            let healed = healed(live)
            if let healed {
                let source = (ManifestRecord(sync: sync, path: origin.path, blob: "").shownPath, origin.line)
                note(.healed, live, healed, source)
                plan.writes.append(.put(healed))
            }
            unmark(key)
            unmarkHandmade(healed ?? live)
        }
    }

    /// Has the file of an object that was deleted by hand read again: its last-applied value went with the object.
    private mutating func healDeleted(_ key: Key) {
        guard claims[key] == nil else { return }
        let files = untouchedClaims(on: key)
        guard files.isEmpty else {
            guard files.count == 1, let record = record(files[0]) else { return }
            let isApplied = record.documents.contains { $0.key == key && $0.outcome == .applied }
            if isApplied { reread(record) }
            return
        }
        // Nobody wants it back, unless another Sync does.
        let isWanted = state.referrers(of: key).contains { $0.kind == .manifestFile && $0.namespace != sync }
        if !isWanted { unmark(key) }
    }
}

extension Desired {
    /// What a manifest wanted when it was last applied.
    fileprivate init(lastAppliedTo key: Key, _ origin: Origin) {
        self.init(
            key: key,
            labels: StringMap(origin.lastApplied["metadata"]?["labels"]),
            annotations: StringMap(origin.lastApplied["metadata"]?["annotations"]),
            spec: origin.lastApplied["spec"] ?? .map([:])
        )
    }
}

extension Object {
    /// Whether both say the same in all that an author writes.
    fileprivate func isSameWish(as other: Object) -> Bool {
        metadata.labels == other.metadata.labels && metadata.annotations == other.metadata.annotations
            && metadata.owners == other.metadata.owners && spec == other.spec
    }
}
