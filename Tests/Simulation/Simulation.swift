/// What became of one seed, whose world knows those actions.
public struct Verdict<Action: Sendable>: Sendable {
    /// The seed.
    public let seed: UInt64
    /// What was wrong; empty where all held.
    public let faults: [String]
    /// What was done up to there.
    public let actions: [Action]
    /// How often each action, fault and situation was reached.
    public let reached: [String: Int]
    /// All objects as they stood in the end, as text: the same each time. Empty where something was wrong.
    public let end: String
}

extension Verdict: CustomStringConvertible {
    /// The seed, the actions and the first fault: the others mostly follow from it.
    public var description: String {
        // Without the name of the module, which is in front of every case.
        let list = actions.enumerated().map { "  \($0.offset + 1). \($0.element)" }.joined(separator: "\n")
            .replacing("Simulation.Action.Edit.", with: "").replacing("Simulation.Action.", with: "")
            .replacing("Simulation.DaemonAction.", with: "")
        return "seed \(seed): \(faults.first ?? "all held")\n\(list)"
    }
}

/// Runs seeds.
public enum Simulation {
    /// How many actions a seed has where nothing is said.
    public static let usualActions = 100

    /// Runs one seed, and where it fails, looks for the shortest actions that still do.
    public static func run(seed: UInt64, actions count: Int = usualActions, shrinks: Bool = true) async -> Verdict<
        Action
    > {
        var generator = Generator(seed: seed)
        let (circumstances, actions) = generator.make(count: count)
        let verdict = await run(seed: seed, circumstances, actions)
        guard let fault = verdict.faults.first, shrinks else { return verdict }
        let shrinking = Shrinking<Action> { actions in
            let verdict = await run(seed: seed, circumstances, actions)
            return verdict.faults.first.map { Self.kind(of: $0) == Self.kind(of: fault) } ?? false
        }
        let shortest = await shrinking.shortest(verdict.actions)
        return await run(seed: seed, circumstances, shortest)
    }

    /// Runs those actions under a seed's circumstances.
    public static func run(
        seed: UInt64,
        _ circumstances: Circumstances,
        _ actions: [Action]
    ) async -> Verdict<Action> {
        var done: [Action] = []
        do {
            let world = try await World(seed: seed, circumstances)
            for action in actions {
                done.append(action)
                let faults = await attempt { try await world.act(action) }
                guard faults.isEmpty else {
                    return Verdict(seed: seed, faults: faults, actions: done, reached: world.reached, end: "")
                }
            }
            let faults = await attempt { try await world.quiet() }
            let end = AtRest.contents(world.state).sorted { $0.key < $1.key }.map(\.value).joined(separator: "\n")
            return Verdict(
                seed: seed,
                faults: faults,
                actions: done,
                reached: world.reached,
                end: world.withoutFolder(end)
            )
        } catch {
            return Verdict(seed: seed, faults: ["simulation: \(error)"], actions: done, reached: [:], end: "")
        }
    }

    private static func attempt(_ body: () async throws -> [String]) async -> [String] {
        do { return try await body() } catch { return ["thrown: \(error)"] }
    }

    /// The invariant that a fault is about: its first word.
    static func kind(of fault: String) -> Substring { fault.prefix { $0 != ":" } }

    /// The circumstances that belong to a seed.
    public static func circumstances(of seed: UInt64) -> Circumstances {
        var generator = Generator(seed: seed)
        return generator.make(count: 0).0
    }
}

extension World {
    /// A text without the name of the temporary folder, which differs each time.
    func withoutFolder(_ text: String) -> String { text.replacing(folderPath, with: "") }

    /// How often each action, fault and situation was reached.
    var reached: [String: Int] {
        var reached = outside[\.reached]
        for folder in circumstances.folders where !folder.isEmpty { reached["folder \(folder)", default: 0] += 1 }
        reached[circumstances.isDaemon ? "daemon" : "one process a sync"] = 1
        reached[circumstances.hasRealDisk ? "journal in SQLite" : "journal in a model"] = 1
        if circumstances.keepsFewRevisions { reached["few Revisions are kept"] = 1 }
        reached[circumstances.hasBuilder ? "with a builder" : "without a builder"] = 1
        return reached
    }
}
