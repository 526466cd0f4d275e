internal import Git
internal import Resources
internal import Store
internal import YAML

/// Another Sync that follows the same repository and branch, and what its files will say once it comes to the commit that is
/// planned: so that an object which moves from the one to the other is planned as one move, whichever of them runs first.
struct Neighbour: Sendable {
    /// The Sync's name.
    let sync: String
    private let isSuspended: Bool
    private let scope: SyncScope
    /// Which documents of files that are new to it name a key.
    private var claims: [Key: [Place]] = [:]
    /// The files whose records count no more.
    private var replaced: Set<String>
    /// Whether no record counts any more.
    private let isComplete: Bool
    /// Those of them that may name still what they named.
    private var keeping: Set<String> = []
    /// Whether a file is broken of which nobody knows what it names, as it never was read right.
    private var hasUnknown = false

    /// Where a document stands.
    private struct Place {
        let path: String
        let line: Int
        let isOurs: Bool
    }
}

// MARK: - Who is one

extension Neighbour {
    /// Whether another Sync is one of whoever follows a commit of a repository.
    static func isOne(_ sync: Object, of input: Plan.Input) -> Bool {
        let options = input.options
        let (spec, status) = (sync.spec, sync.syncStatus)
        guard sync.metadata.name != options.name, status.commit != nil else { return false }
        guard spec["url"]?.string == options.remote.withoutCredentials else { return false }
        let mine = SyncSpec(options, keeping: nil).value
        let isSameWord = ["branch", "tag", "versions", "commit", "reference"].allSatisfy { spec[$0] == mine[$0] }
        return isSameWord || input.branch != nil && status.branch == input.branch
    }

    /// Reads what is new to it in the tree that is planned; nil where there is nothing that it could follow.
    static func read(_ name: String, for input: Plan.Input, _ mirror: Mirror, in state: State) async throws
        -> Neighbour?
    {
        guard let sync = state[Key(.sync, "", name)], let tree = ObjectID(hex: input.tree) else { return nil }
        let options = try SyncOptions(of: sync)
        let reader = SourceReader(mirror: mirror, options: options)
        do {
            let change = try await reader.changes(to: tree, after: sync.syncStatus, options: options, in: state)
            return Neighbour(sync, options, change, try await reader.read(change.toRead), in: state)
        } catch let error as GitError where error.kind == .notFound {
            return nil
        }
    }

    private init(
        _ sync: Object,
        _ options: SyncOptions,
        _ change: SourceChange,
        _ readings: [FileReading],
        in state: State
    ) {
        self.sync = options.name
        isSuspended = sync.syncStatus.suspension != nil
        scope = SyncScope(options)
        isComplete = change.isComplete
        replaced = change.removed
        for reading in readings {
            let path = reading.path.text
            replaced.insert(path)
            if reading.mayNameMore { keeping.insert(path) }
            for document in reading.documents {
                guard let key = document.key else { continue }
                let place = Place(path: path, line: document.position?.line ?? 1, isOurs: scope.holds(key))
                claims[key, default: []].append(place)
            }
        }
        // It may have come to this commit already, and hold back what it could not read there.
        let heldBack = state.marked(.heldBack).filter { $0.namespace == sync.metadata.name }.map(\.name)
        let broken = readings.filter(\.isBroken).map(\.path.text) + heldBack.filter { !replaced.contains($0) }
        hasUnknown = broken.contains { path in
            let record = state[ManifestRecord.key(sync: sync.metadata.name, path: path)].map(ManifestRecord.init)
            return record?.documents.allSatisfy { $0.key == nil } ?? true
        }
    }
}

// MARK: - What it says of an object

extension Neighbour {
    /// The source of an object that its files name and the planned Sync's name no more; nil where they do not.
    ///
    /// A document that is wrong in itself counts: once it is the neighbour's, the object stays as it is.
    func heir(to object: Object, in state: State, commit planned: String) -> Origin? {
        let here = claims[object.key] ?? []
        guard here.count == 1, here[0].isOurs, records(naming: object.key, in: state).isEmpty else { return nil }
        return Origin(
            sync: sync,
            path: here[0].path,
            line: here[0].line,
            // That of the object's own last change, as for a move between two files of one Sync.
            commit: object.origin?.commit ?? planned,
            lastApplied: object.origin?.lastApplied ?? .map([:])
        )
    }

    /// Whether an object that nothing names any more may stand in a file of its that is broken, and that it never read right.
    func mayHold(_ key: Key) -> Bool { hasUnknown && scope.holds(key) }

    /// Whether it let go of an object that is its own still: its files named it, and name it no more.
    ///
    /// Of one that is suspended nothing is taken, since nobody wants anything done with what it has.
    func hasDropped(_ key: Key, in state: State) -> Bool {
        guard !isSuspended, claims[key] == nil else { return false }
        guard records(naming: key, in: state).isEmpty else { return false }
        return state.referrers(of: key).contains { $0.kind == .manifestFile && $0.namespace == sync }
    }

    /// The files without news for it, or whose news leaves open what they name, that named an object.
    private func records(naming key: Key, in state: State) -> [Key] {
        state.referrers(of: key).filter { record in
            guard record.kind == .manifestFile, record.namespace == sync else { return false }
            return keeping.contains(record.name) || !isComplete && !replaced.contains(record.name)
        }
    }
}
