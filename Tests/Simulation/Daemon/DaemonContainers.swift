import Resources
import Store
import YAML

/// Containers that are ready as soon as their images say: `image:7-after-40`, or never.
struct DaemonContainers: Runtime {
    let outside: Outside
    let clock: any Clock

    var name: String { "simulated" }

    func carryOut(_ workloads: [Object], gone: [Key]) async -> [(Key, WorkloadStatus)] {
        guard outside.survives("runtime call") else { return [] }
        let now = clock.now()
        let answers = outside.with { content -> [(Key, WorkloadStatus)] in
            for key in gone { content.containers[key] = nil }
            return workloads.compactMap { workload in
                let (image, uid) = (workload.spec["image"]?.string ?? "", workload.metadata.uid)
                let old = content.containers[workload.key].flatMap { $0.uid == uid && $0.image == image ? $0 : nil }
                let container = old ?? Outside.Container(uid: uid, image: image, since: now)
                content.containers[workload.key] = container
                guard let readyAt = Self.readyAt(container), now >= readyAt else { return nil }
                return (workload.key, WorkloadStatus(phase: .ready, runtime: name))
            }
        }
        return outside.survives("answer of the runtime") ? answers : []
    }

    /// When a container is ready; nil for never.
    static func readyAt(_ container: Outside.Container) -> Instant? {
        // What people write by hand is ready at once.
        guard let words = container.image.split(separator: "-after-").last, container.image.contains("-after-") else {
            return container.since
        }
        return Int(words).map { container.since + .seconds($0) }
    }

    /// An image that is ready so many seconds after somebody begins to run it.
    static func image(_ number: Int, readyAfter seconds: Int?) -> String {
        "image:\(number)-after-\(seconds.map(String.init) ?? "never")"
    }
}
