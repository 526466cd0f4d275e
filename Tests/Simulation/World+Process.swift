import TestSupport
import Engine
import Foundation
import Git
import GitOps
import Resources
import Store

extension World {
    static func open(
        _ outside: Outside,
        _ circumstances: Circumstances,
        _ folder: TemporaryFolder,
        lostDisks: Int
    ) throws -> Process {
        let id = "state-\(lostDisks)"
        let place = StateFolder(path: folder.path("state"))
        let real = circumstances.hasRealDisk ? try Store.journal(in: place, newID: id) : nil
        let store = try Store.open(journal: FaultyJournal(outside, real: real, newID: id))
        let clock = SystemClock(notBefore: store.facts.lastInstant) { outside[\.wall] }
        return Process(store: store, clock: clock)
    }

    /// Another process begins with what is on the disk.
    func boot() async throws {
        outside.with {
            $0.isDead = false
            // Whoever was about to edit did so through the process that is gone.
            $0.meanwhile = nil
        }
        process = try Self.open(outside, circumstances, folder, lostDisks: lostDisks)
        follower = Follower(try process.store.load(), after: follower)
        guard circumstances.isDaemon, !isBlank else { return }
        // As `serve` does when it begins.
        let now = process.clock.now()
        try await process.store.commit(durably: false) { state in
            _ = try state.apply(state.keys(.workload).map { .mark($0, .wished) }, at: now)
        }
    }

    /// The process ends in order and another begins, with the same state to the last field, also in the middle of a rollout.
    func restart() async throws -> [String] {
        let before = state
        do { try await process.store.close() } catch  where outside[\.faults] > 0 {
            // What could not be written is lost, as after a crash.
            outside.note("closed on a bad disk")
            try await boot()
            return []
        }
        let faults = AtRest.differences(AtRest.whole(before), AtRest.whole(try reopened()), "journal")
        try await boot()
        return faults
    }

    var builder: SimulatedBuilds? { circumstances.hasBuilder ? SimulatedBuilds(outside: outside) : nil }

    var settings: EngineSettings {
        var settings = EngineSettings(hasBuilder: circumstances.hasBuilder)
        if circumstances.keepsFewRevisions {
            settings.retention = RevisionRetention(
                retiredAfter: .seconds(20),
                sinceCreation: .seconds(60),
                sinceReached: .seconds(30),
                least: 0,
                most: 4
            )
        }
        return settings
    }

    var reorder: (@Sendable ([Key]) -> [Key])? {
        guard order > 0 else { return nil }
        let seed = UInt64(order)
        return { keys in
            keys.map { (SplitMix64.hash($0.path, seed: seed), $0) }.sorted { $0 < $1 }.map(\.1)
        }
    }

    func driver(mayBeDisturbed: Bool = true) -> Driver {
        var engine = Engine(settings)
        engine.reorder = reorder
        let (outside, clock) = (outside, process.clock)
        return Driver(
            store: process.store,
            engine: engine,
            runtime: SimulatedContainers(outside: outside, clock: clock, mayBeDisturbed: mayBeDisturbed),
            builder: builder,
            clock: clock,
            sleep: { try outside.sleep(until: $0, by: clock) }
        )
    }

    func mirror(_ name: String) throws -> Mirror {
        let store = process.store
        return Mirror(
            folder: folder.path("\(name).git"),
            remote: author.remote,
            credentials: Credentials(),
            timeout: .seconds(60),
            fault: outside.remoteFault { store.state.version }
        )
    }

    func options(_ folder: String, isPatient: Bool) -> SyncOptions {
        var options = SyncOptions(remote: author.remote, path: folder, name: Self.name(of: folder))
        options.allowsEmpty = true
        options.maxPrunePercent = 100
        options.wait = isPatient ? .progressing : .applied
        options.reportBranch = Self.branch
        return options
    }
}
