internal import Glibc

/// The folder that holds a state: `state.sqlite`, `mirrors/`, `lock`, `previews` and, under a daemon, `socket`.
public struct StateFolder: Hashable, Sendable {
    /// The folder, absolute or relative to the working directory, without a slash at its end.
    public let path: String

    /// A folder that need not exist yet.
    public init(path: String) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
    }

    /// The folder that a person means: the one given, else systemd's, else the place that XDG says.
    ///
    /// - Parameters:
    ///   - given: what `--state` says.
    ///   - environment: of the process: `STATE_DIRECTORY`, `XDG_STATE_HOME` and `HOME` are looked at.
    public static func resolve(given: String?, environment: [String: String]) throws(StoreError) -> StateFolder {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let given, !given.isEmpty { return StateFolder(path: given) }
        // systemd joins several directories with colons; the first is the unit's own.
        if let first = value("STATE_DIRECTORY")?.split(separator: ":").first { return StateFolder(path: String(first)) }
        // XDG: a relative path is to be ignored.
        if let xdg = value("XDG_STATE_HOME"), xdg.hasPrefix("/") { return StateFolder(path: xdg + "/elafros") }
        if let home = value("HOME") { return StateFolder(path: home + "/.local/state/elafros") }
        throw StoreError(
            .notFound,
            doing: "find the state folder",
            reason: "HOME is not set; name a folder with --state"
        )
    }
}

extension StateFolder {
    /// The database.
    public var database: String { path + "/state.sqlite" }
    /// Which merges were previewed; no part of the state.
    public var previews: String { path + "/previews" }
    /// The bare mirrors of what is followed: `mirrors/<name>.git`. They can be thrown away and fetched again.
    public var mirrors: String { path + "/mirrors" }
    /// Where a daemon takes requests.
    public var socket: String { path + "/socket" }
    /// The file that a writer locks, and in which it says who it is.
    public var lockFile: String { path + "/lock" }

    /// Whether a state was ever made here.
    public var holdsState: Bool { access(database, F_OK) == 0 }

    /// Makes the folder, and those above it, where they are missing; for the owner alone, since specs may hold what
    /// others need not read.
    public func create() throws(StoreError) {
        var made = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: false) {
            made += made.isEmpty && !path.hasPrefix("/") ? String(part) : "/" + part
            while made.hasPrefix("//") { made.removeFirst() }
            if part.isEmpty || mkdir(made, 0o700) == 0 || errno == EEXIST || errno == EISDIR { continue }
            let code = errno
            // A folder above may be closed to us and be there all the same.
            if access(made, F_OK) == 0 { continue }
            throw StoreError(errno: code, doing: "create state folder \(path)")
        }
        var status = stat()
        guard stat(path, &status) == 0 else { throw StoreError(errno: errno, doing: "open state folder \(path)") }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw StoreError(
                .other,
                doing: "open state folder \(path)",
                reason: "it is not a folder; name another with --state"
            )
        }
    }
}

extension StoreError {
    /// What the system answered, with what to do about it.
    init(errno code: Int32, doing: String) {
        let reason = String(cString: strerror(code))
        switch code {
        case ENOSPC, EDQUOT:
            self.init(.full, doing: doing, reason: "\(reason); free some space and try again")
        case EACCES, EPERM, EROFS:
            self.init(
                .readOnly,
                doing: doing,
                reason: "\(reason); use an account that may write there, or another --state"
            )
        default:
            self.init(.other, doing: doing, reason: reason)
        }
    }
}
