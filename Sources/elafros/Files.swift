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

    /// Makes a folder that nobody else has, and returns its path.
    static func makeTemporaryFolder(in base: String, named name: String) throws(Failure) -> String {
        var template = "\(base)/\(name).XXXXXX".utf8CString.map { $0 }
        guard mkdtemp(&template) != nil else { throw .file(base, "make a folder in it", errno) }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
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

    /// A name in a folder.
    struct Name: Hashable, Sendable {
        /// The name; where it is not UTF-8, each byte that is not ASCII stands as `\xNN`.
        let text: String
        /// Whether `text` is the name itself.
        let isText: Bool
        /// Whether it is a folder's, as far as the file system tells at once.
        let isFolder: Bool
    }

    /// The names in a folder, in the order of their bytes.
    static func names(in folder: String) throws(Failure) -> [Name] {
        guard let stream = opendir(folder) else { throw .file(folder, "read the folder", errno) }
        defer { closedir(stream) }
        var names: [Name] = []
        while let entry = readdir(stream) {
            let isFolder = entry.pointee.d_type == UInt8(DT_DIR)
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { name in
                    if let text = String(validatingCString: name) {
                        return Name(text: text, isText: true, isFolder: isFolder)
                    }
                    return Name(text: escaped(name), isText: false, isFolder: isFolder)
                }
            }
            if name.text != ".", name.text != ".." { names.append(name) }
        }
        return names.sorted { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }
    }

    /// A name that is not UTF-8, as messages of a sync show it.
    private static func escaped(_ name: UnsafePointer<CChar>) -> String {
        UnsafeBufferPointer(start: name, count: strlen(name)).reduce(into: "") { text, character in
            let byte = UInt8(bitPattern: character)
            if byte < 0x80 {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "\\x" + String(byte, radix: 16)
            }
        }
    }
}
