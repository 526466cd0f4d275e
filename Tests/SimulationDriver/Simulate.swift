import Foundation
import Simulation

/// Runs a range of seeds, on all cores unless told otherwise: `simulate --seeds 1..1000 --actions 100`. See Tests/simulate.sh.
@main
struct Simulate {
    static func main() async {
        var arguments = Array(CommandLine.arguments.dropFirst())
        var (first, last): (UInt64, UInt64) = (1, 1_000)
        var actions: Int?
        var (stops, shrinks, isFidelity, isDaemon) = (false, true, false, false)
        var jobs = ProcessInfo.processInfo.activeProcessorCount
        while !arguments.isEmpty {
            let word = arguments.removeFirst()
            let isAlone = ["--stop", "--whole", "--fidelity", "--daemon"].contains(word)
            let value = isAlone || arguments.isEmpty ? "" : arguments.removeFirst()
            switch word {
            case "--seeds":
                let ends = value.split(separator: ".", omittingEmptySubsequences: true).compactMap { UInt64($0) }
                guard let lower = ends.first, let upper = ends.last, lower <= upper else { usage() }
                (first, last) = (lower, upper)
            case "--actions":
                guard let count = Int(value), count > 0 else { usage() }
                actions = count
            case "--jobs":
                guard let count = Int(value), count > 0 else { usage() }
                jobs = count
            case "--stop": stops = true
            case "--fidelity": isFidelity = true
            case "--daemon": isDaemon = true
            case "--whole": shrinks = false
            default: usage()
            }
        }
        if isFidelity { await FidelityRange.run(first...last, jobs: jobs, stops: stops) }
        let doesShrink = shrinks
        if isDaemon {
            let count = actions ?? DaemonSimulation.usualActions
            await run(first...last, count, jobs: jobs, stops: stops, DaemonCoverage.missing) { seed in
                await DaemonSimulation.run(seed: seed, actions: count, shrinks: doesShrink)
            }
        }
        let count = actions ?? Simulation.usualActions
        await run(first...last, count, jobs: jobs, stops: stops, Coverage.missing) { seed in
            await Simulation.run(seed: seed, actions: count, shrinks: doesShrink)
        }
    }

    private static func usage() -> Never {
        FileHandle.standardError.write(
            Data(
                "usage: simulate [--seeds A..B] [--actions N] [--jobs N] [--stop] [--whole] [--daemon | --fidelity]\n"
                    .utf8
            )
        )
        exit(64)
    }

    private static func run<Action>(
        _ seeds: ClosedRange<UInt64>,
        _ actions: Int,
        jobs: Int,
        stops: Bool,
        _ missing: ([String: Int]) -> [String],
        _ run: @escaping @Sendable (UInt64) async -> Verdict<Action>
    ) async -> Never {
        let start = Date()
        var tally = Tally()
        // Should the program itself trap, this file says on which seeds.
        let running = FileManager.default.temporaryDirectory.appendingPathComponent("running")
        var seedsRunning: Set<UInt64> = []
        await SeedRange.run(
            seeds,
            jobs: jobs,
            begins: { seed in
                seedsRunning.insert(seed)
                try? Data("\(seedsRunning.sorted())\n".utf8).write(to: running)
            },
            run
        ) { verdict in
            tally.add(verdict)
            seedsRunning.remove(verdict.seed)
            if !verdict.faults.isEmpty { FileHandle.standardOutput.write(Data("\(verdict)\n\n".utf8)) }
            if tally.done % 50 == 0 {
                let rate = Int(Date().timeIntervalSince(start) / Double(tally.done) * 1_000)
                let line = "\r\(tally.done) of \(seeds.count), \(rate) ms a seed, \(tally.failed.count) failed "
                FileHandle.standardError.write(Data(line.utf8))
            }
            return !stops || tally.failed.isEmpty
        }
        FileHandle.standardError.write(Data("\n".utf8))
        for (name, count) in tally.reached.sorted(by: { $0.key < $1.key }) { print("\(count)\t\(name)") }
        let seconds = Date().timeIntervalSince(start)
        let failed = tally.failed.sorted().map(String.init).joined(separator: " ")
        print(
            "seeds \(seeds.lowerBound)..\(seeds.upperBound), \(actions) actions each: \(tally.done) run in \(Int(seconds)) s by \(jobs) at a time, "
                + "\(Int(seconds * 1_000) / max(1, tally.done)) ms a seed, \(tally.failed.count) failed\(failed.isEmpty ? "" : ": \(failed)")"
        )
        let missing = seeds.count >= Coverage.enough ? missing(tally.reached) : []
        for name in missing { print("never reached: \(name)") }
        exit(tally.failed.isEmpty && missing.isEmpty ? 0 : 1)
    }

    private struct Tally {
        var done = 0
        var failed: [UInt64] = []
        var reached: [String: Int] = [:]

        mutating func add(_ verdict: Verdict<some Sendable>) {
            done += 1
            if !verdict.faults.isEmpty { failed.append(verdict.seed) }
            reached.merge(verdict.reached, uniquingKeysWith: +)
        }
    }
}
