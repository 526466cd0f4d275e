import Resources
import Testing

@testable import Engine

@Suite struct RolloutTests {
    private static let start = Instant(milliseconds: 1_000_000)

    private func progress(step: Int = 1, from: [(String, Int)] = [("a", 100)]) -> RolloutProgress {
        RolloutProgress(
            configurationName: "shop",
            name: nil,
            to: "z",
            start: Self.start,
            step: step,
            from: from.map { TrafficShare(revisionName: $0.0, name: nil, percent: $0.1) }
        )
    }

    @Test(arguments: [
        (RolloutPace.quarters(every: .seconds(1)), 100, [25, 50, 75, 100]),
        (.quarters(every: .seconds(1)), 50, [13, 25, 38, 50]),
        (.quarters(every: .seconds(1)), 2, [1, 1, 2, 2]),
        (.atOnce, 100, [100]),
        (.evenly(seconds: 1), 100, [1, 100]),
        (.evenly(seconds: 4), 100, [1, 34, 67, 100]),
        (.evenly(seconds: 11), 100, [1, 11, 21, 31, 41, 51, 61, 71, 81, 91, 100]),
        (.evenly(seconds: 3_600), 4, [1, 2, 3, 4]),
        (.chosen([5, 25, 50], every: .seconds(600)), 100, [5, 25, 50, 100]),
        (.chosen([5, 25, 50], every: .seconds(600)), 40, [2, 10, 20, 40]),
        (.chosen([5, 25, 50], every: .seconds(600)), 2, [1, 1, 1, 2]),
    ])
    func `steps move what the pace says`(pace: RolloutPace, share: Int, moved: [Int]) {
        #expect((1...moved.count).map { pace.moved(at: $0, of: share) } == moved)
        #expect(pace.moved(at: moved.count + 1, of: share) == share)
    }

    @Test func `a duration is over when it says`() {
        let pace = RolloutPace.evenly(seconds: 3_601)
        #expect(pace.interval(of: 5) == .seconds(900))
        #expect(pace.moved(at: 5, of: 5) == 5)
    }

    @Test func `the newest of the older Revisions gives first, and the sum stays`() {
        let rollout = Rollout(progress(step: 2, from: [("a", 60), ("b", 40)]), .quarters(every: .seconds(1)))
        #expect(rollout.shares(of: 100) { _ in true }.map(\.percent) == [50 + 0, 50])
        #expect(rollout.shares(of: 100) { _ in true }.map(\.revisionName) == ["a", "z"])
        // More for the target: the new one gets it. Less: the oldest lose it.
        let early = Rollout(progress(step: 1, from: [("a", 40), ("b", 40)]), .quarters(every: .seconds(1)))
        #expect(early.shares(of: 100) { _ in true }.map(\.percent) == [40, 20, 40])
        #expect(early.shares(of: 50) { _ in true }.map(\.percent) == [10, 20, 20])
        #expect(early.shares(of: 80) { $0 != "b" }.map(\.percent) == [40, 40])
    }

    @Test func `a step is taken when it is due, late ones one at a time`() {
        let rollout = Rollout(progress(), .quarters(every: .seconds(1)))
        #expect(rollout.advanced(to: Self.start + .milliseconds(999)).progress.step == 1)
        #expect(rollout.advanced(to: Self.start + .seconds(1)).progress.step == 2)
        #expect(rollout.advanced(to: Self.start + .seconds(1)).progress.start == Self.start)
        // As late as a step takes: time goes on as planned.
        #expect(rollout.advanced(to: Self.start + .seconds(2)).progress.step == 3)
        let late = rollout.advanced(to: Self.start + .seconds(60))
        #expect(late.progress.step == 2)
        #expect(late.nextStep == Self.start + .seconds(61))
        #expect(late.advanced(to: Self.start + .seconds(60)).progress == late.progress)
    }
}
