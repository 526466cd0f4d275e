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
    /// Documents that are held back because they are wrong, conflict or stand twice.
    public var heldBack = 0
    /// Objects that a guard kept from being pruned.
    public var pruneRefused = 0
    /// The report branch's commit after our last push, in hex.
    public var reportCommit: String?
    /// Whether nothing that was written to the places of the report since they were named shows the state: then the whole
    /// report is due, also where nothing else is. Set with the commit that names them, cleared by the report that went
    /// through.
    public var isReportOwed = false
    /// What tells a push of this state folder from one of another runner of the same state: drawn before the first push, and
    /// in no report, so that a state that is rebuilt from one draws its own.
    public var runner: String?

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
        map["heldBack"] = heldBack == 0 ? nil : .int(heldBack)
        map["pruneRefused"] = pruneRefused == 0 ? nil : .int(pruneRefused)
        map["reportCommit"] = reportCommit.map(Value.string)
        map["reportOwed"] = isReportOwed ? true : nil
        map["runner"] = runner.map(Value.string)
        map["tree"] = tree.map(Value.string)
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
        reportCommit = value["reportCommit"]?.string
        isReportOwed = value["reportOwed"] != nil
        runner = value["runner"]?.string
    }
}
