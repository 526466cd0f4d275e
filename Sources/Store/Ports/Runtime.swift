public import Resources

/// Carries out workloads: whoever makes a Revision answer requests, or says that it does.
///
/// A workload is an object of the state: its spec is the wish, its status what the runtime answers. After a restart the
/// runtime is handed what it had not answered yet, and compares it with what is there.
public protocol Runtime: Sendable {
    /// Its name in statuses and outputs: `in-process`, `none`, `simulated`.
    var name: String { get }

    /// Makes the world agree with the workloads, and takes down those that are gone.
    ///
    /// - Returns: what can be said of them by now; a workload of which nothing is said stays as it is, and is asked about
    ///   again. Order does not matter.
    func carryOut(_ workloads: [Object], gone: [Key]) async -> [(Key, WorkloadStatus)]
}
