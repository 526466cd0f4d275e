internal import Git
internal import Resources
internal import Store
internal import YAML

/// Syncs that the repository defines.
extension Planner {
    /// Plans what makes a Sync as git defines it, or says why it is held back.
    mutating func decide(
        child desired: Desired,
        source: (path: String, line: Int),
        path: String
    ) -> Result<Void, Refusal> {
        let key = desired.key
        let (live, before) = (state[key], state[key].flatMap(ChildDefinition.init(of:)))
        if let before, before.parent != sync, !hasDropped(key, before.parent) {
            let message = "\(key) is defined by Sync \(before.parent), at \(before.place); remove it there or here"
            return .failure(Refusal(reason: .conflict, messages: [message]))
        }
        let child = ChildDefinition(name: key.name, parent: sync, path: path, line: source.line, written: desired.spec)
        // What is wrong with it was found when it was read.
        guard let options = child.options(under: input.options) else { return .success(()) }
        if before == nil, let live, live.syncStatus.commit != nil, !live.isSync(of: options) {
            let message =
                "\(key) is there already, set up by whoever runs Elafros for another source; choose another name, or have it "
                + "forgotten with `elafros forget \(key.name)`"
            return .failure(Refusal(reason: .owned, messages: [message]))
        }
        let after = child.written(to: live, with: options)
        guard live?.spec != after.spec else { return .success(()) }
        plan.writes.append(.put(after))
        guard before?.written != child.written else { return .success(()) }
        plan.changes.append(
            PlannedChange(
                key: key,
                action: before == nil ? .created : .changed,
                source: source,
                before: before?.manifest,
                after: child.manifest
            )
        )
        return .success(())
    }

    /// Lets go of the Syncs that git defines no more: they are followed no more, and what they applied stays.
    mutating func releaseChildren() {
        for key in lost where key.kind == .sync && untouchedClaims(on: key).isEmpty {
            guard let live = state[key], let child = ChildDefinition(of: live), child.parent == sync else { continue }
            plan.writes.append(.put(ChildDefinition.removed(from: live)))
            plan.changes.append(
                PlannedChange(
                    key: key,
                    action: .released,
                    source: (ManifestRecord(sync: sync, path: child.path, blob: "").shownPath, child.line),
                    before: child.manifest,
                    after: child.manifest
                )
            )
        }
    }
}

extension Object {
    /// Whether a Sync of the state follows the same folder of the same repository.
    fileprivate func isSync(of options: SyncOptions) -> Bool {
        spec["url"]?.string == options.remote.withoutCredentials && spec["path"]?.string ?? "" == options.path
    }
}
