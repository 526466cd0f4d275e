import Simulation
import Testing

/// Pull requests that are previewed, merged and synced: what was foretold is what came. `Tests/fidelity.sh` runs other ranges.
@Suite struct FidelityTests {
    @Test func `what a preview foretells is what a merge does`() async {
        let seeds = 1...UInt64(400)
        var traits: [String: Int] = [:]
        await withTaskGroup(of: Fidelity.Verdict.self) { group in
            // Two at a time: more would only wait for each other's git.
            var next = seeds.lowerBound
            func begin() {
                guard next <= seeds.upperBound else { return }
                let seed = next
                next += 1
                group.addTask { await Fidelity.run(seed: seed) }
            }
            for _ in 0..<2 { begin() }
            for await verdict in group {
                #expect(verdict.differences.isEmpty, "seed \(verdict.seed): \(verdict.differences)")
                for trait in verdict.traits { traits[trait, default: 0] += 1 }
                begin()
            }
        }
        for trait in Fidelity.neededTraits {
            #expect(20 * traits[trait, default: 0] >= seeds.count, "too rare: \(trait)")
        }
    }
}
