internal import Glibc
public import Resources
internal import Synchronization

/// The right to write a state folder: held by one process at a time, given back when it ends, however it ends.
///
/// `flock` on the file `lock`: the kernel gives it up when the process dies, so no lock is ever left behind. The file's
/// text says who has it, for the message that others get.
public final class FolderLock: Sendable {
    /// Who holds a folder.
    public struct Holder: Hashable, Sendable {
        /// The process.
        public let pid: Int32
        /// What it does: `serve`, `sync`.
        public let command: String
        /// When it took the lock.
        public let since: Instant

        /// Somebody who holds, or is to hold, the lock.
        public init(pid: Int32, command: String, since: Instant) {
            self.pid = pid
            self.command = command
            self.since = since
        }

        /// This process, from now on.
        public static func thisProcess(_ command: String, since: Instant) -> Holder {
            Holder(pid: getpid(), command: command, since: since)
        }
    }

    private let descriptor: Mutex<Int32?>

    fileprivate init(descriptor: Int32) { self.descriptor = Mutex(descriptor) }

    deinit { release() }

    /// Gives the lock back. Doing so twice does nothing.
    public func release() {
        descriptor.withLock { descriptor in
            guard let open = descriptor else { return }
            // Closing alone would not let go while a child that is just being started still has the descriptor, until its
            // exec closes it there.
            flock(open, LOCK_UN)
            close(open)
            descriptor = nil
        }
    }
}

extension StateFolder {
    /// Takes the lock, waiting for another holder up to `timeout`; then throws `.busy`, naming the holder.
    ///
    /// - Parameters:
    ///   - holder: what the lock file says of us.
    ///   - sleep: how to wait, so that tests need not.
    public func lock(
        as holder: FolderLock.Holder,
        timeout: Duration,
        sleep: (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) async throws -> FolderLock {
        // Short enough that a person does not notice, long enough that waiting costs nothing. `flock` itself could wait,
        // but neither with a bound nor without holding up a thread.
        let pause = Duration.milliseconds(50)
        var waited = Duration.zero
        while true {
            if let lock = try tryLock(as: holder) { return lock }
            guard waited < timeout else { break }
            try await sleep(pause)
            waited += pause
        }
        throw busy(waited: timeout)
    }

    /// Takes the lock if nobody has it; nil where somebody has.
    public func tryLock(as holder: FolderLock.Holder) throws(StoreError) -> FolderLock? {
        let descriptor = open(lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError(errno: errno, doing: "lock state folder \(path)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            if code == EWOULDBLOCK || code == EINTR { return nil }
            throw StoreError(errno: code, doing: "lock state folder \(path)")
        }
        let text = Array("pid: \(holder.pid)\ncommand: \(holder.command)\nsince: \(holder.since)\n".utf8)
        // The text only helps others; the lock holds without it, on a full disk too.
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
        return FolderLock(descriptor: descriptor)
    }

    /// Who holds the lock at this moment; nil where nobody does, or where it is not ours to see.
    public func lockHolder() -> FolderLock.Holder? {
        let descriptor = open(lockFile, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // A shared lock is refused exactly while somebody holds the exclusive one; it goes with the descriptor.
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 1_024)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        var fields: [Substring: Substring] = [:]
        for line in String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon]] = line[colon...].dropFirst(2)
        }
        return FolderLock.Holder(
            pid: fields["pid"].flatMap { Int32($0) } ?? 0,
            command: fields["command"].map(String.init) ?? "another process",
            since: fields["since"].flatMap { Instant(String($0)) } ?? Instant(milliseconds: 0)
        )
    }

    private func busy(waited: Duration) -> StoreError {
        let who =
            lockHolder().map { "\($0.command) (process \($0.pid), since \($0.since)) is writing it" }
            ?? "another process was writing it"
        let seconds = waited.components.seconds
        return StoreError(
            .busy,
            doing: "lock state folder \(path)",
            reason: "\(who); waited \(seconds) s; try again later, or wait longer with --lock-timeout"
        )
    }
}
