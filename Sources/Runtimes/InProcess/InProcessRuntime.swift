public import Resources
public import Store

/// The runtime that needs nothing installed: each workload is a responder inside this process.
///
/// It runs no container, and every output says so. What it is good for: a person can call a service, see the host names,
/// the Revision that answers and a rollout that moves, and try a change before any container engine is there.
public struct InProcessRuntime: Runtime {
    /// `in-process`.
    public let name = "in-process"
    /// Where the endpoints are found.
    public let registry: EndpointRegistry

    /// Creates a runtime that registers its endpoints in `registry`.
    public init(registry: EndpointRegistry) {
        self.registry = registry
    }

    /// Registers an endpoint for each workload and takes away those of the workloads that are gone.
    ///
    /// A responder starts by being registered, so a workload is ready when this returns; running twice changes nothing.
    public func carryOut(_ workloads: [Object], gone: [Key]) async -> [(Key, WorkloadStatus)] {
        registry.update(
            starting: workloads.map(Endpoint.init),
            stopping: gone.map { $0.sibling(.revision) }
        )
        return workloads.map { ($0.key, WorkloadStatus(phase: .ready, runtime: name)) }
    }
}
