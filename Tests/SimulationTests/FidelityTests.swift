import Simulation
import Testing

/// Pull requests that are previewed, merged and synced: what was foretold is what came. `Tests/fidelity.sh` runs other ranges.
@Suite struct FidelityTests {
    @Test func `what a preview foretells is what a merge does`() async {
        let seeds = 1...UInt64(400)
        var traits: [String: Int] = [:]
        // Two at a time: more would only wait for each other's git.
        await SeedRange.run(seeds, jobs: 2, { await Fidelity.run(seed: $0) }) { verdict in
            #expect(verdict.differences.isEmpty, "seed \(verdict.seed): \(verdict.differences)")
            for trait in verdict.traits { traits[trait, default: 0] += 1 }
            return true
        }
        for trait in Fidelity.neededTraits {
            #expect(20 * traits[trait, default: 0] >= seeds.count, "too rare: \(trait)")
        }
    }
}
