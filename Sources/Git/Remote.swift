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
    /// Where a branch stands, or nil if there is none of that name.
    func head(ofBranch name: String) throws(GitError) -> ObjectID?
    /// Brings all that `tip` leads to into the mirror. Sets no reference.
    func bring(_ tip: Tip, into mirror: Repository) throws(GitError)
    /// Moves a branch from `parent` (nil: it is new) to `commit`, sending what the other side lacks: `newObjects`, blobs
    /// first. Returns the hooks that were not run.
    func push(_ commit: NewCommit, branch: String, from mirror: Repository) throws(GitError) -> [String]
}

/// A commit in the mirror that the remote does not have yet.
struct NewCommit {
    let id: ObjectID
    let parent: ObjectID?
    /// All that the commit brings, in the order in which it may be written: nothing comes before what it names.
    let objects: [ObjectID]
    /// The pack that holds exactly these, without its extension, if they were packed.
    let pack: String?
}
