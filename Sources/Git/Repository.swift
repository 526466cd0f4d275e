internal import CLibGit2
internal import Glibc

/// One open repository without a work tree: objects, references, packs.
///
/// Used by one thread at a time: by its mirror's.
final class Repository {
    let folder: String
    private let handle: Handle
    private let database: Handle
    /// Where new objects are collected; owned by the database.
    private var memory: UnsafeMutablePointer<git_odb_backend>?
    /// What was read through this repository.
    private(set) var counters = GitCounters()

    var pointer: OpaquePointer { handle.pointer }
    private var odb: OpaquePointer { database.pointer }

    private init(folder: String, handle: consuming Handle) throws(GitError) {
        let pointer = handle.pointer
        database = try Handle("open the objects of \(folder)", free: git_odb_free) { git_repository_odb(&$0, pointer) }
        self.handle = handle
        self.folder = folder
    }

    /// Opens a repository: a bare one, or the one in the `.git` of a work tree.
    convenience init(opening path: String, doing: String) throws(GitError) {
        try LibGit2.start()
        let flags = UInt32(GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue)
        let handle = try Handle(doing, free: git_repository_free) { git_repository_open_ext(&$0, path, flags, nil) }
        // A linked work tree has a folder of its own for its HEAD alone: objects, branches and hooks are the repository's.
        let folder = String(cString: git_repository_commondir(handle.pointer))
        try self.init(folder: folder, handle: handle)
    }

    /// Opens a mirror of ours, without looking whether it is anything else.
    convenience init(openingBare folder: String, doing: String) throws(GitError) {
        try LibGit2.start()
        let handle = try Handle(doing, free: git_repository_free) { git_repository_open_bare(&$0, folder) }
        try self.init(folder: folder + "/", handle: handle)
    }

    /// Creates a bare repository.
    convenience init(creating folder: String, doing: String) throws(GitError) {
        try LibGit2.start()
        let handle = try Handle(doing, free: git_repository_free) { git_repository_init(&$0, folder, 1) }
        try self.init(folder: folder + "/", handle: handle)
    }

    /// From how many objects on they are written as one pack instead of a file each: where git draws the line when it
    /// receives a push.
    static let packsFrom = 100

    /// The folder with packs and loose objects.
    var objectsFolder: String { "\(folder)objects" }
    var isBare: Bool { git_repository_is_bare(pointer) == 1 }
}

// MARK: - Reading objects

extension Repository {
    func contains(_ id: ObjectID) -> Bool {
        var oid = id.oid
        return git_odb_exists(odb, &oid) == 1
    }

    /// Looks again at what is on disk, after something else wrote there.
    func refresh() throws(GitError) {
        try check("look for new objects in \(folder)") { git_odb_refresh(odb) }
    }

    /// The size and type of an object, out of its header: the content is not inflated.
    func header(_ id: ObjectID) throws(GitError) -> (size: Int, type: git_object_t) {
        var oid = id.oid
        var size = 0
        var type = GIT_OBJECT_INVALID
        let code = git_odb_read_header(&size, &type, odb, &oid)
        guard code >= 0 else { throw unreadable(id, code) }
        return (size, type)
    }

    /// Gives the content of an object to `body`; the bytes are valid only there.
    func withObject<R>(
        _ id: ObjectID,
        _ type: git_object_t,
        _ body: (UnsafeRawBufferPointer) throws(GitError) -> R
    ) throws(GitError) -> R {
        var oid = id.oid
        var made: OpaquePointer?
        let code = git_odb_read(&made, odb, &oid)
        guard code >= 0, let object = made else { throw unreadable(id, code) }
        defer { git_odb_object_free(object) }
        let found = git_odb_object_type(object)
        guard found == type else {
            let (found, wanted) = (Self.name(of: found), Self.name(of: type))
            throw GitError(.notFound, doing: "read \(id.short)", reason: "it is a \(found), not a \(wanted)")
        }
        let size = git_odb_object_size(object)
        counters.bytesRead += size
        return try body(UnsafeRawBufferPointer(start: git_odb_object_data(object), count: size))
    }

    private static func name(of type: git_object_t) -> String {
        git_object_type2string(type).map { String(cString: $0) } ?? "thing of no known type"
    }

    /// An object that cannot be read is damage: nobody asks for objects that nothing names.
    private func unreadable(_ id: ObjectID, _ code: CInt) -> GitError {
        GitError(libgit2: code, doing: "read object \(id.short)").with(kind: .damaged)
    }

    func tree(_ id: ObjectID) throws(GitError) -> TreeObject {
        if id == .emptyTree { return .empty }
        counters.treesRead += 1
        return try withObject(id, GIT_OBJECT_TREE) { bytes throws(GitError) in try TreeObject(bytes, id: id) }
    }

    func blob(_ id: ObjectID, maxBytes: Int) throws(GitError) -> Blob {
        let size = try header(id).size
        guard size <= maxBytes else { return .tooLarge(bytes: size) }
        counters.blobsRead += 1
        return try withObject(id, GIT_OBJECT_BLOB) { .bytes(Array($0)) }
    }

    func commit(_ id: ObjectID) throws(GitError) -> CommitInfo {
        let commit = try lookup(id, GIT_OBJECT_COMMIT)
        return CommitInfo(id: id, commit: commit.pointer)
    }

    func tree(of commit: ObjectID) throws(GitError) -> ObjectID {
        try self.commit(commit).tree
    }

    func lookup(_ id: ObjectID, _ type: git_object_t) throws(GitError) -> Handle {
        var oid = id.oid
        return try Handle("read object \(id.short)", free: git_object_free) {
            git_object_lookup(&$0, pointer, &oid, type)
        }
    }

    /// The commit behind `id`, which may be an annotated tag, or a tag of a tag.
    func peeled(_ id: ObjectID) throws(GitError) -> ObjectID {
        let object = try lookup(id, GIT_OBJECT_ANY)
        let commit = try Handle("look for the commit of \(id.short)", free: git_object_free) {
            git_object_peel(&$0, object.pointer, GIT_OBJECT_COMMIT)
        }
        return ObjectID(git_object_id(commit.pointer).pointee)
    }

    /// Whether the commit and its tree are there. Objects come in whole packs, or the commit last, so what it leads to then
    /// is there as well, unless the disk lost it.
    func hasCommit(_ id: ObjectID) -> Bool {
        guard contains(id), let tree = try? tree(of: id) else { return false }
        return tree == .emptyTree || contains(tree)
    }

    /// Whether `ancestor` is `commit` or came before it. False if either is not here; true if the history was cut off, as
    /// by a shallow clone, so that it cannot be told.
    func isAncestor(_ ancestor: ObjectID, of commit: ObjectID) -> Bool {
        if ancestor == commit { return true }
        guard contains(ancestor), contains(commit) else { return false }
        var (newer, older) = (commit.oid, ancestor.oid)
        return git_graph_descendant_of(pointer, &newer, &older) != 0
    }
}

// MARK: - References

extension Repository {
    /// What a reference leads to, or nil if there is none of that name.
    func reference(_ name: String) throws(GitError) -> ObjectID? {
        var oid = git_oid()
        let code = git_reference_name_to_id(&oid, pointer, name)
        if code == GIT_ENOTFOUND.rawValue || code == GIT_EINVALIDSPEC.rawValue { return nil }
        guard code >= 0 else { throw GitError(libgit2: code, doing: "read \(name) in \(folder)") }
        return ObjectID(oid)
    }

    /// Whether a branch is checked out, here or in a linked work tree.
    func isCheckedOut(_ name: String) throws(GitError) -> Bool {
        let head = try headBranch()
        if !isBare, head == name { return true }
        guard try reference(name) != nil else { return false }
        let branch = try Handle("read \(name) in \(folder)", free: git_reference_free) {
            git_reference_lookup(&$0, pointer, name)
        }
        return try check("look where \(name) is checked out") { git_branch_is_checked_out(branch.pointer) } == 1
    }

    /// Whether a reference is whole, or is not there.
    func canRead(_ name: String) -> Bool {
        do throws(GitError) {
            _ = try reference(name)
            return true
        } catch {
            return false
        }
    }

    /// The branch that HEAD names, also when it has no commit yet; nil if HEAD names a commit.
    func headBranch() throws(GitError) -> String? {
        let head = try Handle("read HEAD of \(folder)", free: git_reference_free) {
            git_reference_lookup(&$0, pointer, "HEAD")
        }
        return git_reference_symbolic_target(head.pointer).map { String(cString: $0) }
    }

    /// Sets a reference of a mirror, whatever it was. Nobody else writes there, so a lock that stands in the way was left
    /// behind by a process of ours that was killed.
    func setReference(_ name: String, to id: ObjectID) throws(GitError) {
        unlink("\(folder)\(name).lock")
        var oid = id.oid
        let made = try Handle("set \(name) in \(folder)", free: git_reference_free) {
            git_reference_create(&$0, pointer, name, &oid, 1, nil)
        }
        _ = consume made
    }

    /// Sets a reference if it still is at `expected` (nil: if there is none); else throws `.moved`.
    func moveReference(_ name: String, from expected: ObjectID?, to id: ObjectID, message: String) throws(GitError) {
        var oid = id.oid
        let made = try Handle("move \(name) in \(folder)", free: git_reference_free) {
            guard var old = expected?.oid else {
                return git_reference_create(&$0, pointer, name, &oid, 0, message)
            }
            return git_reference_create_matching(&$0, pointer, name, &oid, 1, &old, message)
        }
        _ = consume made
    }

    func removeReference(_ name: String) throws(GitError) {
        try check("remove \(name) in \(folder)") { git_reference_remove(pointer, name) }
    }

    /// What all references lead to.
    func tips() throws(GitError) -> [ObjectID] {
        var tips: [ObjectID] = []
        for name in try referenceNames() { try reference(name).map { tips.append($0) } }
        return tips
    }

    /// The names of all references.
    func referenceNames() throws(GitError) -> [String] {
        var list = git_strarray()
        try check("list the references of \(folder)") { git_reference_list(&list, pointer) }
        defer { git_strarray_dispose(&list) }
        return (0..<list.count).compactMap { list.strings[$0].map { String(cString: $0) } }
    }
}

// MARK: - Writing objects

extension Repository {
    /// Keeps what is written from now on in memory, for `writePack` to pack. Meant for a repository opened for one commit.
    func collectInMemory() throws(GitError) {
        var backend: UnsafeMutablePointer<git_odb_backend>?
        try check("collect new objects") { git_mempack_new(&backend) }
        // The database owns the backend from here on.
        try check("collect new objects") { git_odb_add_backend(odb, backend, 999) }
        memory = backend
    }

    /// Stores an object unless it is here already.
    func store(_ bytes: [UInt8], _ type: git_object_t) throws(GitError) -> ObjectID {
        let doing = "write an object into \(folder)"
        return try bytes.withUnsafeBufferPointer { buffer throws(GitError) in
            let raw = UnsafeRawBufferPointer(buffer)
            var oid = git_oid()
            try check(doing) { git_odb_hash(&oid, raw.baseAddress, raw.count, type) }
            // Without a look at the disk for each object that is missing: here most are.
            if git_odb_exists_ext(odb, &oid, GIT_ODB_LOOKUP_NO_REFRESH.rawValue) == 1 { return ObjectID(oid) }
            if let memory, let write = memory.pointee.write {
                // Not through git_odb_write, which looks for packs on the disk once more for each object.
                try check(doing) { write(memory, &oid, raw.baseAddress, raw.count, type) }
            } else {
                try check(doing) { git_odb_write(&oid, odb, raw.baseAddress, raw.count, type) }
            }
            return ObjectID(oid)
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, _ type: git_object_t) throws(GitError) -> ObjectID {
        var oid = git_oid()
        try check("write an object into \(folder)") {
            git_odb_write(&oid, odb, bytes.baseAddress, bytes.count, type)
        }
        return ObjectID(oid)
    }

    /// Writes the objects named, and nothing else, as one pack into a folder of packs; returns the pack's path without
    /// its extension.
    func writePack(of ids: [ObjectID], to packFolder: String) throws(GitError) -> String {
        let doing = "write a pack of \(ids.count) objects into \(packFolder)"
        let builder = try Handle(doing, free: git_packbuilder_free) { git_packbuilder_new(&$0, pointer) }
        for id in ids {
            var oid = id.oid
            try check(doing) { git_packbuilder_insert(builder.pointer, &oid, nil) }
        }
        return try write(builder, to: packFolder, doing: doing)
    }

    /// Writes what a builder was given; returns the pack's path without its extension.
    func write(_ builder: borrowing Handle, to packFolder: String, doing: String) throws(GitError) -> String {
        try check(doing) { git_packbuilder_write(builder.pointer, packFolder, 0, nil, nil) }
        guard let name = git_packbuilder_name(builder.pointer) else {
            throw GitError(.other, doing: doing, reason: "the pack has no name")
        }
        return "\(packFolder)/pack-\(String(cString: name))"
    }

    /// The commits that lead to `tip`, each after its parents, without those at which `isKnown` says to stop.
    ///
    /// Parents that are not here end the walk as well: a shallow clone has cut its history off there.
    func commits(upTo tip: ObjectID, stoppingAt isKnown: (ObjectID) -> Bool) throws(GitError) -> [ObjectID] {
        var found: [ObjectID] = []
        var seen: Set<ObjectID> = []
        var pending = [(id: tip, isVisited: false)]
        while let (id, isVisited) = pending.popLast() {
            if isVisited {
                found.append(id)
                continue
            }
            guard seen.insert(id).inserted, !isKnown(id) else { continue }
            pending.append((id, true))
            for parent in try commit(id).parents.reversed() where contains(parent) { pending.append((parent, false)) }
        }
        return found
    }
}
