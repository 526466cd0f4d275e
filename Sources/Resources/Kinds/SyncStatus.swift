public import YAML

/// How far a Sync has come: enough to tell that a poll brought nothing new without reading anything else.
public struct SyncStatus: Hashable, Sendable {
    /// The commit that was last carried into the state, in hex; nil before the first.
    public var commit: String?
    /// The branch that it was followed on, also where that was the remote's default; nil for a tag or a commit.
    public var branch: String?
    /// The tree of `commit`, in hex: what a new commit's tree is compared with.
    public var tree: String?
    /// A digest of everything but the tree that the plan depended on (path, namespace, ignore rules, schema version):
    /// when it changes, everything is read again.
    public var basis: String?
    /// Who carried workloads out when it was: what a preview assumes will do so again.
    public var runtime: String?
    /// Documents that are held back because they are wrong, conflict or stand twice.
    public var heldBack = 0
    /// Objects that a guard kept from being pruned.
    public var pruneRefused = 0
    /// Objects that people changed or deleted by hand, and that the Sync reports and leaves so.
    public var drifted = 0
    /// Objects that git no longer names, and that the Sync may not prune.
    public var orphaned = 0
    /// The newer commit that was refused as a whole, while nothing newer than `commit` could be applied.
    public var refusal: Refusal?
    /// The report branch's commit after our last push, in hex.
    public var reportCommit: String?
    /// Whether nothing that was written to the places of the report since they were named shows the state: then the whole
    /// report is due, also where nothing else is. Set with the commit that names them, cleared by the report that went
    /// through.
    public var isReportOwed = false
    /// What tells what the note on a commit was last made to say from anything else; nil before the first.
    public var note: String?
    /// Whether the note on the commit that was applied last does not say yet what it came to.
    public var isNoteOwed = false
    /// What tells a push of this state folder from one of another runner of the same state: drawn before the first push, and
    /// in no report, so that a state that is rebuilt from one draws its own.
    public var runner: String?
    /// Why and since when nothing is done, where somebody asked for that by hand.
    public var suspension: Suspension?
    /// What a sync that is due waits for, as its window; nil where it waits for nothing.
    public var waiting: String?
    /// Until when its schedule was followed.
    public var scheduled: Instant?

    /// The commit that was rolled back, and is not applied again.
    public var quarantine: Quarantine?
    /// Whether any manifest names a wave; only then are there any.
    public var hasWaves = false
    /// How far the waves have gone that were planned last.
    public var waves = Waves()

    /// How far waves have gone.
    public struct Waves: Hashable, Sendable {
        /// When they were planned; nil where nothing had to wait.
        public var planned: Instant?
        /// Those that went since, in their order.
        public var released: [Int] = []
        /// How many objects wait for their turn.
        public var waiting = 0

        /// None.
        public init() {}
    }

    /// That a commit is not applied, and an older one stands in its place.
    public struct Quarantine: Hashable, Sendable {
        /// The commit that is not applied, in hex.
        public let commit: String
        /// The commit that is applied in its place, in hex.
        public let back: String

        /// A quarantine.
        public init(commit: String, back: String) {
            self.commit = commit
            self.back = back
        }
    }

    /// That nothing is done until somebody resumes it.
    public struct Suspension: Hashable, Sendable {
        /// When it was asked for.
        public let since: Instant
        /// Why, in the words of whoever asked for it.
        public let reason: String?

        /// A suspension.
        public init(since: Instant, reason: String?) {
            self.since = since
            self.reason = reason
        }

        /// For messages: `since 2026-05-31T12:00:00Z (a freeze)`.
        public var text: String { "since \(since)" + (reason.map { " (\($0))" } ?? "") }
    }

    /// Why a commit was refused as a whole.
    public struct Refusal: Hashable, Sendable {
        /// The commit, in hex.
        public let commit: String
        /// The first errors, each with its place, as a line.
        public let errors: [String]
        /// How many errors there are.
        public let count: Int

        /// How many errors are kept: as many as one reads on.
        private static let most = 20

        /// The refusal of a commit for all of those errors.
        public init(commit: String, errors: [String]) {
            self.commit = commit
            self.errors = Array(errors.prefix(Self.most))
            count = errors.count
        }
    }

    /// The status before the first run.
    public init() {}
}

extension SyncStatus {
    /// As it is stored; what is not set is left out.
    public var value: Value {
        var map = Map()
        map["basis"] = basis.map(Value.string)
        map["branch"] = branch.map(Value.string)
        map["commit"] = commit.map(Value.string)
        map["drifted"] = drifted == 0 ? nil : .int(drifted)
        map["hasWaves"] = hasWaves ? true : nil
        map["heldBack"] = heldBack == 0 ? nil : .int(heldBack)
        map["note"] = note.map(Value.string)
        map["noteOwed"] = isNoteOwed ? true : nil
        map["orphaned"] = orphaned == 0 ? nil : .int(orphaned)
        map["pruneRefused"] = pruneRefused == 0 ? nil : .int(pruneRefused)
        map["quarantine"] = quarantine.map { ["back": .string($0.back), "commit": .string($0.commit)] }
        map["refusal"] = refusal?.value
        map["reportCommit"] = reportCommit.map(Value.string)
        map["reportOwed"] = isReportOwed ? true : nil
        map["runner"] = runner.map(Value.string)
        map["runtime"] = runtime.map(Value.string)
        map["scheduled"] = scheduled.map { .string($0.description) }
        map["suspension"] = suspension?.value
        map["tree"] = tree.map(Value.string)
        map["waiting"] = waiting.map(Value.string)
        map["waves"] = waves.value
        return .map(map)
    }

    /// Reads what `value` wrote.
    public init(_ value: Value) {
        branch = value["branch"]?.string
        commit = value["commit"]?.string
        tree = value["tree"]?.string
        basis = value["basis"]?.string
        heldBack = value["heldBack"]?.int ?? 0
        pruneRefused = value["pruneRefused"]?.int ?? 0
        drifted = value["drifted"]?.int ?? 0
        orphaned = value["orphaned"]?.int ?? 0
        refusal = value["refusal"].map(Refusal.init)
        reportCommit = value["reportCommit"]?.string
        isReportOwed = value["reportOwed"] != nil
        note = value["note"]?.string
        isNoteOwed = value["noteOwed"] != nil
        runner = value["runner"]?.string
        runtime = value["runtime"]?.string
        if let commit = value["quarantine"]?["commit"]?.string, let back = value["quarantine"]?["back"]?.string {
            quarantine = Quarantine(commit: commit, back: back)
        }
        suspension = value["suspension"].flatMap(Suspension.init)
        waiting = value["waiting"]?.string
        scheduled = value["scheduled"]?.string.flatMap(Instant.init)
        hasWaves = value["hasWaves"] != nil
        waves = value["waves"].map(Waves.init) ?? Waves()
    }
}

extension SyncStatus {
    /// Whether something that the Sync writes into git is due, also where nothing else is.
    public var isAnythingOwed: Bool { isReportOwed || isNoteOwed }
}

extension SyncStatus.Suspension {
    fileprivate var value: Value {
        var map: Map = ["since": .string(since.description)]
        map["reason"] = reason.map(Value.string)
        return .map(map)
    }

    fileprivate init?(_ value: Value) {
        guard let since = value["since"]?.string.flatMap(Instant.init) else { return nil }
        self.init(since: since, reason: value["reason"]?.string)
    }
}

extension SyncStatus.Waves {
    fileprivate var value: Value? {
        guard let planned else { return nil }
        return [
            "planned": .string(planned.description), "released": .list(released.map(Value.int)),
            "waiting": .int(waiting),
        ]
    }

    fileprivate init(_ value: Value) {
        planned = value["planned"]?.string.flatMap(Instant.init)
        released = (value["released"]?.list ?? []).compactMap(\.int)
        waiting = value["waiting"]?.int ?? 0
    }
}

extension SyncStatus.Refusal {
    fileprivate var value: Value {
        ["commit": .string(commit), "count": .int(count), "errors": .list(errors.map(Value.string))]
    }

    fileprivate init(_ value: Value) {
        commit = value["commit"]?.string ?? ""
        errors = (value["errors"]?.list ?? []).compactMap(\.string)
        count = value["count"]?.int ?? errors.count
    }
}
