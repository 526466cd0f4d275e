internal import Resources
public import Store

extension SyncAgenda.Facts {
    /// What the state says.
    ///
    /// - Parameter others: the Syncs that are followed beside it, those that it depends on among them.
    public init(_ definition: SyncDefinition, beside others: [SyncDefinition], in state: State) {
        let status = state[Key(.sync, "", definition.name)]?.syncStatus
        self.init(
            suspension: definition.isSuspended ? "suspend: true at \(definition.place)" : status?.suspension?.text,
            dependencies: definition.dependsOn.map { name in
                let sync = state[Key(.sync, "", name)]
                let other = others.first { $0.name == name }?.options
                let isShared =
                    other?.remote == definition.options.remote && other?.follow == definition.options.follow
                // What it was rolled back from, it has seen.
                let seen = [sync?.syncStatus.commit, sync?.syncStatus.quarantine?.commit].compactMap(\.self)
                return SyncAgenda.Dependency(
                    name,
                    isReady: (sync?.isSyncedAndReady ?? false) && Self.isReadySoFar(name, in: state),
                    seen: isShared ? Set(seen) : nil
                )
            },
            isQuiet: state.isQuiet
        )
    }

    /// Whether all is ready by now that a Sync is about to come to rest with: only then is written down what is not.
    private static func isReadySoFar(_ sync: String, in state: State) -> Bool {
        let moved = state.marked(.unreported).filter { state[$0]?.origin?.sync == sync }
        return Readiness.of(moved, in: state).allSatisfy { $0.standing == .ready }
    }
}
