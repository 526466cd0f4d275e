internal import Glibc

/// The few things the mirror does to the disk outside libgit2.
enum Folder {
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// What tells a file from another one that takes its place.
    struct Identity: Equatable {
        let device: UInt
        let number: UInt
        let seconds: Int
        let nanoseconds: Int
    }

    /// Which file is at a path, or nil if there is none.
    static func identity(of path: String) -> Identity? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Identity(
            device: UInt(status.st_dev),
            number: UInt(status.st_ino),
            seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec
        )
    }

    static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// The folder that holds `path`.
    static func parent(of path: String) -> String {
        let parts = path.split(separator: "/").dropLast()
        return (path.hasPrefix("/") ? "/" : "./") + parts.joined(separator: "/")
    }

    /// Creates the folder and those above it.
    static func create(_ path: String, doing: String) throws(GitError) {
        if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
        guard errno == ENOENT else { throw GitError(errno: errno, doing: doing) }
        try create(parent(of: path), doing: doing)
        if mkdir(path, 0o755) != 0, errno != EEXIST { throw GitError(errno: errno, doing: doing) }
    }

    /// The names in a folder, without `.` and `..`; none if it cannot be read.
    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes a folder and all in it, without following links. What is not there counts as removed.
    static func remove(_ path: String, doing: String) throws(GitError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw GitError(errno: errno, doing: doing)
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in names(in: path) { try remove("\(path)/\(name)", doing: doing) }
        }
        if Glibc.remove(path) != 0, errno != ENOENT { throw GitError(errno: errno, doing: doing) }
    }

    /// Gives a folder another name, in one step; an empty folder of that name gives way.
    static func rename(_ path: String, to other: String, doing: String) throws(GitError) {
        guard Glibc.rename(path, other) == 0 else { throw GitError(errno: errno, doing: doing) }
    }

    static func read(_ path: String, doing: String) throws(GitError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw GitError(errno: errno, doing: doing) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            guard count >= 0 else { throw GitError(errno: errno, doing: doing) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk.prefix(count))
        }
    }

    /// Writes a file under another name first, so that a reader finds the old content or the new.
    static func write(_ bytes: [UInt8], to path: String, doing: String) throws(GitError) {
        let temporary = "\(path).\(getpid()).tmp"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw GitError(errno: errno, doing: doing) }
        let code = write(bytes, to: file)
        close(file)
        guard code == 0, Glibc.rename(temporary, path) == 0 else {
            let error = GitError(errno: code == 0 ? errno : code, doing: doing)
            unlink(temporary)
            throw error
        }
    }

    /// Writes a file that only we may read, and returns its path; the caller removes it.
    static func writeTemporary(_ bytes: [UInt8], doing: String) throws(GitError) -> String {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(folder)/elafros-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        guard file >= 0 else { throw GitError(errno: errno, doing: doing) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let code = write(bytes, to: file)
        close(file)
        guard code == 0 else {
            unlink(path)
            throw GitError(errno: code, doing: doing)
        }
        return path
    }

    /// Copies a file's content, without sharing an inode: a mirror must not change when its source is repaired in place.
    static func copy(_ source: String, to target: String, doing: String) throws(GitError) {
        let input = open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw GitError(errno: errno, doing: doing) }
        defer { close(input) }
        let output = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o444)
        guard output >= 0 else {
            // An object file of this name is already there, and has this content: its name is its hash.
            if errno == EACCES, exists(target) { return }
            throw GitError(errno: errno, doing: doing)
        }
        defer { close(output) }
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = Glibc.read(input, &chunk, chunk.count)
            guard count >= 0 else { throw GitError(errno: errno, doing: doing) }
            if count == 0 { return }
            let code = write(chunk[..<count], to: output)
            guard code == 0 else { throw GitError(errno: code, doing: doing) }
        }
    }

    /// Writes all bytes; returns 0 or an errno.
    private static func write(_ bytes: some Collection<UInt8>, to file: CInt) -> CInt {
        let code = bytes.withContiguousStorageIfAvailable { buffer -> CInt in
            var written = 0
            while written < buffer.count {
                let count = Glibc.write(file, buffer.baseAddress.map { $0 + written }, buffer.count - written)
                if count < 0 {
                    if errno == EINTR { continue }
                    return errno
                }
                written += count
            }
            return 0
        }
        return code ?? write(Array(bytes), to: file)
    }
}
