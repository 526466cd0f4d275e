public import YAML

/// What whoever runs a workload says of it.
public struct WorkloadStatus: Hashable, Sendable {
    /// How far it has come.
    public var phase: Phase
    /// Who runs it: `in-process`, `none` (readiness assumed), `simulated`.
    public var runtime: String

    /// How far a workload has come.
    public enum Phase: Hashable, Sendable {
        /// Wished, and not yet answering.
        case pending
        /// Answers requests.
        case ready
        /// Does not run, and will not by itself: the `ContainerHealthy` or `ResourcesAvailable` condition of §4.3.
        indirect case failed(Failure)
    }

    /// Why a workload does not run.
    public struct Failure: Hashable, Sendable {
        /// The Revision's condition that it makes `False`: `ContainerHealthy` or `ResourcesAvailable`.
        public let condition: String
        /// One CamelCase word: `ContainerMissing`, `ExitCode3`, `NoDeployment`.
        public let reason: String
        /// The sentence of §4.3.
        public let message: String

        /// A failure as the Revision's conditions show it.
        public init(condition: String, reason: String, message: String) {
            self.condition = condition
            self.reason = reason
            self.message = message
        }
    }

    /// A report of whoever runs it; nobody has said anything where it is left out.
    public init(phase: Phase = .pending, runtime: String = "") {
        self.phase = phase
        self.runtime = runtime
    }
}

extension WorkloadStatus {
    /// As it is stored.
    public var value: Value {
        var map: Map = ["runtime": .string(runtime)]
        switch phase {
        case .pending: map["phase"] = "Pending"
        case .ready: map["phase"] = "Ready"
        case .failed(let failure):
            map["phase"] = "Failed"
            map["condition"] = .string(failure.condition)
            map["reason"] = .string(failure.reason)
            map["message"] = .string(failure.message)
        }
        return .map(map)
    }

    /// Reads what `value` wrote.
    public init(_ value: Value) {
        runtime = value["runtime"]?.string ?? ""
        switch value["phase"]?.string {
        case "Ready": phase = .ready
        case "Failed":
            phase = .failed(
                Failure(
                    condition: value["condition"]?.string ?? "",
                    reason: value["reason"]?.string ?? "",
                    message: value["message"]?.string ?? ""
                )
            )
        default: phase = .pending
        }
    }
}
