internal import CLibGit2

/// Owns one libgit2 object and frees it exactly once.
struct Handle: ~Copyable {
    let pointer: OpaquePointer
    private let free: (OpaquePointer?) -> Void

    init(
        _ doing: @autoclosure () -> String,
        free: @escaping (OpaquePointer?) -> Void,
        make: (inout OpaquePointer?) -> CInt
    ) throws(GitError) {
        var made: OpaquePointer?
        let code = make(&made)
        // libgit2 keeps its message per thread, until the next call: read it before anything else runs.
        guard code >= 0, let made else { throw GitError(libgit2: code, doing: doing()) }
        pointer = made
        self.free = free
    }

    deinit { free(pointer) }
}

extension ObjectID {
    init(_ oid: git_oid) {
        self = withUnsafeBytes(of: oid) { ObjectID($0) }
    }

    /// The same name in libgit2's shape.
    var oid: git_oid {
        var oid = git_oid()
        withUnsafeMutableBytes(of: &oid) { $0.copyBytes(from: bytes) }
        return oid
    }
}
