public import Resources
public import Store
internal import YAML

/// A builder that builds nothing and answers as its caller assumes, at the instants that the assumptions name.
///
/// As with ``SimulatedRuntime``, what only the outside world decides is one value, keyed by Build, and a copy is a fork.
public struct SimulatedBuilder: Sendable {
    /// What is assumed of one Build, counted from when it begins.
    public enum Outcome: Hashable, Sendable {
        /// All steps end well after so long, each taking as long as the others.
        case succeeds(after: Duration)
        /// The step at that place ends with that code, and this is the last line of its log; the earlier ones end well.
        case stepFails(index: Int, code: Int, log: String, after: Duration)
        /// What is to be built cannot be fetched.
        case sourceMissing(error: String)
        /// Runs until its time is over.
        case hangs
    }

    /// What is assumed where `outcomes` has nothing.
    public var usual: Outcome
    /// What is assumed of single Builds.
    public var outcomes: [Key: Outcome]

    /// Its name in statuses.
    public static let name = "Simulated"

    /// Answers to come, by instant and in the order of the wishes.
    private var answers = AnswerQueue<(order: BuildOrder, report: BuildReport)>()

    /// A builder with those assumptions; `outcomes` by the key of the Build.
    public init(_ usual: Outcome = .succeeds(after: .seconds(30)), outcomes: [Key: Outcome] = [:]) {
        self.usual = usual
        self.outcomes = outcomes
    }
}

extension SimulatedBuilder {
    /// When the next answer comes; nil when none does.
    public var nextAnswer: Instant? { answers.next }

    /// Takes an order: the answers to it come later, by `answers(at:)`. One for the same Build again begins anew.
    public mutating func wish(_ order: BuildOrder, at now: Instant) {
        withdraw(order.key)
        let outcome = outcomes[order.key] ?? usual
        for (delay, report) in outcome.reports(on: order) {
            answers.insert((order, report), about: order.key, at: now + delay)
        }
    }

    /// Takes note that a Build is over or gone: nothing more is heard of it.
    public mutating func withdraw(_ build: Key) { answers.withdraw(build) }

    /// What is said at `now` or was before, each once.
    public mutating func answers(at now: Instant) -> [(order: BuildOrder, report: BuildReport)] {
        answers.take(at: now)
    }
}

extension SimulatedBuilder.Outcome {
    /// What is said, and how long after the Build began.
    fileprivate func reports(on order: BuildOrder) -> [(Duration, BuildReport)] {
        let names = order.plan.processNames(hasSource: order.source != nil)
        func report(_ outcome: BuildReport.Outcome, _ steps: [BuildReport.Step] = []) -> BuildReport {
            BuildReport(outcome, steps: steps, builder: SimulatedBuilder.name)
        }
        func ended(_ count: Int) -> [BuildReport.Step] {
            [BuildReport.Step](repeating: .ended(code: 0, message: ""), count: count)
        }
        // The moments at which steps end, of so many that take equally long.
        func progress(_ count: Int, _ total: Duration) -> [(Duration, BuildReport)] {
            (0..<count).map { index in
                let share = total.wholeMilliseconds * Int64(index) / Int64(max(count, 1))
                return (.milliseconds(share), report(.running, ended(index) + [.running]))
            }
        }
        switch self {
        case .succeeds(let delay):
            let steps = names.count
            let begun = steps == 0 ? [(Duration.zero, report(.running))] : progress(steps, delay)
            return begun + [(delay, report(.succeeded, ended(steps)))]
        case .stepFails(let index, let code, let log, let delay):
            guard names.indices.contains(index) else {
                return [(.zero, report(.running)), (delay, report(.failed(message: log)))]
            }
            let failure = BuildReport.Failure(
                step: names[index],
                code: code,
                image: order.plan.steps[index]["image"]?.string ?? "",
                logs: "elafros get build \(order.key.name) -n \(order.key.namespace) -o yaml"
            )
            let steps = ended(index) + [.ended(code: code, message: log)]
            return progress(index + 1, delay) + [(delay, report(.stepFailed(failure), steps))]
        case .sourceMissing(let error):
            let place = order.source.map(Self.place) ?? ""
            let message = "Unable to fetch source '\(place)': \(error)"
            return [(.zero, report(.couldNotStart(message: message)))]
        case .hangs:
            return [(.zero, report(.running, names.isEmpty ? [] : [.running]))]
        }
    }

    /// Where a source is, as messages name it.
    private static func place(_ source: Value) -> String {
        source["git"]?["url"]?.string ?? source["gcs"]?["location"]?.string
            ?? source["custom"]?["image"]?.string ?? ""
    }
}
