import Engine
import GitOps
import Resources
import Store
import YAML

/// What people do.
extension DaemonWorld {
    /// Pushes new images.
    func push(_ remote: Int, _ changes: [DaemonAction.Image], changesAll: Bool = false) async throws {
        var files: [String: String] = ["README.md": "commit \(remotes.count(remote))\n"]
        for plan in circumstances.plans where plan.remote == remote {
            let change = changes.first { circumstances.plans[$0.sync % circumstances.plans.count] == plan }
            guard changesAll || change != nil else { continue }
            imageCount += 1
            let image = DaemonContainers.image(imageCount, readyAfter: changesAll ? 0 : change?.seconds)
            images[plan.name] = image
            files["\(plan.name)/service.yaml"] = Self.manifest(plan.name, image)
        }
        try await remotes.push(remote, files, at: outside[\.wall])
        witness.pushed(remote, stage.elapsed)
    }

    private static func manifest(_ name: String, _ image: String) -> String {
        """
        apiVersion: elafros.dev/v1alpha1
        kind: Service
        metadata: {name: \(name), annotations: {elafros.dev/rolloutDuration: 0s}}
        spec:
          runLatest:
            configuration:
              revisionTemplate: {spec: {container: {image: "\(image)"}}}

        """
    }

    /// What `suspend` and `resume` do.
    func suspend(_ name: String, _ isSuspended: Bool) async throws {
        guard let process, let definition = definitions.first(where: { $0.name == name }) else { return }
        let (key, now) = (Key(.sync, "", name), process.clock.now())
        do {
            try await process.store.commit(durably: true) { state in
                var status = state[key]?.syncStatus ?? SyncStatus()
                guard (status.suspension != nil) != isSuspended else { return }
                status.suspension = isSuspended ? SyncStatus.Suspension(since: now, reason: nil) : nil
                let first = state[key] == nil ? [Change.put(definition.options.sync)] : []
                try state.apply(first + [.setStatus(key, .sync(status))], at: now)
            }
        } catch {
            // On a bad disk the person is told, and nothing has changed.
            return
        }
        guard !isSuspended else { return }
        witness.resumed(name, at: now)
        ring(name, .poll)
    }

    /// Changes an object by hand, which is seen to some seconds later.
    func edit(_ plan: DaemonCircumstances.Plan) async throws {
        // What others depend on would not be ready while it is edited.
        guard let process, !circumstances.plans.contains(where: { $0.dependsOn.contains(plan.name) }) else { return }
        let (key, now) = (Key(.service, "default", plan.name), process.clock.now())
        guard let live = process.store.state[key], live.origin != nil else { return }
        let container: Value = ["container": ["image": .string("hand:\(stage.elapsed.components.seconds)")]]
        let configuration: Value = ["revisionTemplate": ["spec": container]]
        let patch: Value = ["spec": ["runLatest": ["configuration": configuration]]]
        let edited = try live.edited(StrategicMerge.apply(patch: patch, to: live.value, kind: .service))
        do {
            try await process.store.commit(durably: true) { state in
                _ = try state.apply([.put(edited), .mark(key, .edited)], at: now)
            }
        } catch {
            // On a bad disk the person is told, and nothing has changed.
            return
        }
        outside.note("edit by hand")
        witness.edited(plan.name, stage.elapsed)
        drifts.append((plan.name, stage.elapsed + .seconds(5)))
    }
}
