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
    /// How many documents of the Sync are held back.
    var heldBack = 0
    /// Whether an error held back everything, as `--atomic` asks.
    var isRefusedWhole = false
    /// Files without a change in git that must be read again before the plan can be made: something elsewhere freed one
    /// of their documents. Where there are any, the rest of the plan counts for nothing.
    var rereads: [Reread] = []

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
    }

    /// Makes a plan.
    static func make(_ state: State, _ input: Input, at now: Instant) -> Plan {
        var planner = Planner(state, input, now)
        return planner.make()
    }
}
