internal import Glibc

/// The path of the daemon's socket, short enough for the system to take.
///
/// The address of a Unix socket holds 107 bytes. Where a state folder lies deeper, the folder is opened and the socket
/// named through `/proc/self/fd`, which is the same file under a short name.
struct SocketPath: ~Copyable {
    /// What to bind or connect to, as long as this value lives.
    let text: String
    private let folder: CInt?

    /// The longest path that fits, without the zero byte at its end.
    static let maxBytes = 107

    /// The socket at `path`.
    init(_ path: String) throws(Failure) {
        guard path.utf8.count > Self.maxBytes, let slash = path.lastIndex(of: "/") else {
            text = path
            folder = nil
            return
        }
        let descriptor = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path, "reach the socket", errno) }
        folder = descriptor
        text = "/proc/self/fd/\(descriptor)\(path[slash...])"
    }

    deinit {
        if let folder { close(folder) }
    }
}
