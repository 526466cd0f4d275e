import Resources
import Store
import Testing
import YAML

/// The state against a model that keeps plain dictionaries and searches all of them for every question.
@Suite struct StateModelTests {
    @Test(arguments: 0..<8)
    func `the state agrees with the model, and snapshots stay as they were`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var state = State(id: "s")
        var model = Model()
        var kept: [(State, Model)] = []
        for step in 0..<300 {
            let now = Sample.after(step / 3)
            let changes = (0...random.below(4)).map { _ in random.change(model) }
            let actor = random.below(3) == 0 ? random.key() : nil
            let before = (state.version, model)
            do {
                let events = try state.apply(changes, at: now, by: actor)
                model.apply(changes, at: now, by: actor)
                #expect(events.map(\.version) == Array(before.0..<state.version).map { $0 + 1 })
                for event in events.reversed().prefix(1) { #expect(state[event.key] == event.new) }
            } catch {
                #expect(error.kind == .notFound)
                #expect(model.refuses(changes))
                #expect(state.version == before.0)
            }
            try model.check(state)
            if random.below(20) == 0 { kept.append((state, model)) }
        }
        for (snapshot, model) in kept { try model.check(snapshot) }
    }
}

extension SplitMix {
    fileprivate mutating func key() -> Key {
        let kinds: [Kind] = [.service, .configuration, .revision, .route, .workload]
        return Sample.key(kinds[below(kinds.count)], "n\(below(4))")
    }

    fileprivate mutating func change(_ model: Model) -> Change {
        let key = key()
        switch below(14) {
        case 0...4:
            let owner = model.objects[self.key()]
            let origin = below(6) == 0 ? Sample.origin(line: below(3)) : nil
            if key.kind == .route {
                let route = Sample.route(key.name, to: "n\(below(4))", owner: owner)
                return .put(route)
            }
            return .put(
                Sample.object(key.kind, key.name, owner: owner, spec: ["image": .int(below(3))], origin: origin)
            )
        case 5, 6: return .setStatus(key, Sample.status(below(3)))
        case 7: return .delete(key, below(3) == 0 ? .orphan : .background)
        case 8: return .setDue(key, below(2) == 0 ? nil : Sample.after(below(200)))
        case 9: return .mark(key, .edited)
        case 12: return .setChore(key, Sample.after(below(200)))
        case 10:
            let marks = Mark.allCases
            return .unmark(key, marks[below(marks.count)], ifVersionAtMost: below(400))
        case 11: return .restore(restored(key, model), due: below(2) == 0 ? nil : Sample.after(below(200)))
        default: return below(2) == 0 ? .setOrigin(key, nil) : .setIncarnation(key, below(3))
        }
    }
}

extension SplitMix {
    /// An object as a report gives it back: now and then the very one that is there.
    private mutating func restored(_ key: Key, _ model: Model) -> Object {
        if let there = model.objects[key], there.metadata.uid == "restored", below(2) == 0 { return there }
        let owner = model.objects[self.key()]
        let origin = below(3) == 0 ? Sample.origin(line: below(3)) : nil
        let object = Sample.object(key.kind, key.name, owner: owner, spec: ["image": .int(below(3))], origin: origin)
        var metadata = object.metadata
        metadata.uid = "restored"
        metadata.generation = 1 + below(3)
        return object.with(metadata: metadata, status: Sample.status(below(3)), origin: nil)
    }
}

/// What the state must do, as plainly as it can be said.
private struct Model {
    var objects: [Key: Object] = [:]
    var due: [Key: Instant] = [:]
    var chores: Set<Key> = []
    var marks: [Mark: Set<Key>] = [:]
    var touched: [Key: Int] = [:]
    var incarnations: [Key: Int] = [:]
    var version = 0

    func refuses(_ changes: [Change]) -> Bool {
        var present = Set(objects.keys)
        for change in changes {
            switch change {
            case .put(let object, _), .restore(let object, _): present.insert(object.key)
            case .delete(let key, _): present.remove(key)
            case .setStatus(let key, _), .setOrigin(let key, _): if !present.contains(key) { return true }
            default: break
            }
        }
        return false
    }

    mutating func apply(_ changes: [Change], at now: Instant, by actor: Key?) {
        for change in changes {
            switch change {
            case .put(let draft, _): put(draft, now, actor)
            case .setStatus(let key, let status):
                guard let old = objects[key], old.status != status else { continue }
                replace(key, old.with(metadata: next(old), status: status, origin: nil), now, actor, wakes: .others)
            case .setOrigin(let key, let origin):
                guard let old = objects[key], old.origin != origin else { continue }
                replace(key, old.with(metadata: next(old), origin: .some(origin)), now, actor, wakes: .nobody)
            case .delete(let key, let propagation): delete(key, propagation, now, actor)
            case .setDue(let key, let instant):
                if objects[key] != nil { due[key] = instant }
                chores.remove(key)
            case .setChore(let key, let instant):
                guard objects[key] != nil else { continue }
                due[key] = instant
                chores.insert(key)
            case .mark(let key, let mark): self.mark(key, mark)
            case .unmark(let key, let mark, let limit):
                if touched[key, default: 0] <= limit { marks[mark]?.remove(key) }
            case .setIncarnation(let key, let count): incarnations[key] = count
            case .restore(let object, let instant):
                restore(object, now, actor)
                due[object.key] = instant
                chores.remove(object.key)
            }
        }
    }

    private enum Wakes { case nobody, others, all }

    private mutating func next(_ old: Object) -> Metadata {
        version += 1
        var metadata = old.metadata
        metadata.resourceVersion = version
        return metadata
    }

    private mutating func put(_ draft: Object, _ now: Instant, _ actor: Key?) {
        guard let old = objects[draft.key] else {
            version += 1
            // The uid is the state's own affair here; `check` compares it by when it changes.
            var metadata = draft.metadata
            metadata.generation = 1
            metadata.creationTimestamp = now
            metadata.resourceVersion = version
            replace(draft.key, draft.with(metadata: metadata, origin: nil), now, actor, wakes: .all)
            return
        }
        let isSame =
            old.spec == draft.spec && old.metadata.labels == draft.metadata.labels
            && old.metadata.owners == draft.metadata.owners
        guard !isSame || (draft.origin ?? old.origin) != old.origin else { return }
        var metadata = next(old)
        metadata.owners = draft.metadata.owners
        if old.spec != draft.spec { metadata.generation += 1 }
        let new = old.with(metadata: metadata, spec: draft.spec, origin: .some(draft.origin ?? old.origin))
        replace(draft.key, new, now, actor, wakes: isSame ? .nobody : .all)
    }

    private mutating func restore(_ object: Object, _ now: Instant, _ actor: Key?) {
        let old = objects[object.key]
        var metadata = object.metadata
        metadata.resourceVersion = old?.metadata.resourceVersion ?? 0
        guard old != object.with(metadata: metadata, origin: nil) else { return }
        replace(object.key, object.with(metadata: next(object), origin: nil), now, actor, wakes: .nobody)
    }

    private mutating func delete(_ key: Key, _ propagation: Change.Propagation, _ now: Instant, _ actor: Key?) {
        guard objects[key] != nil else { return }
        if propagation == .orphan {
            for child in children(of: key) {
                guard let old = objects[child] else { continue }
                var metadata = next(old)
                metadata.owners = []
                replace(child, old.with(metadata: metadata, origin: nil), now, actor, wakes: .all)
            }
        }
        version += 1
        replace(key, nil, now, actor, wakes: .all)
        incarnations[key, default: 0] += 1
    }

    private mutating func replace(_ key: Key, _ new: Object?, _ now: Instant, _ actor: Key?, wakes: Wakes) {
        let old = objects[key]
        if old != nil, let root = root(of: key) { mark(root, .unreported) }
        let earlier = old?.controllerKey
        let children = children(of: key)
        objects[key] = new
        touched[key] = version
        if new == nil {
            due[key] = nil
            chores.remove(key)
        }
        if new != nil, let root = root(of: key) { mark(root, .unreported) }
        if key.kind == .workload, wakes == .all || old == nil { mark(key, .wished) }
        guard wakes != .nobody else { return }
        var concerned = Set(referrers(of: key))
        if wakes == .all, new != nil { concerned.insert(key) }
        if let controller = new?.controllerKey { concerned.insert(controller) }
        if let earlier { concerned.insert(earlier) }
        let orphans = new == nil ? Set(children) : []
        concerned = concerned.filter(\.kind.isReconciled).union(orphans)
        for other in concerned where other != actor && objects[other] != nil {
            chores.remove(other)
            due[other] = min(due[other] ?? now, now)
        }
    }

    private mutating func mark(_ key: Key, _ mark: Mark) {
        marks[mark, default: []].insert(key)
        touched[key] = version
    }

    private func root(of key: Key) -> Key? {
        var root: Key?
        var next: Key? = key
        for _ in 0..<16 {
            guard let here = next else { break }
            if objects[here]?.origin != nil { root = here }
            next = objects[here]?.controllerKey
        }
        return root
    }

    func children(of key: Key) -> [Key] {
        objects.values.filter { $0.controllerKey == key }.map(\.key).sorted()
    }

    func referrers(of key: Key) -> [Key] {
        objects.values.filter { $0.references.contains(key) }.map(\.key).sorted()
    }

    /// Everything that can be asked of a state, asked of both.
    func check(_ state: State) throws {
        #expect(state.version == version)
        var names: Set<Key> = Set(objects.keys).union(touched.keys).union(incarnations.keys)
        for kind in Kind.allCases {
            let keys = objects.keys.filter { $0.kind == kind }.sorted()
            #expect(state.keys(kind) == keys)
            #expect(state.count(kind) == keys.count)
        }
        names.formUnion(objects.values.compactMap(\.controllerKey))
        for key in names {
            let found = state[key]
            #expect(state.contains(key) == (objects[key] != nil))
            #expect(found.map(withoutUID) == objects[key].map(withoutUID))
            #expect(state.children(of: key) == children(of: key))
            #expect(state.referrers(of: key) == referrers(of: key))
            #expect(state.due(key) == due[key])
            #expect(state.isChore(key) == chores.contains(key))
            #expect(state.incarnation(of: key) == incarnations[key, default: 0])
            #expect(state.version(of: key) == touched[key, default: 0])
        }
        for mark in Mark.allCases { #expect(state.marked(mark) == marks[mark, default: []].sorted()) }
        #expect(state.nextDue == due.filter { !chores.contains($0.key) }.values.min())
        #expect(state.nextChore == due.filter { chores.contains($0.key) }.values.min())
        #expect(state.nextLook == due.values.min())
        let middle = Sample.after(100)
        let dueThen = due.filter { $0.value <= middle }.keys.sorted()
        #expect(state.dueKeys(at: middle) == dueThen)
        // Housekeeping comes once nothing else is due.
        let work = dueThen.filter { !chores.contains($0) }
        let next = work.isEmpty ? dueThen : work
        let last = next.map(\.kind.rawValue).max()
        let first = next.filter { $0.kind.rawValue == last }
        for limit in [1, 2, 5, .max] {
            let found = state.dueKeys(at: middle, lowest: { -Int($0.rawValue) }, limit: limit)
            #expect(found == Array(first.prefix(limit)))
        }
    }

    private func withoutUID(_ object: Object) -> Object {
        var metadata = object.metadata
        metadata.uid = ""
        metadata.owners = metadata.owners.map {
            OwnerReference(apiVersion: $0.apiVersion, kind: $0.kind, name: $0.name, uid: "", isController: true)
        }
        return object.with(metadata: metadata, origin: nil)
    }
}
