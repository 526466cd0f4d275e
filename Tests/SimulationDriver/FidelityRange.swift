import Foundation
import Simulation

/// Runs a range of pull requests, and prints the score and the mix. See Tests/fidelity.sh.
enum FidelityRange {
    /// Runs them, each seed's mistakes printed as they are found, and ends the process: 0 where every preview was right.
    static func run(_ seeds: ClosedRange<UInt64>, jobs: Int, stops: Bool) async -> Never {
        let start = Date()
        var (done, right) = (0, 0)
        var wrong: [UInt64] = []
        var traits: [String: Int] = [:]
        await SeedRange.run(seeds, jobs: jobs, { await Fidelity.run(seed: $0) }) { verdict in
            done += 1
            for trait in verdict.traits { traits[trait, default: 0] += 1 }
            if verdict.differences.isEmpty {
                right += 1
            } else {
                wrong.append(verdict.seed)
                let lines = verdict.differences.prefix(6).joined(separator: "\n  ")
                FileHandle.standardOutput.write(Data("seed \(verdict.seed): \(lines)\n".utf8))
            }
            if done % 50 == 0 { report("\r\(done) of \(seeds.count), \(right) right ") }
            return !stops || wrong.isEmpty
        }
        report("\n")
        for (name, count) in traits.sorted(by: { $0.key < $1.key }) {
            print("\(String(format: "%5.1f", 100 * Double(count) / Double(max(1, done)))) %  \(name)")
        }
        let seconds = Date().timeIntervalSince(start)
        let failed = wrong.isEmpty ? "" : "; wrong: " + wrong.sorted().map(String.init).joined(separator: " ")
        print(
            "fidelity, seeds \(seeds.lowerBound)..\(seeds.upperBound): \(right) of \(done) in \(Int(seconds)) s\(failed)"
        )
        // A mix is a matter of large numbers.
        let rare = done < 500 ? [] : Fidelity.neededTraits.filter { 20 * traits[$0, default: 0] < done }
        for name in rare { print("too rare: \(name)") }
        exit(right == done && rare.isEmpty ? 0 : 1)
    }

    private static func report(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
