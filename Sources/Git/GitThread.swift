internal import CLibGit2
internal import Glibc
internal import Synchronization

/// The thread that one mirror's calls run on, one after the other.
///
/// libgit2 blocks for as long as a remote takes. Swift's task threads are as few as the machine's cores, and those of Dispatch
/// a few hundred for the whole process, its timers among them, which are to cut silent remotes off: hundreds of these must not
/// use them up. So each has a thread of its own, for as long as there is something to do.
final class GitThread: SerialExecutor {
    private let jobs = Mutex(Jobs())

    private struct Jobs {
        var waiting: [UnownedJob] = []
        var isRunning = false
    }

    /// libgit2 needs little more than a default thread of others has; hundreds of these may exist at once.
    private static let stackSize = 2 << 20

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isIdle = jobs.withLock { jobs in
            jobs.waiting.append(job)
            defer { jobs.isRunning = true }
            return !jobs.isRunning
        }
        if isIdle { begin() }
    }

    private func begin() {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, Self.stackSize)
        defer { pthread_attr_destroy(&attributes) }
        let unmanaged = Unmanaged.passRetained(self)
        var thread: pthread_t = 0
        let code = pthread_create(
            &thread,
            &attributes,
            { argument in
                if let argument { Unmanaged<GitThread>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            },
            unmanaged.toOpaque()
        )
        guard code != 0 else { return }
        // The machine has no thread to give: whoever asked does the work, and waits for it.
        unmanaged.release()
        run()
    }

    private func run() {
        let executor = asUnownedSerialExecutor()
        while let job = next() { job.runSynchronously(on: executor) }
    }

    private func next() -> UnownedJob? {
        jobs.withLock { jobs in
            guard !jobs.waiting.isEmpty else {
                jobs.isRunning = false
                return nil
            }
            return jobs.waiting.removeFirst()
        }
    }
}
