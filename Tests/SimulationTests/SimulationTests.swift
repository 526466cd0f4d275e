import Simulation
import Testing

/// Random lives of a whole instance, each from one seed. See the Simulation target.
@Suite struct SimulationTests {
    @Test(arguments: 1...UInt64(20))
    func `whatever happens, what must always hold does`(seed: UInt64) async {
        let verdict = await Simulation.run(seed: seed)
        #expect(verdict.faults.isEmpty, "\(verdict)")
    }
}
