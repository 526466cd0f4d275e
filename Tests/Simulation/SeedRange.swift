/// Runs a range of seeds, in their order and several at a time: the one loop of the tests and of the program.
public enum SeedRange {
    /// Runs them.
    ///
    /// - Parameters:
    ///   - jobs: how many run at a time.
    ///   - begins: called before a seed is run, one after the other.
    ///   - run: what is done with a seed.
    ///   - take: gets each verdict as it comes, one after the other; no other seed is begun once it returns false.
    public static func run<Verdict: Sendable>(
        _ seeds: ClosedRange<UInt64>,
        jobs: Int,
        begins: (UInt64) -> Void = { _ in },
        _ run: @escaping @Sendable (UInt64) async -> Verdict,
        take: (Verdict) -> Bool
    ) async {
        await withTaskGroup(of: Verdict.self) { group in
            var (next, goesOn) = (seeds.lowerBound, true)
            func begin() {
                guard goesOn, next <= seeds.upperBound else { return }
                let seed = next
                next += 1
                begins(seed)
                group.addTask { await run(seed) }
            }
            for _ in 0..<jobs { begin() }
            for await verdict in group {
                goesOn = take(verdict) && goesOn
                begin()
            }
        }
    }
}
