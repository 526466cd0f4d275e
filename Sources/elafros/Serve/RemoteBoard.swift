internal import APIServer
internal import Git
internal import GitOps
internal import Resources
internal import Store

/// Where one remote's references stand, asked once for all Syncs that follow it.
///
/// A remote that is slow or dead holds up its own Syncs alone.
actor RemoteBoard {
    private let watch: RemoteWatch
    private let clock: any Clock
    private let metrics: ServeMetrics
    private var tips = RemoteTips()
    /// The question that is on its way, which whoever asks meanwhile shares.
    private var asking: Task<Void, any Error>?

    /// A board on which nothing stands yet.
    init(_ watch: RemoteWatch, clock: any Clock, metrics: ServeMetrics) {
        self.metrics = metrics
        self.watch = watch
        self.clock = clock
    }

    /// How often the remote was asked.
    var exchanges: Int { get async { await watch.exchanges } }

    /// Has a reference be asked about from now on.
    func follow(_ follow: Follow) { tips.follow(follow) }

    /// Where a reference stands, as of that instant or later.
    func tip(of follow: Follow, asOf instant: Instant) async throws -> ObjectID {
        while true {
            if let tip = tips.tip(of: follow, asOf: instant) { return try tip.get() }
            // One that was on its way already may be too old for this, and then there is another.
            let question = asking ?? ask()
            try await question.value
        }
    }

    private func ask() -> Task<Void, any Error> {
        let (watch, follows, now) = (watch, tips.followed, clock.now())
        let task = Task {
            defer { asking = nil }
            let (start, remote) = (ContinuousClock.now, watch.remote.withoutCredentials)
            do {
                tips.take(try await watch.tips(of: follows), askedAt: now)
                metrics.asked(remote, for: .references, .success, took: .now - start)
            } catch {
                metrics.asked(remote, for: .references, .failure, took: .now - start)
                throw error
            }
        }
        asking = task
        return task
    }
}
