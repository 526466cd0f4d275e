public import Resources
internal import YAML

/// A runtime that runs nothing and answers as its caller assumes, at the instants that the assumptions name.
///
/// What only the outside world decides (how long until ready, what fails) is one value, keyed by Revision, that a preview
/// prints beside its result. It holds nothing but the answers that are still to come, so a copy of it is a fork.
public struct SimulatedRuntime: Sendable {
    /// What is assumed of one Revision's workload, counted from when it is wished.
    public enum Outcome: Hashable, Sendable {
        /// Ready after so long.
        case ready(after: Duration)
        /// Ready at once, and nothing runs: what a one-shot run without a container engine assumes.
        case assumed
        /// Ends after so long with that code and message, for good.
        case exits(code: Int, message: String, after: Duration)
        /// Its image cannot be fetched.
        case imageMissing(error: String)
        /// There is no room for it: the deployment cannot be made.
        case noDeployment
        /// Is heard of, and never answers requests.
        case neverReady
        /// Is never heard of.
        case hangs
    }

    /// What is assumed where `outcomes` has nothing.
    public var usual: Outcome
    /// What is assumed of single Revisions: several for one follow each other, each counted from the one before.
    public var outcomes: [Key: [Outcome]]

    /// Whom the answers are from, as objects show it. From `none`, what is ready is assumed to be, and so it says.
    public var name = "simulated"

    /// For the simulation alone, in place of the assumptions: what is heard, and when, of a workload that was wished at an
    /// instant; nil for nothing.
    package var oracle: (@Sendable (Object, Instant) -> (at: Instant, status: WorkloadStatus)?)?

    /// Answers to come, by instant and key.
    private var answers = AnswerQueue<Answer>()

    private struct Answer {
        let workload: Key
        let uid: String
        let status: WorkloadStatus
    }

    /// A runtime with those assumptions; `outcomes` by the key of the Revision.
    public init(_ usual: Outcome = .ready(after: .seconds(1)), outcomes: [Key: [Outcome]] = [:]) {
        self.usual = usual
        self.outcomes = outcomes
    }
}

extension SimulatedRuntime {
    /// When the next answer comes; nil when none does.
    public var nextAnswer: Instant? { answers.next }

    /// Takes a wish: the answers to it come later, by `answers(at:)`. A wish for a workload again starts it again.
    ///
    /// - Parameter now: When it is wished, from which on the assumptions count. What would have been heard by now is heard
    ///   at once.
    public mutating func wish(_ workload: Object, at now: Instant) {
        withdraw(workload.key)
        if let oracle {
            guard let (instant, status) = oracle(workload, now) else { return }
            let answer = Answer(workload: workload.key, uid: workload.metadata.uid, status: status)
            return answers.insert(answer, about: workload.key, at: instant)
        }
        let assumed = outcomes[workload.key.sibling(.revision)] ?? [usual]
        var instant = now
        for outcome in assumed {
            guard let (delay, status) = outcome.answer(for: workload, from: name) else { continue }
            instant = instant + delay
            let answer = Answer(workload: workload.key, uid: workload.metadata.uid, status: status)
            answers.insert(answer, about: workload.key, at: instant)
        }
    }

    /// Takes note that a workload is gone: nothing more is heard of it.
    public mutating func withdraw(_ workload: Key) { answers.withdraw(workload) }

    /// What is said at `now` or was before, each once; with the uid of the workload that it is about.
    public mutating func answers(at now: Instant) -> [(workload: Key, uid: String, status: WorkloadStatus)] {
        answers.take(at: now).map { ($0.workload, $0.uid, $0.status) }
    }
}

extension SimulatedRuntime.Outcome {
    /// The delay and what is then said, in the words of specification §4.3; nil for one that never answers.
    fileprivate func answer(for workload: Object, from name: String) -> (Duration, WorkloadStatus)? {
        func failed(_ reason: String, _ message: String, _ condition: String = "ContainerHealthy") -> WorkloadStatus {
            let failure = WorkloadStatus.Failure(condition: condition, reason: reason, message: message)
            return WorkloadStatus(phase: .failed(failure), runtime: name)
        }
        switch self {
        case .ready(let delay): return (delay, WorkloadStatus(phase: .ready, runtime: name))
        case .assumed: return (.zero, WorkloadStatus(phase: .ready, runtime: "none"))
        case .exits(let code, let message, let delay):
            let text = message.isEmpty ? "container exited with no error" : "Container failed with: \(message)"
            return (delay, failed("ExitCode\(code)", text))
        case .imageMissing(let error):
            let image = workload.spec["image"]?.string ?? ""
            return (.zero, failed("ContainerMissing", "Unable to fetch image '\(image)': \(error)"))
        case .noDeployment:
            let name = RevisionName.child(of: workload.metadata.name, suffix: "-deployment")
            let message = "The controller could not create a deployment named \(name)."
            return (.zero, failed("NoDeployment", message, "ResourcesAvailable"))
        case .neverReady: return (.zero, WorkloadStatus(phase: .pending, runtime: name))
        case .hangs: return nil
        }
    }
}
