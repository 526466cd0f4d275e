internal import Glibc

/// Reading what the command line names.
enum Files {
    /// More than this is not a manifest.
    static let maxBytes = 64 << 20

    /// All bytes of a file.
    static func read(_ path: String) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path, "read", errno) }
        defer { close(descriptor) }
        return try read(descriptor: descriptor, named: path)
    }

    /// All bytes of an open file.
    static func read(descriptor: CInt, named name: String) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw .file(name, "read", errno)
            }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= maxBytes else {
                throw Failure(.cannotRun, name, "more than \(maxBytes >> 20) MB; name the manifests themselves")
            }
        }
    }

    /// What stands at a path.
    enum Kind: Sendable { case file, folder, symbolicLink, other, nothing }

    /// What stands at a path, without following a symbolic link there.
    static func kind(of path: String) -> Kind {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { return .nothing }
        switch facts.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        case S_IFLNK: return .symbolicLink
        default: return .other
        }
    }

    /// How many bytes a file has; nil where that cannot be known, as of a pipe.
    static func size(of path: String) -> Int? {
        var facts = stat()
        guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(facts.st_size)
    }

    /// The names in a folder, in the order of their bytes.
    static func names(in folder: String) throws(Failure) -> [String] {
        guard let stream = opendir(folder) else { throw .file(folder, "read the folder", errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
