internal import Dispatch
internal import Glibc
internal import Store
internal import Synchronization

/// Says when the database of a state folder may read differently than before.
///
/// The kernel's inotify tells of each write to it, and of its making, moving and removal; where the folder is not there
/// yet, of what is made in the nearest one above. SQLite writes its log, waits for the disk, and only then shows readers
/// what it wrote, in memory that no event tells of: so a write is looked after several times, ever later. Where the
/// kernel gives no events, as its limits are per user, there is a look each second.
final class FolderEvents {
    private let folder: StateFolder
    /// Inotify's descriptor; negative where there is none.
    private let notifier: CInt
    /// What inotify watches; negative where that is nothing.
    private var watched: CInt = -1
    private let source: (any DispatchSourceRead)?
    private let timer: any DispatchSourceTimer
    private let bell = Ringer()
    /// Which of the looks after a write comes next.
    private var nextLook = 0

    /// How long after a write, and then after each look, the next one follows. The first lets a transaction be written as
    /// a whole; the last are for a disk that takes seconds.
    private static let looks: [Duration] = [20, 40, 100, 300, 1_000, 3_000].map { .milliseconds($0) }
    /// How long after the last look the next one follows where no event tells of writes.
    private static let blindLook = Duration.seconds(1)

    /// Begins to listen.
    init(_ folder: StateFolder) {
        self.folder = folder
        let queue = DispatchQueue(label: "elafros.events")
        timer = DispatchSource.makeTimerSource(queue: queue)
        let notifier = inotify_init1(CInt(IN_NONBLOCK) | CInt(IN_CLOEXEC))
        self.notifier = notifier
        source = notifier < 0 ? nil : DispatchSource.makeReadSource(fileDescriptor: notifier, queue: queue)
        timer.setEventHandler { [bell] in bell.ring { $0.isDue = true } }
        source?.setEventHandler { [bell] in
            if Self.readEvents(notifier) { bell.ring { $0.isWritten = true } }
        }
        source?.setCancelHandler { close(notifier) }
        timer.activate()
        source?.activate()
        arm()
    }

    deinit {
        timer.cancel()
        source?.cancel()
    }
}

extension FolderEvents {
    /// Returns when it is time for a look.
    ///
    /// - Throws: `CancellationError`.
    func wait() async throws {
        schedule()
        while true {
            let heard = try await bell.wait()
            // Whoever writes without end cannot put off the first look after a write.
            let isSooner = heard.isWritten && nextLook > 0
            if heard.isWritten { nextLook = 0 }
            if heard.isDue { break }
            if isSooner { schedule() }
        }
        nextLook = min(nextLook + 1, Self.looks.count)
        // Before the look, so that nothing can happen between the two; and each time, as the folder may be another one.
        arm()
    }

    /// Whether a look follows by itself, without another event.
    var looksAgain: Bool { nextLook < Self.looks.count || watched < 0 }

    private func schedule() {
        let delay = nextLook < Self.looks.count ? Self.looks[nextLook] : watched < 0 ? Self.blindLook : nil
        let deadline = delay.map { DispatchTime.now() + .milliseconds(Int($0 / .milliseconds(1))) } ?? .distantFuture
        timer.schedule(deadline: deadline)
    }

    /// Has inotify watch the folder that is there now, or the nearest one above it.
    private func arm() {
        guard notifier >= 0 else { return }
        var (path, mask) = (folder.path, IN_MODIFY | Self.comings)
        var watch = inotify_add_watch(notifier, path, UInt32(mask))
        while watch < 0, errno == ENOENT, path != "/", path != "." {
            // What is written in the folders above is nobody's business here.
            (path, mask) = (Self.above(path), Self.comings)
            watch = inotify_add_watch(notifier, path, UInt32(mask))
        }
        // The kernel gives one folder one number, however often it is asked.
        if watched >= 0, watched != watch { inotify_rm_watch(notifier, watched) }
        watched = watch
    }

    private static let comings =
        IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR

    private static func above(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

extension FolderEvents {
    /// Takes all events that are there; whether one of them is a reason for a look.
    private static func readEvents(_ notifier: CInt) -> Bool {
        var isReason = false
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: MemoryLayout<inotify_event>.alignment) { bytes in
            while case let count = read(notifier, bytes.baseAddress, bytes.count), count > 0 {
                var offset = 0
                while offset < count {
                    let event = bytes.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                    let start = offset + MemoryLayout<inotify_event>.size
                    let name = UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(event.len)]).prefix {
                        $0 != 0
                    }
                    if isAboutDatabase(event.mask, String(decoding: name, as: UTF8.self)) { isReason = true }
                    offset = start + Int(event.len)
                }
            }
        }
        return isReason
    }

    /// Whether an event may mean another content. A look itself makes and removes files beside the database, and must be
    /// no reason for the next.
    private static func isAboutDatabase(_ mask: UInt32, _ name: String) -> Bool {
        if mask & UInt32(IN_MODIFY) != 0 { return name == "state.sqlite" || name == "state.sqlite-wal" }
        return !name.hasSuffix("-wal") && !name.hasSuffix("-shm")
    }
}

/// What happened since somebody last waited, from the queue's thread to that of the one who waits.
private final class Ringer: Sendable {
    private let heard = Mutex(Heard())
    private let (rings, ringer) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    struct Heard: Sendable {
        /// The kernel told of a write.
        var isWritten = false
        /// The time of the next look has come.
        var isDue = false
    }

    func ring(_ change: (inout Heard) -> Void) {
        heard.withLock { change(&$0) }
        ringer.yield()
    }

    /// What happened since the last call, once there is anything.
    func wait() async throws -> Heard {
        for await _ in rings {
            return heard.withLock { heard in
                defer { heard = Heard() }
                return heard
            }
        }
        throw CancellationError()
    }
}
