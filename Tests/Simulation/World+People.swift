import Engine
import Resources
import Store
import YAML

extension World {
    func hand(_ edit: Action.HandEdit) async throws -> [String] {
        guard let changes = Self.changes(edit, in: state) else { return [] }
        applies(.hand(edit))
        let (before, now) = (state.version, process.clock.now())
        let (faultsBefore, outside, store) = (outside[\.faults], outside, process.store)
        return try await observing(Follower.Context(isAnythingTouched: true)) {
            do {
                try await store.commit(durably: true) { state in _ = try state.apply(changes.list, at: now) }
                if changes.isStale { return ["conflict: an edit of a version that is gone went through"] }
            } catch let error as StoreError {
                if store.state.version != before { return ["commit: an edit failed, and is published: \(error)"] }
                if changes.isStale, error.kind == .conflict { return [] }
                if outside[\.faults] == faultsBefore { return ["commit: an edit failed for no reason: \(error)"] }
            }
            return []
        }
    }

    func disturb(_ edit: Action.HandEdit) {
        let (store, clock) = (process.store, process.clock)
        outside.with {
            $0.meanwhile = {
                guard let changes = Self.changes(edit, in: store.state), !changes.isStale else {
                    return
                }
                let now = clock.now()
                // On a bad disk the person is told, and nothing has changed.
                try? await store.commit(durably: true) { state in _ = try state.apply(changes.list, at: now) }
            }
        }
    }

    /// What a person does, as the commands `apply`, `patch` and `delete` do it; nil where there is nothing to do it to.
    private static func changes(
        _ edit: Action.HandEdit,
        in state: Store::State
    ) -> (list: [Change], isStale: Bool)? {
        func marks(_ object: Object) -> [Change] { object.origin == nil ? [] : [.mark(object.key, .edited)] }
        func pick(_ kinds: [Kind], _ number: Int) -> Object? {
            let keys = kinds.flatMap { state.keys($0) }
            return keys.isEmpty ? nil : state[keys[number % keys.count]]
        }
        switch edit {
        case .image(let number, let image):
            guard let live = pick([.service], number), case .runLatest? = live.serviceSpec?.mode else { return nil }
            let patch: Value = [
                "spec": [
                    "runLatest": [
                        "configuration": [
                            "revisionTemplate": ["spec": ["container": ["image": .string("hand:\(image)")]]]
                        ]
                    ]
                ]
            ]
            guard let merged = try? StrategicMerge.apply(patch: patch, to: live.value, kind: .service),
                let edited = try? live.edited(merged)
            else { return nil }
            return ([.put(edited, expecting: .version(live.metadata.resourceVersion))] + marks(live), false)
        case .label(let number):
            guard let live = pick([.service], number) else { return nil }
            var metadata = live.metadata
            metadata.labels["hand"] = metadata.labels["hand"] == nil ? "made" : nil
            return ([.put(live.with(metadata: metadata, origin: nil))] + marks(live), false)
        case .delete(let number, let isOrphaning):
            guard let live = pick([.service], number) else { return nil }
            return ([.delete(live.key, isOrphaning ? .orphan : .background)] + marks(live), false)
        case .deleteChild(let number):
            guard let live = pick([.revision, .route, .configuration, .build], number) else { return nil }
            return ([.delete(live.key, .background)] + marks(live), false)
        case .create(let number):
            let key = Key(.service, "default", "hand\(number % 3)")
            guard state[key] == nil else { return nil }
            let spec: Value = [
                "runLatest": ["configuration": ["revisionTemplate": ["spec": ["container": ["image": "hand:0"]]]]]
            ]
            let draft = Object(
                kind: .service,
                metadata: Metadata(name: key.name, namespace: key.namespace),
                spec: Schema.defaulted(.service, spec)
            )
            return ([.put(draft, expecting: .absent)], false)
        case .stale(let number):
            guard let live = pick([.service], number), live.metadata.resourceVersion > 1 else { return nil }
            let version = live.metadata.resourceVersion - 1
            return ([.put(live.with(spec: ["manual": [:]]), expecting: .version(version))], true)
        }
    }

    func turn(_ number: Int, _ fate: Action.Fate, _ action: Action) async throws -> [String] {
        let keys = outside[\.containers].keys.sorted().filter { state.contains($0) }
        guard !keys.isEmpty else { return [] }
        applies(action)
        let key = keys[number % keys.count]
        let phase: WorkloadStatus.Phase =
            switch fate {
            case .ready: .ready
            case .fails: SimulatedContainers.failure
            case .starting: .pending
            }
        outside.with { $0.containers[key]?.turn = phase }
        let (now, uid) = (process.clock.now(), outside[\.containers][key]?.uid)
        return try await observing {
            try await process.store.commit(durably: false) { state in
                guard state[key]?.metadata.uid == uid else { return }
                let status = WorkloadStatus(phase: phase, runtime: "simulated")
                try state.apply([.setStatus(key, .workload(status))], at: now)
            }
            return []
        }
    }

    /// It is decided how a Build ends; the builder says so when it is asked next.
    func build(_ number: Int, _ succeeds: Bool, _ action: Action) async throws -> [String] {
        let builds = state.keys(.build).compactMap { state[$0] }.filter(\.awaitsBuilder)
        guard !builds.isEmpty else { return [] }
        applies(action)
        outside.note(succeeds ? "build succeeds" : "build fails")
        outside.with { $0.builds[builds[number % builds.count].metadata.uid] = succeeds }
        return []
    }
}
