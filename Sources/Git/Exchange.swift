internal import Dispatch
internal import Glibc
internal import Synchronization

/// One conversation with a remote, and how long it may take.
///
/// libgit2 1.5 has no timeouts: it reads from a socket until something comes. So the sockets that it opens are filed here,
/// and a watchdog shuts them down at the deadline: the call that waits then returns an error on its own thread, and no
/// thread or socket is lost. That holds for a remote that says nothing as well as for one that dribbles.
final class Exchange: Sendable {
    private struct State {
        var sockets: Set<CInt> = []
        var isOver = false
        var connectError: CInt?
    }

    private let state = Mutex(State())
    private let end: ContinuousClock.Instant

    init(timeout: Duration) {
        end = .now + timeout
    }

    /// Whether the deadline has passed, and everything was shut down.
    var isOver: Bool { state.withLock(\.isOver) }

    /// The errno of the last attempt to connect that failed.
    var connectError: CInt? {
        get { state.withLock(\.connectError) }
        set { state.withLock { $0.connectError = newValue } }
    }

    /// Milliseconds until the deadline, for `poll`.
    var millisecondsLeft: CInt {
        let (seconds, attoseconds) = (end - .now).components
        return CInt(clamping: max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    }

    /// Files a socket, or returns false if it is too late for one.
    func admit(_ socket: CInt) -> Bool {
        state.withLock {
            if !$0.isOver { $0.sockets.insert(socket) }
            return !$0.isOver
        }
    }

    /// Closes a socket. Under the lock: its number may be another file's the moment it is closed, and the watchdog must
    /// not shut that down.
    func close(_ socket: CInt) {
        state.withLock {
            $0.sockets.remove(socket)
            _ = Glibc.close(socket)
        }
    }

    private func cutOff() {
        state.withLock {
            $0.isOver = true
            for socket in $0.sockets { shutdown(socket, CInt(SHUT_RDWR)) }
        }
    }
}

// MARK: - The watchdog

extension Exchange {
    private static let watchdog = DispatchQueue(label: "elafros.git.watchdog")

    /// Starts the watchdog; the caller cancels it when the conversation has ended.
    func watch() -> any DispatchSourceTimer {
        let timer = DispatchSource.makeTimerSource(queue: Self.watchdog)
        timer.schedule(deadline: .now() + .milliseconds(Int(millisecondsLeft)), leeway: .milliseconds(10))
        timer.setEventHandler { self.cutOff() }
        timer.resume()
        return timer
    }
}

// MARK: - The thread's conversation

extension Exchange {
    /// libgit2 opens sockets without saying what for: a value of the thread tells.
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    /// The conversation that this thread is in.
    static var current: Exchange? {
        pthread_getspecific(key).map { Unmanaged<Exchange>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Runs a call to libgit2 as a part of this conversation.
    func run<R>(_ body: () -> R) -> R {
        let outer = pthread_getspecific(Self.key)
        pthread_setspecific(Self.key, Unmanaged.passUnretained(self).toOpaque())
        defer { pthread_setspecific(Self.key, outer) }
        return body()
    }
}
