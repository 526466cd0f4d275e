/// What a remote offers for the branch, tag or commit that is followed.
struct Tip {
    /// The commit, or the annotated tag that leads to it.
    let id: ObjectID
    /// The reference it was found under, as `refs/heads/main`; nil for a commit that is not the end of any.
    let reference: String?

    /// The branch's name without `refs/heads/`.
    var branchName: String? {
        reference.flatMap { $0.hasPrefix("refs/heads/") ? String($0.dropFirst("refs/heads/".count)) : nil }
    }
}

/// One conversation with the other side: a folder that is opened directly, or a connection.
protocol Remote {
    /// Where what is followed stands. Throws `.notFound` with what there is instead.
    func tip(of follow: Follow) throws(GitError) -> Tip
    /// Where a reference stands, or nil if there is none of that name.
    func target(of reference: String) throws(GitError) -> ObjectID?
    /// Brings all that `tip` leads to into the mirror. Sets no reference.
    func bring(_ tip: Tip, into mirror: Repository) throws(GitError)
    /// Moves a reference from where it is expected to be to `commit`, sending what the other side lacks: its objects, blobs
    /// first. Where it stands elsewhere by then, the other side refuses: throws `.moved`. Returns the hooks that were not
    /// run.
    func push(_ commit: NewCommit, to reference: String, from mirror: Repository) throws(GitError) -> [String]
}

extension Remote {
    /// Where a branch stands, or nil if there is none of that name.
    func head(ofBranch name: String) throws(GitError) -> ObjectID? { try target(of: "refs/heads/\(name)") }
}

/// A commit in the mirror that the remote does not have yet.
struct NewCommit {
    let id: ObjectID
    /// Where the reference stands that is to lead here; nil where there is none yet.
    let expected: ObjectID?
    /// Whether what stands there now is not in the commit's history, and is let go.
    var replacesHistory = false
    /// All that the commit brings, in the order in which it may be written: nothing comes before what it names.
    let objects: [ObjectID]
    /// The pack that holds exactly these, without its extension, if they were packed.
    let pack: String?
}
