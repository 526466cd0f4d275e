internal import Dispatch

/// The thread that one mirror's calls run on.
///
/// libgit2 blocks for as long as a remote takes, and Swift's task threads are as few as the machine's cores: each mirror
/// brings its own. Linux has no `DispatchSerialQueue`, hence a class.
final class GitThread: SerialExecutor {
    private let queue = DispatchQueue(label: "elafros.git")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedSerialExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }
}
