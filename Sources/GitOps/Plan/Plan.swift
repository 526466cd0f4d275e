internal import Git
internal import Resources
internal import Store
internal import YAML

/// What one sync means to do, decided before anything is done: a pure function of the state, what was read, and the options.
///
/// `sync` applies it in one transaction, `diff` and `--dry-run` apply it to a copy of the state.
struct Plan: Sendable {
    /// The version of the state that it was made for.
    let version: Int
    /// The changes of the transaction, in order.
    var writes: [Change] = []
    /// What they mean for the objects, in the order of the files, then what goes.
    var changes: [PlannedChange] = []
    /// What the options change in what the Sync says for the whole state.
    var settings: [SettingChange] = []
    /// What a person should know: all findings in the files that were read, and the errors in those that were not.
    var findings: [Finding] = []
    /// Why nothing was pruned, if a guard refused.
    var pruneRefusal: PruneRefusal?
    /// What would go, but for that refusal.
    var refusedPrunes: [PlannedChange] = []
    /// What stays different from git, as the options ask.
    var leftovers = Leftovers()
    /// How many documents of the Sync are held back.
    var heldBack = 0
    /// Whether an error held back everything, as `--atomic` asks.
    var isRefusedWhole = false
    /// Files without a change in git that must be read again before the plan can be made: something elsewhere freed one
    /// of their documents. Where there are any, the rest of the plan counts for nothing.
    var rereads: [Reread] = []
    /// Other Syncs of the repository that have to be asked before the plan can be made: an object goes from one to the other,
    /// it may be. Where there are any, the rest of the plan counts for nothing.
    var inquiries: Set<String> = []

    /// Whether everything was read that it depends on.
    var isWhole: Bool { rereads.isEmpty && inquiries.isEmpty }

    /// An unchanged file that must be read again.
    struct Reread: Hashable, Sendable {
        /// The path as it was recorded.
        let path: String
        /// Its blob.
        let id: ObjectID
    }

    /// What a plan is made from, beside the state.
    struct Input: Sendable {
        let options: SyncOptions
        /// The commit that is applied, in hex, and its tree.
        let commit: String
        let tree: String
        /// The branch that it was found on; nil for a tag or a commit.
        var branch: String?
        /// A digest of all but the tree that the plan depends on.
        let basis: String
        /// What the files that changed say now, in the order of their paths.
        var readings: [FileReading] = []
        /// Manifests that are gone.
        var removed: Set<String> = []
        /// Whether `readings` are all manifests that there are, so that every other record is of a file that is gone.
        var isComplete = false
        /// What the other Syncs of the repository say at the same commit, those that were asked; nil for one that says nothing.
        var neighbours: [String: Neighbour?] = [:]
        /// Who carries out workloads.
        let runtime: String

        /// An input without readings, of a commit that brings that change.
        init(options: SyncOptions, commit: String, _ change: SourceChange, runtime: String) {
            self.options = options
            self.commit = commit
            self.runtime = runtime
            tree = change.tree
            basis = change.basis
            removed = change.removed
            isComplete = change.isComplete
        }
    }

    /// Makes a plan.
    static func make(_ state: State, _ input: Input, at now: Instant) -> Plan {
        var planner = Planner(state, input, now)
        return planner.make()
    }

    /// Makes a plan, reading again those unchanged files of which something elsewhere freed a document, and what other Syncs
    /// of the repository find in the same commit.
    ///
    /// - Parameter state: the state as it stands when it is asked for: it may move on while files are read.
    static func whole(
        on state: () -> State,
        _ input: inout Input,
        _ reader: SourceReader,
        at now: () -> Instant
    ) async throws -> Plan {
        while true {
            let current = state()
            let plan = make(current, input, at: now())
            guard !plan.isWhole else { return plan }
            try await input.complete(for: plan, reader, in: current)
        }
    }
}

extension Plan.Input {
    /// Adds what a plan lacked: what files without a change say, and other Syncs of the repository.
    mutating func complete(for plan: Plan, _ reader: SourceReader, in state: State) async throws {
        for name in plan.inquiries.sorted() {
            neighbours[name] = .some(try await Neighbour.read(name, for: self, reader.mirror, in: state))
        }
        try await read(again: plan.rereads, reader)
    }

    private mutating func read(again rereads: [Plan.Reread], _ reader: SourceReader) async throws {
        guard !rereads.isEmpty else { return }
        let files = Set(rereads).map { (path: GitPath($0.path), entry: Entry(id: $0.id, kind: .file)) }
        readings += try await reader.read(files.sorted { $0.path < $1.path })
        // The order of files decides the order of changes, so it must not depend on why a file was read.
        readings.sort { $0.path < $1.path }
    }
}
