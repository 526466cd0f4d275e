internal import APIServer
internal import Git
internal import Resources
internal import Store

/// Where one remote's references stand, asked once for all Syncs that follow it.
///
/// A remote that is slow or dead holds up its own Syncs alone.
actor RemoteBoard {
    private let watch: RemoteWatch
    private let clock: any Clock
    private let metrics: ServeMetrics
    /// What is asked about.
    private var followed: Set<Follow> = []
    private var latest: (at: Instant, tips: [Follow: Result<ObjectID, GitError>])?
    /// The question that is on its way, which whoever asks meanwhile shares.
    private var asking: Task<[Follow: Result<ObjectID, GitError>], any Error>?

    /// A board on which nothing stands yet.
    init(_ watch: RemoteWatch, clock: any Clock, metrics: ServeMetrics) {
        self.metrics = metrics
        self.watch = watch
        self.clock = clock
    }

    /// How often the remote was asked.
    var exchanges: Int { get async { await watch.exchanges } }

    /// Has a reference be asked about from now on.
    func follow(_ follow: Follow) { followed.insert(follow) }

    /// Where a reference stands, as of that instant or later.
    func tip(of follow: Follow, asOf instant: Instant) async throws -> ObjectID {
        if let latest, latest.at >= instant, let tip = latest.tips[follow] { return try tip.get() }
        let question = asking ?? ask()
        // Asked before this reference was followed: one more question then.
        if let tip = try await question.value[follow] { return try tip.get() }
        return try await tip(of: follow, asOf: clock.now())
    }

    private func ask() -> Task<[Follow: Result<ObjectID, GitError>], any Error> {
        let (watch, follows, now) = (watch, followed, clock.now())
        let task = Task {
            defer { asking = nil }
            let (start, remote) = (ContinuousClock.now, watch.remote.withoutCredentials)
            do {
                let tips = try await watch.tips(of: follows)
                metrics.asked(remote, for: .references, .success, took: .now - start)
                latest = (now, tips)
                return tips
            } catch {
                metrics.asked(remote, for: .references, .failure, took: .now - start)
                throw error
            }
        }
        asking = task
        return task
    }
}
