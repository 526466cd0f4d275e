public import YAML

/// What a builder says of a Build that it carries out.
public struct BuildReport: Hashable, Sendable {
    /// How far the Build has come.
    public var outcome: Outcome
    /// How far each step of the plan has come, in its order; those after the last one that is told of wait.
    public var steps: [Step]
    /// Who builds, as the status shows it: `Cluster`, `Simulated`.
    public var builder: String

    /// How far a Build has come.
    public enum Outcome: Hashable, Sendable {
        /// It runs.
        case running
        /// All steps ended well.
        case succeeded
        /// A step ended with another code than 0.
        case stepFailed(Failure)
        /// No step began: why not.
        case couldNotStart(message: String)
        /// It failed, and this is all that is known.
        case failed(message: String)
    }

    /// A step that failed.
    public struct Failure: Hashable, Sendable {
        /// The step's process: `build-step-compile`.
        public let step: String
        /// Its exit code.
        public let code: Int
        /// What ran, as precisely as the builder knows it.
        public let image: String
        /// The command that shows its log.
        public let logs: String

        /// A step that failed.
        public init(step: String, code: Int, image: String, logs: String) {
            self.step = step
            self.code = code
            self.image = image
            self.logs = logs
        }
    }

    /// How far a step has come.
    public enum Step: Hashable, Sendable {
        /// An earlier one is not over.
        case waiting
        /// It runs.
        case running
        /// It is over: its exit code, and its last words.
        case ended(code: Int, message: String)
    }

    /// What a builder says.
    public init(_ outcome: Outcome, steps: [Step] = [], builder: String) {
        self.outcome = outcome
        self.steps = steps
        self.builder = builder
    }
}

/// A step in a Build's status: what Kubernetes' core/v1 calls a ContainerState.
public struct StepState: Hashable, Sendable {
    /// How far it has come.
    public var step: BuildReport.Step
    /// When it began; nil while it waits.
    public var startedAt: Instant?
    /// When it was over.
    public var finishedAt: Instant?
}

extension StepState {
    /// As it is shown: `{waiting|running|terminated: {…}}`.
    public var value: Value {
        switch step {
        case .waiting: return ["waiting": ["reason": "PodInitializing"]]
        case .running:
            var map = Map()
            map["startedAt"] = startedAt.map { .string($0.description) }
            return ["running": .map(map)]
        case .ended(let code, let message):
            var map: Map = ["exitCode": .int(code)]
            map["reason"] = code == 0 ? "Completed" : "Error"
            map["message"] = message.isEmpty ? nil : .string(message)
            map["startedAt"] = startedAt.map { .string($0.description) }
            map["finishedAt"] = finishedAt.map { .string($0.description) }
            return ["terminated": .map(map)]
        }
    }

    /// Reads what `value` wrote.
    public init(_ value: Value) {
        if let ended = value["terminated"] {
            step = .ended(code: ended["exitCode"]?.int ?? 0, message: ended["message"]?.string ?? "")
            startedAt = ended["startedAt"]?.string.flatMap(Instant.init)
            finishedAt = ended["finishedAt"]?.string.flatMap(Instant.init)
        } else if let running = value["running"] {
            step = .running
            startedAt = running["startedAt"]?.string.flatMap(Instant.init)
        } else {
            step = .waiting
        }
    }
}

extension BuildStatus {
    /// The status after a builder said something at `now`. A Build that is over stays as it is.
    public func told(_ report: BuildReport, of plan: BuildPlan, hasSource: Bool, at now: Instant) -> BuildStatus {
        guard conditions["Succeeded"]?.status ?? .unknown == .unknown else { return self }
        var status = self
        status.builder = report.builder
        status.startTime = startTime ?? now
        for (index, step) in report.steps.enumerated() {
            let before = index < stepStates.count ? stepStates[index] : StepState(step: .waiting)
            var state = StepState(step: step, startedAt: before.startedAt, finishedAt: before.finishedAt)
            if step != .waiting { state.startedAt = before.startedAt ?? now }
            if case .ended = step { state.finishedAt = before.finishedAt ?? now }
            if index < stepStates.count { status.stepStates[index] = state } else { status.stepStates.append(state) }
        }
        status.stepsCompleted = zip(plan.processNames(hasSource: hasSource), status.stepStates).compactMap {
            name,
            state in
            if case .ended = state.step { name } else { nil }
        }
        status.conditions = .settled(report.outcome.conditions, after: conditions, at: now)
        if report.outcome != .running { status.completionTime = now }
        return status
    }
}

extension BuildReport.Outcome {
    /// The table of §6.3, both columns.
    fileprivate var conditions: [Condition] {
        switch self {
        case .running:
            return [
                Condition(type: "Succeeded", status: .unknown, reason: "Building"),
                Condition(type: "Complete", status: .false, reason: "Building"),
            ]
        case .succeeded:
            return [Condition(type: "Succeeded", status: .true), Condition(type: "Complete", status: .true)]
        case .stepFailed(let failure):
            let message =
                "build step \"\(failure.step)\" exited with code \(failure.code) (image: \"\(failure.image)\"); "
                + "for logs run: \(failure.logs)"
            return BuildStatus.failed("BuildStepFailed", message)
        case .couldNotStart(let message): return BuildStatus.failed("BuildExecuteFailed", message)
        case .failed(let message):
            return BuildStatus.failed(
                "BuildFailed",
                message.isEmpty ? "build failed for unspecified reasons." : message
            )
        }
    }
}

extension BuildStatus {
    /// The conditions of a Build that came to a bad end.
    public static func failed(_ reason: String, _ message: String) -> [Condition] {
        [
            Condition(type: "Succeeded", status: .false, reason: reason, message: message),
            Condition(type: "Failed", status: .true, reason: reason, message: message),
        ]
    }
}

extension BuildPlan {
    /// What each step's process is called (specification §6.2): by its name, or by its number, in which the initialiser
    /// and the source count.
    public func processNames(hasSource: Bool) -> [String] {
        steps.enumerated().map { index, step in
            let name = step["name"]?.string ?? ""
            return name.isEmpty ? "build-step-unnamed-\(index + (hasSource ? 2 : 1))" : "build-step-\(name)"
        }
    }
}

extension Object {
    /// Whether this is a Build that a builder has to carry out: valid, complete, and neither over nor without a builder.
    public var awaitsBuilder: Bool {
        guard kind == .build, case .build(let status) = status, let told = status.conditions["Succeeded"] else {
            return false
        }
        return told.status == .unknown && (told.reason == "Pending" || told.reason == "Building")
    }
}
