public import Resources
public import Store

/// The runtime of a one-shot run without a daemon: nothing runs afterwards, so readiness is assumed.
///
/// Every workload is ready at once, and says by whom: `none`. The engine turns that into conditions whose reason is
/// `NoRuntime`, and every output says it too, so that nobody takes an assumption for an observation.
public struct AssumedRuntime: Runtime {
    /// `none`: nobody runs anything.
    public let name = "none"

    /// Creates the runtime that runs nothing.
    public init() {}

    /// Says of each workload that it is ready, and does nothing.
    public func carryOut(_ workloads: [Object], gone: [Key]) async -> [(Key, WorkloadStatus)] {
        workloads.map { ($0.key, WorkloadStatus(phase: .ready, runtime: name)) }
    }
}
