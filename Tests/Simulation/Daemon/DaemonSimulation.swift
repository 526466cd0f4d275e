import Store
import TestSupport

/// Runs seeds of the daemon.
public enum DaemonSimulation {
    /// How many things happen in a seed where nothing is said, and as often time passes.
    public static let usualActions = 30

    /// Runs one seed, and where it fails, looks for the shortest actions that still do.
    public static func run(
        seed: UInt64,
        actions count: Int = usualActions,
        shrinks: Bool = true
    ) async -> Verdict<DaemonAction> {
        var generator = DaemonGenerator(seed: seed)
        let (circumstances, actions) = generator.make(count: count)
        let verdict = await run(seed: seed, circumstances, actions)
        guard let fault = verdict.faults.first, shrinks else { return verdict }
        let shrinking = Shrinking<DaemonAction> { actions in
            let verdict = await run(seed: seed, circumstances, actions)
            return verdict.faults.first.map { Simulation.kind(of: $0) == Simulation.kind(of: fault) } ?? false
        }
        return await run(seed: seed, circumstances, await shrinking.shortest(verdict.actions))
    }

    /// Runs those actions with the daemon that belongs to a seed.
    public static func run(seed: UInt64, _ actions: [DaemonAction]) async -> Verdict<DaemonAction> {
        var generator = DaemonGenerator(seed: seed)
        return await run(seed: seed, generator.make(count: 0).0, actions)
    }

    private static func run(
        seed: UInt64,
        _ circumstances: DaemonCircumstances,
        _ actions: [DaemonAction]
    ) async -> Verdict<DaemonAction> {
        var done: [DaemonAction] = []
        func verdict(_ faults: [String], _ world: DaemonWorld?) async -> Verdict<DaemonAction> {
            await world?.end()
            let reached = await world?.reached ?? [:]
            let end = faults.isEmpty ? await world?.contents ?? "" : ""
            return Verdict(seed: seed, faults: faults, actions: done, reached: reached, end: end)
        }
        var world: DaemonWorld?
        do {
            let made = try DaemonWorld(seed: seed, circumstances)
            world = made
            try await made.begin()
            for action in actions + [.quiet] {
                done.append(action)
                let faults = try await made.act(action)
                if !faults.isEmpty { return await verdict(faults, made) }
            }
            return await verdict([], made)
        } catch {
            return await verdict(["thrown: \(error)"], world)
        }
    }
}

extension DaemonWorld {
    /// All objects as they stand, as text.
    var contents: String {
        guard let state = process?.store.state else { return "" }
        let objects = AtRest.contents(state).sorted { $0.key < $1.key }.map(\.value).joined(separator: "\n")
        // Without the name of the temporary folder, which differs each time.
        return objects.replacing(folder.path, with: "")
    }
}
