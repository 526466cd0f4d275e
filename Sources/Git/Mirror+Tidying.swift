internal import CLibGit2
internal import Glibc

/// Keeping a mirror small that is fetched into for years: each fetch and each report leave a pack, or some objects, of their own.
extension Mirror {
    /// Joins what lies in many places into one pack, where there are too many of them, and drops what nothing leads to any more.
    ///
    /// What cannot be joined is not whole, and is made anew by the next fetch.
    ///
    /// - Parameters:
    ///   - commits: what is kept beside what the mirror's references lead to, as far as it is here.
    ///   - packs: how many packs are not too many.
    ///   - loose: how many objects outside packs are not too many.
    /// - Returns: whether anything was done.
    @discardableResult
    public func tidy(keeping commits: [ObjectID], packs: Int = 50, loose: Int = 6_000) -> Bool {
        // One that borrows is thrown away soon.
        guard lender == nil, let repository = usable() else { return false }
        let old = StoredObjects(in: repository.objectsFolder)
        guard old.packs.count > packs || old.loose.count > loose else { return false }
        do throws(GitError) {
            let roots = try repository.tips() + commits.filter(repository.hasCommit)
            let new = try repository.writePack(reachableFrom: roots, to: old.packFolder)
            for path in old.files where !path.hasPrefix(new) { unlink(path) }
            rest()
        } catch {
            markDamaged()
        }
        return true
    }
}

/// The files in which a repository keeps its objects.
private struct StoredObjects {
    let packFolder: String
    /// The packs' paths without their extension.
    let packs: [String]
    /// The files of objects outside packs.
    let loose: [String]

    init(in folder: String) {
        packFolder = "\(folder)/pack"
        packs = Folder.names(in: packFolder).filter { $0.hasSuffix(".pack") }.map { name in
            "\(folder)/pack/\(name.dropLast(".pack".count))"
        }
        let digits = Folder.names(in: folder).filter { $0.utf8.count == 2 }
        loose = digits.flatMap { part in Folder.names(in: "\(folder)/\(part)").map { "\(folder)/\(part)/\($0)" } }
    }

    /// All of them. An index goes before its pack: one that leads to nothing would be an error.
    var files: [String] { packs.flatMap { ["\($0).idx", "\($0).pack"] } + loose }
}

extension Repository {
    /// Writes all that commits lead to as one pack; returns the pack's path without its extension.
    fileprivate func writePack(reachableFrom commits: [ObjectID], to packFolder: String) throws(GitError) -> String {
        let doing = "join the objects of \(folder)"
        let walk = try Handle(doing, free: git_revwalk_free) { git_revwalk_new(&$0, pointer) }
        for commit in commits {
            var oid = commit.oid
            try check(doing) { git_revwalk_push(walk.pointer, &oid) }
        }
        let builder = try Handle(doing, free: git_packbuilder_free) { git_packbuilder_new(&$0, pointer) }
        try check(doing) { git_packbuilder_insert_walk(builder.pointer, walk.pointer) }
        return try write(builder, to: packFolder, doing: doing)
    }
}
