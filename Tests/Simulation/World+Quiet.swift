import TestSupport
import Engine
import Foundation
import Git
import GitOps
import Resources
import Store

extension World {
    /// Ends all faults, lets everything come to rest, and checks what must hold then.
    func quiet() async throws -> [String] {
        outside.mend()
        var faults = try await sameRestInAnyOrder()
        for _ in 0..<3 {
            for folder in circumstances.folders {
                let (_, found) = try await sync(folder, isPatient: true)
                faults += found
                guard faults.isEmpty else { return faults }
            }
            faults += try await observing {
                try await rest(isThorough: circumstances.keepsFewRevisions)
                return []
            }
        }
        for folder in circumstances.folders { faults += try await sync(folder, isPatient: true).faults }
        guard faults.isEmpty else { return faults }
        faults += try await AtRest.faults(of: self)
        return faults
    }

    /// - Parameter isThorough: whether housekeeping is waited for, which nobody does.
    private func rest(isThorough: Bool) async throws {
        // Whatever the seed left undecided succeeds.
        outside.with { $0.buildsUndecided = false }
        defer { outside.with { $0.buildsUndecided = true } }
        let driver = driver(mayBeDisturbed: false)
        _ = try await driver.run(until: process.clock.now() + .seconds(300))
        while isThorough, let next = state.nextLook {
            if next > process.clock.now() { try outside.sleep(until: next, by: process.clock) }
            _ = try await driver.run(until: process.clock.now() + .seconds(300))
        }
        try await process.store.flush()
    }

    func twins(killedAfter effects: Int) async throws -> [String] {
        outside.mend()
        var faults = try await restart()
        // Who is killed comes later to the commit, and what a blocked Route keeps is how far a rollout was by then.
        faults += try await observing {
            try await rest(isThorough: false)
            return []
        }
        guard faults.isEmpty else { return faults }
        let before = outside.with { ($0.disk, $0.wall, $0.containers) }
        let branch = URL(fileURLWithPath: folder.path("remote.git/refs/heads/\(Self.branch)"))
        // There is none before the first report.
        let head = try? Data(contentsOf: branch)
        var ends: [[Key: String]] = []
        for isKilled in [false, true] {
            outside.with { ($0.disk, $0.wall, $0.containers) = before }
            if let head { try head.write(to: branch) } else { try? FileManager.default.removeItem(at: branch) }
            try await boot()
            if isKilled {
                outside.with { $0.fuse = effects }
                faults += try await sync(circumstances.folders[0], isPatient: true).faults
                outside.mend()
            }
            for folder in circumstances.folders { faults += try await sync(folder, isPatient: true).faults }
            faults += try await observing {
                // When it is due depends on the way there.
                try await rest(isThorough: true)
                return []
            }
            guard faults.isEmpty else { return faults }
            ends.append(AtRest.contents(state))
        }
        return Set(ends[0].keys).union(ends[1].keys).sorted().compactMap { key in
            ends[0][key] == ends[1][key]
                ? nil : "killed: \(key) at rest: \(AtRest.difference(ends[0][key], ends[1][key]))"
        }
    }

    /// A fork of the state comes to the same rest whatever the order of work.
    private func sameRestInAnyOrder() async throws -> [String] {
        guard !isBlank else { return [] }
        var ends: [[Key: String]] = []
        for seed: UInt64 in [0, 1 + outside.seed % 1_000] {
            var copy = state
            var engine = Engine(settings)
            if seed > 0 {
                engine.reorder = { keys in
                    keys.map { (SplitMix64.hash($0.path, seed: seed), $0) }.sorted { $0 < $1 }.map(\.1)
                }
            }
            let builder = circumstances.hasBuilder ? SimulatedBuilder() : nil
            var run = RunToRest(engine: engine, runtime: SimulatedRuntime(), builder: builder)
            let now = process.clock.now()
            try copy.apply(copy.keys(.workload).map { .mark($0, .wished) }, at: now)
            let outcome = try run.run(&copy, from: now)
            if !outcome.isAtRest { return ["rest: a fork never rests"] }
            ends.append(AtRest.contents(copy))
        }
        return Set(ends[0].keys).union(ends[1].keys).sorted().compactMap { key in
            ends[0][key] == ends[1][key]
                ? nil : "order: \(key) at rest: \(AtRest.difference(ends[0][key], ends[1][key]))"
        }
    }

    /// What was never in a manifest, or was released, or lost its Service by hand: how often it was deleted is reported only
    /// with something else.
    func isLeftToPeople(_ name: some StringProtocol) -> Bool {
        if name.hasPrefix("hand") { return true }
        if follower.orphans.contains(where: { name == $0 || name.hasPrefix("\($0)-") }) { return true }
        return past.contains { files in
            files.documents.contains { number, document in document.isKept && name.hasPrefix(Files.name(number)) }
        }
    }

    /// What a Service made that is gone, for as long as it is: how often it was deleted is reported with the next Service.
    func isChildOfNobody(_ kind: some StringProtocol, _ name: some StringProtocol) -> Bool {
        kind != "service" && !state.keys(.service).contains { name == $0.name || name.hasPrefix("\($0.name)-") }
    }

    /// Another process's look at what is on the disk.
    func reopened() throws -> Store::State {
        try Self.open(outside, circumstances, folder, lostDisks: lostDisks).store.load()
    }

    /// The report branch: where it stands, and its files, but for what other people put there.
    func report() async throws -> (head: ObjectID?, files: [String: [UInt8]]) {
        guard let head = try await author.fetchBranch(Self.branch) else { return (nil, [:]) }
        var files: [String: [UInt8]] = [:]
        for path in try await author.files(in: head).keys where path.text != "foreign.txt" {
            files[path.text] = try await author.file(at: path.text, in: head)
        }
        return (head, files)
    }

    /// The state that the report branch alone gives back.
    func rebuilt() async throws -> Store::State {
        let report = try await ReportReader.read(branch: Self.branch, of: author)
        var state = State(id: report.stateID)
        try state.apply(report.changes(at: process.clock.now()), at: process.clock.now())
        return state
    }

    /// Where the remote and the rest of the world lie for the time being.
    var folderPath: String { folder.path }

    /// The engine of this world, in the usual order.
    var engine: Engine { Engine(settings) }
    /// The time of the process.
    var now: Instant { process.clock.now() }
}
