public import Engine
public import Git
public import Resources
package import Store

/// What a merge will do, worked out on a copy of the live state: everything that any view of a preview shows.
///
/// The same input gives the same value. It is no second opinion on what would happen: the plan is the sync's, made by the same
/// code, and what follows is the engine's, run on a virtual clock.
public struct Preview: Sendable {
    /// What was asked about and on what ground.
    public var subject: Subject
    /// What is assumed of the outside world.
    public var assumptions: Assumptions
    /// What the base wants already and is not live yet. The same sync brings it.
    public var pending: [PlannedChange] = []
    /// What somebody changed by hand and the same sync heals, before what it changes itself; what it deletes is not healed.
    public var drift: [PlannedChange] = []
    /// What the merge changes, in the order of the files, then what goes. Before is what the base alone would make.
    public var changes: [PlannedChange] = []
    /// What a person should know before merging, errors first.
    public var findings: [PreviewFinding] = []
    /// The Revisions that are made, in the order in which they are.
    public var revisions: [NewRevision] = []
    /// What happens when, counted from the sync's transaction.
    public var timeline = Timeline()
    /// How the objects fare in the end that the sync touches, that moved or that are not ready; ascending by key.
    public var readiness: [Readiness] = []
    /// Whether nothing moves any more in the end, and if not, why it ends there.
    public var ending = RunToRest.Ending.rest
    /// When the last thing happens, counted from the sync's transaction.
    public var duration = Duration.zero
    /// The state in the end, which `fidelity` compares with the one that the merge makes.
    package var end: State?

    /// A preview of which only the ground is known.
    init(_ subject: Subject, _ assumptions: Assumptions) {
        self.subject = subject
        self.assumptions = assumptions
    }
}

extension Preview {
    /// What a preview is of, and what it holds for: while these stand, and the objects that the plan reaches.
    public struct Subject: Hashable, Sendable {
        /// The Sync that will carry the merge out.
        public var sync: String
        /// The remote's address, without credentials.
        public var remote: String
        /// Where the live state was found.
        public var ground: Ground
        /// The state's identity; empty where there is none.
        public var stateID = ""
        /// The commit that is live, in hex; nil where none is, or a report tells of several.
        public var liveCommit: String?
        /// The branch that is merged into, where it is one.
        public var baseBranch: String?
        /// The commit that is merged into.
        public var base: ObjectID
        /// What was asked to be merged: a branch, a commit, a reference or the work tree.
        public var headName: String
        /// The commit that is merged; nil for a work tree.
        public var head: ObjectID?
        /// The merged tree; nil where the two conflict.
        public var tree: ObjectID?
        /// The instant of the sync's transaction.
        public var at: Instant
    }

    /// Where the live state was found.
    public enum Ground: Hashable, Sendable {
        /// In the state folder.
        case state
        /// In a report branch.
        case report(branch: String)
        /// Nowhere: it is what the base alone makes on an empty state.
        case base
    }

    /// What only the outside world decides: chosen, and not known.
    public struct Assumptions: Hashable, Sendable {
        /// Who carries workloads out: `none` where readiness itself is assumed.
        public var runtime: String
        /// How long a new Revision takes to become ready.
        public var readyAfter: Duration
        /// What becomes of every Build; nil where there is no builder.
        public var builds: SimulatedBuilder.Outcome?
    }

    /// A Revision that is made.
    public struct NewRevision: Hashable, Sendable {
        /// Its key.
        public let key: Key
        /// The image that it runs; nil where it is gone again in the end.
        public let image: String?
        /// When it is made, counted from the sync's transaction.
        public let offset: Duration
    }

    /// Whether nothing moves any more in the end.
    public var isAtRest: Bool { ending == .rest }

    /// What the merge brings with it, as opposed to what is wrong on the base already.
    public var newFindings: [PreviewFinding] { findings.filter { !$0.isOld } }
}

/// One thing that a person should know before merging.
public struct PreviewFinding: Hashable, Sendable {
    /// What it is about.
    public let topic: Topic
    /// The file, the place, how much it weighs, what is wrong and what to do.
    public let finding: Finding
    /// Whether it is so on the base already, without the merge.
    public let isOld: Bool

    /// What a finding is about.
    public enum Topic: String, Sendable, CaseIterable {
        /// The two sides cannot be merged.
        case conflict
        /// The merge that somebody else made is not one of base and head.
        case staleMerge
        /// A manifest is invalid, stands twice or belongs to another Sync.
        case manifest
        /// A guard would refuse.
        case guarded
        /// An object ends up not ready.
        case notReady
        /// The objects never come to rest, or later than is looked at.
        case neverRests
        /// A folder was moved on one side: git may merge otherwise.
        case movedFolder
        /// A file was changed on both sides: git may merge otherwise.
        case mergedFile
    }
}
