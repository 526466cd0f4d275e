internal import Git
internal import GitOps
internal import Store
internal import Synchronization

/// The mirrors of one state folder: each opened once, so that a poll with nothing new costs one question to the remote.
final class MirrorPool: Sendable {
    /// Through which the users of one mirror go one after the other.
    let lanes = Lanes()
    private let folder: StateFolder
    private let mirrors = Mutex<[String: Entry]>([:])

    private struct Entry {
        let mirror: Mirror
        let credentials: Credentials
    }

    /// The mirrors of that state.
    init(_ folder: StateFolder) { self.folder = folder }

    /// Has the mirror of a Sync let go of its files until the next sync: of hundreds, few are in use.
    func rest(_ name: String) async {
        let mirror = mirrors.withLock { $0[name]?.mirror }
        await mirror?.rest()
    }

    /// Removes the mirror of a Sync from the disk.
    func remove(_ name: String) async throws {
        await mirrors.withLock { $0.removeValue(forKey: name)?.mirror }?.rest()
        try Mirror.remove(folder: "\(folder.mirrors)/\(name).git")
    }

    /// The mirror of a Sync. Another remote, timeout or other credentials make another one, in the same place.
    func mirror(_ options: SyncOptions, timeout: Duration, credentials: Credentials) -> Mirror {
        mirrors.withLock { mirrors in
            if let known = mirrors[options.name], known.mirror.remote == options.remote,
                known.mirror.timeout == timeout, known.credentials == credentials
            {
                return known.mirror
            }
            let mirror = Mirror(
                folder: "\(folder.mirrors)/\(options.name).git",
                remote: options.remote,
                credentials: credentials,
                timeout: timeout
            )
            mirrors[options.name] = Entry(mirror: mirror, credentials: credentials)
            return mirror
        }
    }
}
