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
        if let origin = live?.origin {
            // What another Sync only leaves because it may not prune is nobody's wish any more.
            return origin.sync == sync || state.isMarked(key, .orphaned) ? nil : .sync(origin)
        }
        if let origin = formerOrigin(of: key) ?? waiting.elsewhere[key] { return .sync(origin) }
        return live?.metadata.controller.map(Owner.object)
    }

    /// Whose an object was that somebody deleted by hand: another Sync's, which will bring it back, and from which a
    /// deletion takes it no more than an edit does.
    private func formerOrigin(of key: Key) -> Origin? {
        guard isHandmade(key) else { return nil }
        for referrer in state.referrers(of: key).sorted() where referrer.kind == .manifestFile {
            guard referrer.namespace != sync, let record = state[referrer].map(ManifestRecord.init),
                let line = record.line(of: key)
            else { continue }
            return Origin(sync: record.sync, path: record.path, line: line, commit: "", lastApplied: .map([:]))
        }
        return nil
    }

    /// Whether people changed or deleted an object from git, which may have been looked at and left.
    private func isHandmade(_ key: Key) -> Bool { state.isMarked(key, .edited) || state.isMarked(key, .drifted) }

    /// Plans what makes one object as git wants it, or says why it is held back.
    mutating func decide(
        _ desired: Desired,
        source: (path: String, line: Int),
        path: String
    ) -> Result<Void, Refusal> {
        let key = desired.key
        if key.kind == .sync { return decide(child: desired, source: source, path: path) }
        switch owner(of: key) {
        case .sync(let origin) where hasDropped(key, origin.sync): break
        case .sync(let origin): return .failure(Self.conflict(key, origin))
        case .object(let owner): return .failure(Self.owned(key, owner))
        case nil: break
        }
        guard let live = state[key] else {
            let origin = origin(desired, path: path, line: source.line, before: nil)
            let draft = desired.draft.with(origin: origin)
            // An object that was deleted by hand comes back as a heal: git did not ask for anything new. Of an orphan it does.
            let isHeal = isHandmade(key) && !state.isMarked(key, .orphaned)
            if isHeal, rules.leavesDrift {
                leave(PlannedChange(key: key, action: .healed, source: source, before: nil, after: nil))
                return .success(())
            }
            // What was deleted by hand comes back at once.
            if isHeal { plan.writes.append(.put(draft)) } else { stage(draft, as: desired) }
            settle(key)
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
        let merged = rules.applied(desired, over: base, live: live, lastApplied: lastApplied(desired, live))
        if merged.spec != live.spec {
            let errors = Admission.check(merged, old: live)
            guard errors.isEmpty else {
                return .failure(Refusal(reason: .invalid, messages: errors.map { "\($0.path): \($0.message)" }))
            }
        }
        let origin = origin(desired, path: path, line: source.line, before: live.origin)
        if live.origin?.sync != sync || live.origin?.path != path { markHome(path) }
        if live.origin?.sync != sync, state.isMarked(desired.key, .orphaned) {
            plan.writes.append(.unmark(desired.key, .orphaned, ifVersionAtMost: .max))
        }
        if let healed { note(.healed, live, healed, source) }
        if !merged.isSameWish(as: base) {
            note(.changed, base, merged, source)
        } else if live.origin?.sync != sync {
            note(.adopted, live, merged, source)
        }
        if hasToWait(for: merged, over: base, live) {
            stage(merged.with(origin: origin), as: desired, over: live, healed: healed)
        } else if !merged.isSameWish(as: live) {
            plan.writes.append(.put(merged.with(origin: origin)))
        } else if live.origin != origin {
            plan.writes.append(.setOrigin(desired.key, origin))
        }
        if rules.leaves(merged, different: desired) {
            leave(merged.with(origin: origin))
        } else {
            settle(desired.key)
        }
        // What waits leaves there for now what people typed.
        unmarkHandmade(staged.keys.contains(desired.key) ? base : merged.with(origin: origin))
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
        let known = [before, waiting.origins[desired.key]].compactMap { $0 }.first { isSaid(lastApplied, by: $0) }
        return Origin(
            sync: sync,
            path: path,
            line: line,
            commit: known?.commit ?? input.commit,
            lastApplied: known?.lastApplied ?? lastApplied
        )
    }

    static func conflict(_ key: Key, _ origin: Origin) -> Refusal {
        let place = "\(ManifestRecord(sync: origin.sync, path: origin.path, blob: "").shownPath):\(origin.line)"
        let message = "\(key) belongs to Sync \(origin.sync), from \(place) of its repository; remove it there or here"
        return Refusal(reason: .conflict, messages: [message])
    }

    private static func owned(_ key: Key, _ owner: OwnerReference) -> Refusal {
        let other = "\(owner.kind.name) \(owner.name)"
        return Refusal(reason: .owned, messages: ["\(key) is made by \(other); change it there, or rename this one"])
    }

    // MARK: Healing

    /// The object as it would be had nobody changed it by hand; nil where nobody did, or that stays.
    private func healed(_ live: Object) -> Object? { isHandmade(live.key) ? rules.healed(live) : nil }

    /// What git said of a live object. Where one was deleted by hand and made anew, and what people do stays, that is what
    /// git says now: else all of the new one would be undone.
    private func lastApplied(_ desired: Desired, _ live: Object) -> Value? {
        if let origin = live.origin { return origin.lastApplied }
        return rules.leavesDrift && isHandmade(live.key) ? desired.lastApplied : nil
    }

    /// Heals the edited objects whose files did not change, or are held back, or leaves them.
    mutating func healUntouched() {
        let edited = state.marked(.edited)
        let left = state.marked(.drifted).filter { !state.isMarked($0, .edited) }
        for key in edited + left where !settled.contains(key) {
            // One that was deleted and made anew by hand belongs to nobody, and is taken over again.
            guard let live = state[key], let origin = live.origin else {
                healDeleted(key)
                continue
            }
            guard origin.sync == sync, !lost.contains(key), !isOrphan(key) else { continue }
            let desired = Desired(lastAppliedTo: key, origin)
            let healed = rules.healed(live)
            if let healed {
                let source = (ManifestRecord(sync: sync, path: origin.path, blob: "").shownPath, origin.line)
                note(.healed, live, healed, source)
                plan.writes.append(.put(healed))
            }
            if rules.leaves(healed ?? live, different: desired) {
                leave(healed ?? live)
            } else {
                settle(key)
            }
            unmarkHandmade(healed ?? live)
        }
    }

    /// Whether git names an object no more that was left then: what people do to it is theirs.
    private func isOrphan(_ key: Key) -> Bool {
        state.isMarked(key, .orphaned) && claims[key] == nil && untouchedClaims(on: key).isEmpty
    }

    /// Has the file of an object that was deleted by hand read again: its last-applied value went with the object.
    private mutating func healDeleted(_ key: Key) {
        let files = untouchedClaims(on: key)
        let naming = (claims[key] ?? []).map { records[$0.record] } + files.compactMap(record)
        guard !naming.isEmpty else {
            // Nobody wants it back, unless another Sync does.
            let isWanted = state.referrers(of: key).contains { $0.kind == .manifestFile && $0.namespace != sync }
            if !isWanted { settle(key) }
            return
        }
        if !state.contains(key), rules.leavesDrift(of: key) {
            let own = naming.first { $0.documents.contains { $0.key == key && !$0.isHeldByAnother } }
            if let own { leave(PlannedChange(deletedByHand: key, in: own)) }
            return
        }
        guard claims[key] == nil, files.count == 1 else { return }
        let isApplied = naming[0].documents.contains { $0.key == key && $0.outcome == .applied }
        if isApplied { reread(naming[0]) }
    }

    // MARK: Marks

    /// Notes that an object is as it has to be once the plan is carried out.
    mutating func settle(_ key: Key) {
        for mark in [Mark.edited, .drifted] where state.isMarked(key, mark) {
            settled.insert(key)
            plan.writes.append(.unmark(key, mark, ifVersionAtMost: .max))
        }
    }

    /// Notes that an object stays different from what git says, and whether a person has to know.
    private mutating func leave(_ object: Object) {
        noteLeft(object.key)
        guard let healed = rules.reported(object) else { return }
        plan.leftovers.drift.append(PlannedChange(object, .healed, after: healed))
    }

    /// Notes that an object that was deleted by hand stays away.
    private mutating func leave(_ deleted: PlannedChange) {
        noteLeft(deleted.key)
        if rules.policy == .report { plan.leftovers.drift.append(deleted) }
    }

    private mutating func noteLeft(_ key: Key) {
        settled.insert(key)
        if !state.isMarked(key, .drifted) { plan.writes.append(.mark(key, .drifted)) }
        if state.isMarked(key, .edited) { plan.writes.append(.unmark(key, .edited, ifVersionAtMost: .max)) }
    }
}
