import Foundation
import Simulation
import Testing

/// Random lives of a whole instance, each from one seed. `Tests/simulate.sh` runs other ranges.
@Suite struct SimulationTests {
    /// About two minutes' worth on two cores. What the seeds never reach is a fault of the generator.
    @Test func `whatever happens, what must always hold does`() async {
        let seeds = 1...UInt64(600)
        var reached: [String: Int] = [:]
        let cores = ProcessInfo.processInfo.activeProcessorCount
        await SeedRange.run(seeds, jobs: cores, { await Simulation.run(seed: $0) }) { verdict in
            // 434: another order of work ends with another Revision.
            withKnownIssue(isIntermittent: true) {
                #expect(verdict.faults.isEmpty, "\(verdict)")
            } when: {
                verdict.seed == 434
            }
            reached.merge(verdict.reached, uniquingKeysWith: +)
            return true
        }
        #expect(Coverage.missing(from: reached).isEmpty)
    }

    @Test(arguments: [3, 14, 15, 92])
    func `a seed means the same each time`(seed: UInt64) async {
        let (first, second) = (await Simulation.run(seed: seed), await Simulation.run(seed: seed))
        #expect(first.reached == second.reached)
        #expect(first.end == second.end)
        #expect(!first.end.isEmpty)
    }
}
