internal import Git
internal import Resources
internal import Store
internal import YAML

/// What a new commit changed in the followed folder, before any manifest is read.
struct SourceChange: Sendable {
    /// The commit's tree, in hex.
    let tree: String
    /// What else the plan depends on.
    let basis: String
    /// Manifests whose content is to be read.
    var toRead: [(path: GitPath, entry: Entry)] = []
    /// Manifests that are gone.
    var removed: Set<String> = []
    /// Whether `toRead` is all that there is.
    var isComplete = false
}

extension SourceReader {
    /// Compares a tree with the one that was applied last. Where they are the same, and the options too, nothing is read.
    ///
    /// A folder that the Sync followed before and that is gone is empty now: git keeps no empty folders. One that it never
    /// saw throws `.notFound`.
    ///
    /// - Parameter state: what is recorded; looked at only where the trees cannot be compared, or the folder is gone.
    func changes(
        to tree: ObjectID,
        after status: SyncStatus,
        options: SyncOptions,
        in state: @autoclosure () -> State
    ) async throws(GitError) -> SourceChange {
        if tree.hex == status.tree, Basis.isOf(options, status.basis), let basis = status.basis {
            return SourceChange(tree: tree.hex, basis: basis)
        }
        let ignorePath = options.path.isEmpty ? IgnoreRules.fileName : "\(options.path)/\(IgnoreRules.fileName)"
        let ignoreFile = try await mirror.file(at: ignorePath, inTree: tree)
        let basis = Basis(options, ignoreFile: ignoreFile).text
        let filter = ManifestFilter(options, ignoreFile: ignoreFile)
        var change = SourceChange(tree: tree.hex, basis: basis)
        let isSameBasis = status.basis == basis
        if isSameBasis, let old = status.tree.flatMap(ObjectID.init(hex:)),
            // A mirror that was made anew after a push with force does not hold the old tree.
            try await mirror.holds(old)
        {
            let differences = try await differences(from: old, to: tree, options, in: state())
            let (toRead, removed) = Self.sorted(differences, filter: filter)
            change.toRead = toRead
            change.removed = Set(removed.map(\.text))
            return change
        }
        let all = try await differences(from: nil, to: tree, options, in: state())
        change.toRead = Self.sorted(all, filter: filter).toRead
        guard isSameBasis else {
            change.isComplete = true
            return change
        }
        // The mirror lost the old tree, but what every file last gave is recorded with its blob.
        let state = state()
        let present = Set(change.toRead.map(\.path.text))
        change.toRead.removeAll { path, entry in
            let key = ManifestRecord.key(sync: options.name, path: path.text)
            return state[key]?.spec["blob"]?.string == entry.id.hex
        }
        for key in state.keys(.manifestFile) where key.namespace == options.name && !present.contains(key.name) {
            change.removed.insert(key.name)
        }
        return change
    }

    private func differences(
        from old: ObjectID?,
        to new: ObjectID,
        _ options: SyncOptions,
        in state: @autoclosure () -> State
    ) async throws(GitError) -> [TreeChange] {
        do throws(GitError) {
            return try await mirror.changes(from: old, to: new, under: options.path)
        } catch  where error.kind == .notFound {
            guard let sync = state()[Key(.sync, "", options.name)], sync.syncStatus.commit != nil,
                sync.spec["url"]?.string == options.remote.withoutCredentials,
                sync.spec["path"]?.string ?? "" == options.path
            else { throw error }
            return try await mirror.changes(from: old, to: .emptyTree, under: options.path)
        }
    }
}
